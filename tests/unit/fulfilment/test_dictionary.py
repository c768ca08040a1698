"""The dictionary of fulfilment's documents: rows are small, and those of every release read."""

from __future__ import annotations

import zlib

from functions.fulfilment.repository.dictionary import DICTIONARIES

ADLERS = [3511622821]
"""Of every dictionary that was ever released: one that changes makes rows unreadable."""


def test_no_released_dictionary_was_changed_or_removed() -> None:
    assert [zlib.adler32(one) for one in DICTIONARIES] == ADLERS
