"""Faults at every call of the work at the locations."""
