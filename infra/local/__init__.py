"""Runs the synthesised stack on this computer, and the `throughline` command line."""
