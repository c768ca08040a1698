"""The only modules that know keys, items and condition expressions."""
