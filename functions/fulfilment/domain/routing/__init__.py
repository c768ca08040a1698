"""The exact router: which location ships which units, at the least cost."""
