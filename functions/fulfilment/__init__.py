"""Fulfilment: the one router, and the work at the locations."""
