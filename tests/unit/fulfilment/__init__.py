"""Fulfilment: pure rules."""
