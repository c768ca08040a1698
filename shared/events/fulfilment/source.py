"""Who tells all this."""

SOURCE = "throughline.fulfilment"
