"""Something goes wrong on the ways of shoppers and their carts."""
