"""Paper for the floor: labels, packing slips and pick lists as PDF, ZPL and CSV, without any library.

PDF 1.4 with a built-in font (ISO 32000-1, 9.6.2.2): lines of text is all that these papers need.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from functions.fulfilment.domain.work import FulfilmentOrder, Parcel

LINES_PER_PAGE = 50
PAGE = "595 842"
"""A4 in points."""


def pdf(title: str, lines: Sequence[str]) -> bytes:
    """Pages of text under a title."""
    pages = [lines[start : start + LINES_PER_PAGE] for start in range(0, len(lines), LINES_PER_PAGE)] or [[]]
    count = len(pages)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages, start=1):
        heading = f"{title} ({number}/{count})" if count > 1 else title
        text = _text(heading, page)
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE}] /Contents {3 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text))
    return _file(objects)


def _text(heading: str, lines: Iterable[str]) -> bytes:
    shown = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
    return f"BT /F1 14 Tf 14 TL 50 790 Td ({_escaped(heading)}) Tj T* T* /F1 10 Tf\n{shown}ET".encode(
        "cp1252", "replace"
    )


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(objects: Sequence[bytes]) -> bytes:
    out, offsets = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, content in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for offset in offsets:
        out.write(b"%010d 00000 n \n" % offset)
    out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def label_lines(order: FulfilmentOrder, parcel: Parcel, number: int) -> list[str]:
    """What a label says. No name and no street: fulfilment does not know them."""
    label = parcel.label
    return [
        f"Carrier   {parcel.carrier or ''}  {label.service if label else ''}",
        f"Tracking  {parcel.tracking_number or ''}",
        f"Parcel    {number} of {len(order.parcels)}  {parcel.parcel_id}",
        f"Weight    {parcel.weight_grams or '?'} g",
        f"From      {order.location_id}   To {label.country if label else ''}",
        f"Order     {order.fulfilment_order_id}",
    ]


def label_pdf(order: FulfilmentOrder) -> bytes:
    """The labels of all parcels."""
    lines: list[str] = []
    for number, parcel in enumerate(order.parcels, start=1):
        lines += [*label_lines(order, parcel, number), ""]
    return pdf("Labels", lines)


def label_zpl(order: FulfilmentOrder) -> bytes:
    """One ZPL II format per parcel, with the tracking number as Code 128."""
    formats = []
    for number, parcel in enumerate(order.parcels, start=1):
        fields = "".join(
            f"^FO40,{40 + 40 * row}^A0N,30,30^FD{_zpl(line)}^FS"
            for row, line in enumerate(label_lines(order, parcel, number))
        )
        formats.append(f"^XA{fields}^FO40,320^BCN,120,Y,N,N^FD{_zpl(parcel.tracking_number or '')}^FS^XZ")
    return "\n".join(formats).encode()


def _zpl(text: str) -> str:
    """`^` and `~` begin commands."""
    return text.replace("^", " ").replace("~", " ")


def packing_slip(order: FulfilmentOrder) -> bytes:
    """What is in each parcel."""
    skus = {line.line_id: line.sku for line in order.lines}
    lines = [f"Order {order.order_id}", ""]
    for parcel in order.parcels:
        lines += [
            f"Parcel {parcel.parcel_id}",
            *(f"  {one.quantity:>4} x {skus[one.line_id]}" for one in parcel.lines),
            "",
        ]
    return pdf("Packing slip", lines)


def pick_rows(orders: Iterable[FulfilmentOrder]) -> list[tuple[str, int, str]]:
    """A wave in shelf order (by SKU, then by order): SKU, units, fulfilment order."""
    return sorted(
        (line.sku, line.quantity, order.fulfilment_order_id)
        for order in orders
        for line in order.lines
        if line.quantity
    )


def pick_list_pdf(location_id: str, orders: Iterable[FulfilmentOrder]) -> bytes:
    """A wave to walk with."""
    lines = [f"[ ] {units:>4} x {sku:<32} {work}" for sku, units, work in pick_rows(orders)]
    return pdf(f"Pick list {location_id}", lines)


def pick_list_csv(orders: Iterable[FulfilmentOrder]) -> bytes:
    """A wave for a scanner."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["sku", "quantity", "fulfilment_order_id"])
    writer.writerows(pick_rows(orders))
    return out.getvalue().encode()
