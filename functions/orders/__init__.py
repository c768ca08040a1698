"""The one order book: orders of every channel, their lines, holds and money."""
