"""Crash, throttle, duplicate and reorder at every AWS call."""
