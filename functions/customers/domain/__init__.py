"""Pure rules: who is who, and what happened to them."""
