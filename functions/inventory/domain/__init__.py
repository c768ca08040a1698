"""Pure rules of stock: positions, holds, allocations, places. Time is given, nothing is read."""
