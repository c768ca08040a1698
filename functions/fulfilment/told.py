"""Shares, quantities and options, as events tell them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from functions.fulfilment.domain.demand import Share
from functions.fulfilment.domain.work import Offer
from shared.events.fulfilment import OfferedOption
from shared.events.inventory import Allocation
from shared.events.orders import LineQuantity


def options(offer: Offer) -> tuple[OfferedOption, ...]:
    """What a shopper may choose."""
    return tuple(
        OfferedOption(option_id=one.option_id, choice=one.choice, location_id=one.location_id) for one in offer.options
    )


def allocations(shares: Iterable[Share]) -> tuple[Allocation, ...]:
    """Units of a line and SKU at a place."""
    return tuple(
        Allocation(line_id=one.line_id, sku=one.sku, location_id=one.location_id, quantity=one.quantity)
        for one in shares
    )


def quantities(lines: Sequence[tuple[str, int]]) -> tuple[LineQuantity, ...]:
    """Units by line."""
    return tuple(LineQuantity(line_id=line_id, quantity=quantity) for line_id, quantity in lines)
