"""Figures, printed and never asserted by a clock: `poe bench`."""
