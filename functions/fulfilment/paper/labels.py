"""Labels and packing slips of packed parcels."""

from __future__ import annotations

from functions.fulfilment.domain.parcels import Parcel
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.paper.asian import is_asian
from functions.fulfilment.paper.letters import right_to_left, unwritable
from functions.fulfilment.paper.pdf import Bars, Block, NewPage, Text, pdf
from functions.fulfilment.paper.wrapping import wrapped
from shared.addresses import Address
from shared.errors import Refused

ADDRESS_POINTS = 16
ZPL_COLUMNS = 48
"""On a label four inches wide, by letters of 30 dots."""


class LettersMissing(Refused):
    """The address has letters that a PDF cannot write; ZPL carries them all, in the printer's own fonts."""

    code = "letters_missing"

    def __init__(self, letters: str) -> None:
        ways = "ask for format=zpl"
        if any(is_asian(one) for one in letters):
            ways += ", or reader_fonts=true where the computer that prints has Chinese, Japanese and Korean fonts"
        super().__init__(f"a PDF cannot write {letters}; {ways}", extra={"letters": letters})


def address_lines(address: Address) -> list[str]:
    """An address as it is written on a parcel."""
    town = " ".join(part for part in (address.city, address.region, address.postal_code) if part)
    return [one for one in (address.name, address.line1, address.line2, town, address.country) if one]


def _about(order: FulfilmentOrder, parcel: Parcel, number: int) -> list[str]:
    label = parcel.label
    return [
        f"Carrier   {parcel.carrier or ''}  {label.service if label else ''}",
        f"Parcel    {number} of {len(order.parcels)}  {parcel.parcel_id}",
        f"Weight    {parcel.weight_grams or '?'} g",
        f"From      {order.location_id}",
        f"Order     {order.fulfilment_order_id}",
    ]


def _to(parcel: Parcel, address: Address | None) -> list[str]:
    """To whom; after an erasure no more than the country is known."""
    if address:
        return address_lines(address)
    return [parcel.label.country] if parcel.label else []


def label_pdf(order: FulfilmentOrder, address: Address | None, *, reader_fonts: bool = False) -> bytes:
    """One label to a page, each with its tracking number as Code 128. Raises LettersMissing."""
    if missing := unwritable(address_lines(address) if address else (), reader_fonts=reader_fonts):
        raise LettersMissing(missing)
    blocks: list[Block] = []
    for number, parcel in enumerate(order.parcels, start=1):
        blocks += [NewPage()] if blocks else []
        blocks += [Text(line, ADDRESS_POINTS) for line in _to(parcel, address)]
        blocks += [Text(), *(Text(line) for line in _about(order, parcel, number)), Text()]
        blocks += [Bars(parcel.tracking_number)] if parcel.tracking_number else []
    return pdf("Label", blocks)


def label_zpl(order: FulfilmentOrder, address: Address | None) -> bytes:
    """One ZPL II format per parcel, with the tracking number as Code 128. The text is UTF-8 (`^CI28`); where it runs
    from right to left the printer is told to lay it out so, and to join its letters (`^PA`)."""
    formats = []
    texts = address_lines(address) if address else []
    layout = "^PA1,1,1,1" if any(right_to_left(one) for one in "".join(texts)) else ""
    for number, parcel in enumerate(order.parcels, start=1):
        whole = [*_to(parcel, address), "", *_about(order, parcel, number)]
        lines = [line for one in whole for line in wrapped(one, ZPL_COLUMNS)]
        fields = "".join(f"^FO40,{40 + 40 * row}^A0N,30,30^FD{_zpl(line)}^FS" for row, line in enumerate(lines))
        bars = f"^FO40,{60 + 40 * len(lines)}^BCN,120,Y,N,N^FD{_zpl(parcel.tracking_number or '')}^FS"
        formats.append(f"^XA^CI28{layout}{fields}{bars}^XZ")
    return "\n".join(formats).encode()


def _zpl(text: str) -> str:
    """`^` and `~` begin commands."""
    return text.replace("^", " ").replace("~", " ")


def packing_slip(order: FulfilmentOrder) -> bytes:
    """What is in each parcel."""
    skus = {line.line_id: line.sku for line in order.lines}
    blocks = [Text(f"Order {order.order_id}"), Text()]
    for parcel in order.parcels:
        contents = (Text(f"  {one.quantity:>4} x {skus[one.line_id]}") for one in parcel.lines)
        blocks += [Text(f"Parcel {parcel.parcel_id}"), *contents, Text()]
    return pdf("Packing slip", blocks)
