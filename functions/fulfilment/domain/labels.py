"""Labels: bought once for each parcel, and given back to the carrier once no parcel goes with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from functions.fulfilment.domain.parcels import Label, Parcel, Purchase, Void, VoidStatus
from functions.fulfilment.domain.states import SHIP, Status, TransitionNotAllowed
from functions.fulfilment.domain.work import FulfilmentOrder
from shared.errors import Conflict

BUYING_TAKES = timedelta(minutes=1)
"""Longer than any function that buys may run: what was not bought by then will not be."""
ASKED_AGAIN = timedelta(minutes=1)
"""After a carrier could not answer; then twice as long each time, up to `LONGEST_PAUSE`."""
LONGEST_PAUSE = timedelta(hours=6)
MAX_TRIES = 16
"""About two days: a carrier that has not answered by then does not by itself."""
MAX_SETTLED = 50
"""Labels whose fate is kept on a fulfilment order; the oldest go first. Those still to be asked for all stay."""
_MAY_GO_WITH = frozenset({Status.PACKED, Status.SHIPPED, Status.DELIVERED})


class BoughtOtherwise(Conflict):
    """Somebody else has begun to buy other labels for these parcels."""

    code = "labels_bought_otherwise"


def check(order: FulfilmentOrder) -> None:
    """Raises TransitionNotAllowed unless the order is packed, for shipping."""
    if order.status is not Status.PACKED or order.method != SHIP:
        raise TransitionNotAllowed(
            f"a fulfilment order by {order.method} that is {order.status} gets no labels",
            extra={"fulfilment_order_status": order.status.value},
        )


def key_of(order: FulfilmentOrder, parcel_id: str) -> str:
    """By which the carrier knows the label of a parcel: the same however often it is asked for, another one once labels
    were given back."""
    again = f"/{order.relabelled}" if order.relabelled else ""
    return f"{order.fulfilment_order_id}/{parcel_id}{again}"


def buying(order: FulfilmentOrder, purchase: Purchase, *, at: datetime) -> FulfilmentOrder:
    """Its labels are about to be bought. What an earlier try by another carrier or service may have bought goes back.

    Raises TransitionNotAllowed unless it is packed, for shipping.
    """
    check(order)
    if order.purchase and order.purchase != purchase:
        order = _giving_back(order, _of_purchase(order, at=at))
    return order if order.purchase == purchase else replace(order, purchase=purchase)


def labelled(order: FulfilmentOrder, carrier: str, labels: Mapping[str, Label]) -> FulfilmentOrder:
    """Each parcel has its label (by parcel id). Raises TransitionNotAllowed unless it is packed, for shipping."""
    check(order)
    parcels = (
        replace(
            parcel,
            carrier=carrier,
            tracking_number=labels[parcel.parcel_id].tracking_number,
            label=labels[parcel.parcel_id],
        )
        for parcel in order.parcels
    )
    return replace(order, parcels=tuple(parcels), purchase=None)


def let_go(before: FulfilmentOrder, after: FulfilmentOrder, *, at: datetime) -> FulfilmentOrder:
    """`after` with every label on its way back that was bought, or may have been, and goes with no parcel any more."""
    goes_with = {_number(parcel) for parcel in after.parcels} if after.stage in _MAY_GO_WITH else set()
    unused = [
        Void(key_of(before, one.parcel_id), one.parcel_id, one.carrier, at, one.label.tracking_number, one.label.amount)
        for one in before.parcels
        if one.label and one.carrier and (one.carrier, one.label.tracking_number) not in goes_with
    ]
    if after.stage is not Status.PACKED:
        unused += _of_purchase(before, at=at)
    return _giving_back(after, unused) if unused else after


def _of_purchase(order: FulfilmentOrder, *, at: datetime) -> list[Void]:
    """What may have been bought, and is on no parcel."""
    if order.purchase is None:
        return []
    carrier, when = order.purchase.carrier, at + BUYING_TAKES
    return [Void(key_of(order, one.parcel_id), one.parcel_id, carrier, when) for one in order.parcels]


def _giving_back(order: FulfilmentOrder, voids: list[Void]) -> FulfilmentOrder:
    gone = {one.tracking_number for one in voids}
    parcels = (_bare(one) if one.label and one.label.tracking_number in gone else one for one in order.parcels)
    return replace(
        order,
        parcels=tuple(parcels),
        purchase=None,
        relabelled=order.relabelled + 1,
        voids=(*order.voids, *voids),
    )


def _bare(parcel: Parcel) -> Parcel:
    """The parcel without its label, and without the number of that, unless it goes by another one."""
    if parcel.label and parcel.tracking_number == parcel.label.tracking_number:
        parcel = replace(parcel, carrier=None, tracking_number=None)
    return replace(parcel, label=None)


def _number(parcel: Parcel) -> tuple[str | None, str | None]:
    return parcel.carrier, parcel.tracking_number


def key_of_number(order: FulfilmentOrder, tracking_number: str) -> str | None:
    """By which the carrier knows the label of that number, in use or on its way back."""
    for parcel in order.parcels:
        if parcel.label and parcel.label.tracking_number == tracking_number:
            return key_of(order, parcel.parcel_id)
    return next((one.key for one in order.voids if one.tracking_number == tracking_number), None)


def pending(order: FulfilmentOrder) -> list[Void]:
    """Labels of which the carrier is still to be asked, the next first."""
    return sorted((one for one in order.voids if one.status is VoidStatus.PENDING), key=lambda one: one.ask_at)


def answered(order: FulfilmentOrder, answers: Mapping[str, VoidStatus | None], *, at: datetime) -> FulfilmentOrder:
    """What the carrier has said of labels, by key. PENDING: it could not answer, and is asked again later; None: it has
    sold no such label."""
    voids = [
        _after(one, answers[one.key], at=at) if one.key in answers else one
        for one in order.voids
        if answers.get(one.key, VoidStatus.PENDING) is not None
    ]
    settled = [one for one in voids if one.status is not VoidStatus.PENDING]
    forgotten = {one.key for one in settled[:-MAX_SETTLED]}
    return replace(order, voids=tuple(one for one in voids if one.key not in forgotten))


def _after(void: Void, said: VoidStatus | None, *, at: datetime) -> Void:
    if said is VoidStatus.PENDING:
        if void.tries + 1 >= MAX_TRIES:
            return replace(void, status=VoidStatus.UNANSWERED, tries=void.tries + 1)
        pause = min(ASKED_AGAIN * 2 ** min(void.tries, 20), LONGEST_PAUSE)
        return replace(void, ask_at=at + pause, tries=void.tries + 1)
    assert said is not None, "what was never sold is taken off the list"
    return replace(void, status=said)
