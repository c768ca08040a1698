"""Use cases of fulfilment: load, decide, save; each may be called twice."""
