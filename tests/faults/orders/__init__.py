"""Something goes wrong on the ways of an order."""
