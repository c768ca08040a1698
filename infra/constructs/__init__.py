"""Building blocks of every service's stack: typed, with safe defaults."""
