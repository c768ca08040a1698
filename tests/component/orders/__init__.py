"""The order book through its real handlers."""
