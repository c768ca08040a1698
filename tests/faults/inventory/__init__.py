"""Stock, whatever happens between any two calls."""
