"""Who tells all this."""

SOURCE = "throughline.inventory"
