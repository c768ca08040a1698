"""The dictionary of stored orders: rows are small, and those of every release read."""

from __future__ import annotations

import zlib
from dataclasses import replace

from functions.orders.dictionary import DICTIONARIES
from functions.orders.domain.following import progress
from functions.orders.domain.lines import Line
from functions.orders.repository import _DOCUMENT
from tests.unit.orders.orders import CHANGE, answered, at_location, released

ADLERS = [1471316928]
"""Of every dictionary that was ever released: one that changes makes rows unreadable."""


def test_no_released_dictionary_was_changed_or_removed() -> None:
    assert [zlib.adler32(one) for one in DICTIONARIES[: len(ADLERS)]] == ADLERS


def test_the_document_of_a_shipped_order_of_three_lines_leaves_half_a_unit_for_its_keys() -> None:
    order = released(*(Line(str(n), f"SKU{n}", 1, 1000) for n in range(3)))
    for version, (status, stage) in enumerate([("PICKED", "picked"), ("PACKED", "packed"), ("SHIPPED", "shipped")], 2):
        order = progress(
            order, "O-1.1", at_location(version, status=status, **{f"l{n}": {stage: 1} for n in range(3)}), CHANGE
        )
    order = replace(answered(order), customer_id="C-0a47792e30d04ebe878dd29a95dd1cdb")
    stored = _DOCUMENT.dump(order)
    assert isinstance(stored, bytes)
    assert len(stored) <= 512
    assert _DOCUMENT.load(stored) == order


def test_a_row_that_was_compressed_without_a_dictionary_reads() -> None:
    order = released()
    text = _DOCUMENT._adapter.dump_json(order, exclude_defaults=True)
    assert _DOCUMENT.load(zlib.compress(text)) == order == _DOCUMENT.load(text.decode())
