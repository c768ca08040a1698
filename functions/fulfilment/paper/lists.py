"""Lists to walk with: what is to be picked, in the order of the shelves."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from functions.fulfilment.domain.shelves import ShelfLine
from functions.fulfilment.paper.pdf import Text, pdf


def table_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Comma-separated values under a header."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def pick_list_pdf(title: str, lines: Iterable[ShelfLine]) -> bytes:
    """One line to tick off for each line of work."""
    rows = (f"[ ] {one.bin or '-':<14} {one.to_pick:>4} x {one.sku:<28} {one.fulfilment_order_id}" for one in lines)
    return pdf(title, [Text(row) for row in rows])


def pick_list_csv(lines: Iterable[ShelfLine]) -> bytes:
    """The same for a scanner."""
    rows = ((one.sku, one.to_pick, one.fulfilment_order_id, one.line_id, one.bin) for one in lines)
    return table_csv(["sku", "quantity", "fulfilment_order_id", "line_id", "bin"], rows)
