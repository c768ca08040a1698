"""Fulfilment through its real handlers."""
