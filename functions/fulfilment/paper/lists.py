"""Lists to walk with: what is to be picked, in the order of the shelves, and what a carrier took along."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from functions.fulfilment.domain.manifests import Manifest
from functions.fulfilment.domain.shelves import ShelfLine
from functions.fulfilment.domain.work import FulfilmentOrder
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


def _parcels(work: Iterable[FulfilmentOrder]) -> list[tuple[str, str, str, int | None]]:
    return [
        (order.fulfilment_order_id, one.parcel_id, one.tracking_number or "", one.weight_grams)
        for order in work
        for one in order.parcels
    ]


def manifest_csv(work: Iterable[FulfilmentOrder]) -> bytes:
    """The parcels that went with a carrier."""
    return table_csv(["fulfilment_order_id", "parcel_id", "tracking_number", "weight_grams"], _parcels(work))


def manifest_pdf(manifest: Manifest, work: Iterable[FulfilmentOrder]) -> bytes:
    """The same, with a line for the driver to sign."""
    parcels = _parcels(work)
    rows = [f"{number:<24} {grams or '?':>7} g  {order}/{name}" for order, name, number, grams in parcels]
    head = [f"Carrier {manifest.carrier}, handed over {manifest.handed_over_at:%Y-%m-%d %H:%M} UTC"]
    foot = ["", f"{len(parcels)} parcels", "", "Received by ______________________________"]
    title = f"Manifest {manifest.manifest_id} of {manifest.location_id}"
    return pdf(title, [Text(row) for row in [*head, "", *rows, *foot]])
