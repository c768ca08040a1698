"""Component tests of inventory: the real handlers on moto."""
