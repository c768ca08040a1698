"""The router against simple rules: simulated weeks, a replay of real baskets, and how long a decision takes."""
