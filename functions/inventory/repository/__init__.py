"""Keys, items and condition expressions of the inventory table; nothing else knows them."""
