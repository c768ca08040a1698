"""What goes wrong on the way, everywhere it can."""
