"""Lines that are too long for their paper go on below: nothing runs off the edge."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import accumulate


def wrapped(text: str, columns: int) -> Iterator[str]:
    """The text in lines of at most so many columns, broken between words where that is possible. Chinese, Japanese and
    Korean letters take two columns each."""
    while True:
        widths = accumulate(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
        fits = sum(width <= columns for width in widths)
        if fits >= len(text):
            yield text
            return
        space = text.rfind(" ", 1, fits + 1)
        end = space if space > 0 else fits
        yield text[:end].rstrip()
        text = text[end:].lstrip()
