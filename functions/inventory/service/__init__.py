"""Use cases of inventory: load, decide, save; twice is the same as once."""
