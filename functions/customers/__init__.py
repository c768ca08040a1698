"""The one view of the shopper, whatever channel they come through."""
