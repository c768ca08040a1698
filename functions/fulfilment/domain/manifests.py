"""A manifest: the parcels of one place that one carrier took along, at one moment."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate

from functions.fulfilment.domain import execution
from functions.fulfilment.domain.states import SHIP, Status
from functions.fulfilment.domain.steps import stamped
from functions.fulfilment.domain.work import FulfilmentOrder
from shared.errors import Conflict

MAX_ORDERS = 50
"""Fulfilment orders on one manifest: it is closed by one transaction. What is beyond goes on the next."""
MAX_PARCELS = 2_000
"""Parcels on one manifest, for the same reason, and so that it fits into one answer."""
LOOKS_BACK = timedelta(days=7)
"""How far the first manifest of a place and carrier looks for parcels that left before it; every later one begins where
the one before ended, however long ago that was."""
OVERLAP = timedelta(hours=1)
"""The list of a place is a moment behind: what left just before a manifest may go on the next one."""


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
    looked_until: datetime | None = None
    """Whatever left before then is on this manifest or an earlier one."""
    version: int = 0

    @property
    def next_from(self) -> datetime:
        """From when on the next manifest looks for parcels that have left."""
        return (self.looked_until or self.handed_over_at) - OVERLAP


def first_from(now: datetime) -> datetime:
    """From when on the first manifest of a place and carrier looks for parcels that have left."""
    return now - LOOKS_BACK


def on_one(waiting: Sequence[FulfilmentOrder]) -> list[FulfilmentOrder]:
    """As many from the front as one manifest takes."""
    parcels = list(accumulate(len(one.parcels) for one in waiting[:MAX_ORDERS]))
    return list(waiting[: bisect_right(parcels, MAX_PARCELS)])


def looked_until(taken: Sequence[FulfilmentOrder], *, more: bool, now: datetime) -> datetime:
    """Until when everything that has left is on a manifest, once these (by when they left, then what is packed) are."""
    last = taken[-1]
    return last.times[Status.SHIPPED.value] if more and last.status is Status.SHIPPED else now


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
