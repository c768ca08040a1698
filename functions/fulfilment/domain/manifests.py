"""A manifest: the parcels of one place that one carrier took along, at one moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.fulfilment.domain import execution
from functions.fulfilment.domain.states import SHIP, Status
from functions.fulfilment.domain.steps import stamped
from functions.fulfilment.domain.work import FulfilmentOrder
from shared.errors import Conflict

MAX_ORDERS = 50
"""Fulfilment orders on one manifest: it is closed by one transaction. What is beyond goes on the next."""
LOOKS_BACK = timedelta(days=7)
"""How far parcels that left without a manifest are looked for."""


class ManifestIdReused(Conflict):
    """The manifest id stands for another manifest."""

    code = "manifest_id_reused"


class NothingToHandOver(Conflict):
    """The place has no parcel of this carrier that is on no manifest."""

    code = "nothing_to_hand_over"


@dataclass(frozen=True)
class Manifest:
    """Which parcels went with the carrier; their numbers are read from the work, which forgets them in time.
    `more`: the carrier has more parcels here than one manifest takes."""

    manifest_id: str
    location_id: str
    carrier: str
    handed_over_at: datetime
    closed_by: str
    fulfilment_order_ids: tuple[str, ...]
    more: bool = False
    version: int = 0


def goes_on(order: FulfilmentOrder, carrier: str) -> bool:
    """Whether its parcels belong on a manifest of the carrier: all labelled for it and packed, or gone without one."""
    if order.method != SHIP or order.manifest_id or order.status not in (Status.PACKED, Status.SHIPPED):
        return False
    return bool(order.parcels) and all(one.carrier == carrier and one.label for one in order.parcels)


def put_on(order: FulfilmentOrder, manifest_id: str, *, at: datetime) -> FulfilmentOrder:
    """The order on the manifest: what was only packed has left with it."""
    if order.status is Status.PACKED:
        order = stamped(order, replace(execution.ship(order, ()), last_request=""), at=at)
    return replace(order, manifest_id=manifest_id)
