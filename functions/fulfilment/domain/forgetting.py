"""A fulfilment order without what only its shopper and whoever served them needed to know."""

from __future__ import annotations

from dataclasses import replace

from functions.fulfilment.domain.work import FulfilmentOrder


def without_shopper(order: FulfilmentOrder) -> FulfilmentOrder:
    """No code, no link, no car, no proof of who came, no tracking number; units, times and places stay."""
    return replace(
        order,
        pickup=replace(order.pickup, code="", proof="", bay="", vehicle="", link="") if order.pickup else None,
        parcels=tuple(replace(one, tracking_number=None, label=None) for one in order.parcels),
        voids=tuple(replace(one, tracking_number=None) for one in order.voids),
    )
