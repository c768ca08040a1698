"""Inventory: the one stock pool of the whole company."""
