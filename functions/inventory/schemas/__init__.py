"""HTTP models of inventory: the shapes of the contract, strict and bounded."""
