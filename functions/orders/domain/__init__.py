"""Pure rules of orders: what an order is, and what may become of it."""
