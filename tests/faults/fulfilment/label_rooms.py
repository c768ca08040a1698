"""Packed work whose labels are bought, given back and scanned, for the scheduler.

Whatever comes in between, in the end the carrier is paid for exactly the labels that parcels go with, and for those
that it has scanned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

from functions.fulfilment.carriers.sandbox import SandboxCarrier
from functions.fulfilment.domain import execution, labels
from functions.fulfilment.domain.execution import Handed
from functions.fulfilment.domain.holding import barred
from functions.fulfilment.domain.network import Place
from functions.fulfilment.domain.parcels import Packed, Parcel, VoidStatus
from functions.fulfilment.domain.states import SHIP, Status
from functions.fulfilment.domain.steps import stamped
from functions.fulfilment.domain.work import FulfilmentOrder, WorkLine
from functions.fulfilment.repository.addresses import AddressRepository
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.sandbox_labels import SandboxLabels, Sold
from functions.fulfilment.repository.work import WorkRepository
from functions.fulfilment.service.shipping import ShippingService
from functions.fulfilment.service.voiding import VoidingService
from functions.fulfilment.service.work import WorkService
from shared.cause import Cause
from shared.dynamo.marshal import from_item
from shared.dynamo.retry import retried
from shared.dynamo.table import Table
from shared.errors import Conflict
from tests.support.calls import Call
from tests.support.fake_dynamodb import FakeDynamoDB

TABLE = "fulfilment"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
WORK = "O-1.1"
OPEN = frozenset({Status.PACKED, Status.SHIPPED})


@dataclass
class Shop:
    """The use cases of one process."""

    client: Any

    def __post_init__(self) -> None:
        table = Table(self.client, TABLE, pause=lambda _seconds: None)
        self.work = WorkRepository(table)
        self.carrier = SandboxCarrier(SandboxLabels(table))
        carriers = {self.carrier.name: self.carrier}
        self.shipping = ShippingService(
            self.work,
            DemandRepository(table),
            CopyRepository(table),
            AddressRepository(table),
            carriers,
            clock=lambda: NOW,
        )
        self.steps = WorkService(self.work, _nobody_reroutes, clock=lambda: NOW)
        self.voiding = VoidingService(self.work, carriers, clock=lambda: LATER)


def _nobody_reroutes() -> Any:
    raise AssertionError("nothing is short here")


def _cause(name: str) -> Cause:
    return Cause(name, name, "test:test", NOW, name)


def _anybody(_: FulfilmentOrder) -> None:
    """No scope."""


def _buy(service: str, shop: Shop) -> None:
    shop.shipping.label(WORK, carrier="sandbox", service=service, allowed=_anybody, cause=_cause(f"buy-{service}"))


def _unpack(shop: Shop) -> None:
    shop.steps.take(WORK, execution.unpack, request="unpack", allowed=_anybody, cause=_cause("unpack"))


def _ship(shop: Shop) -> None:
    own = [Handed("P1", "own", "OWN-1")]
    shop.steps.take(
        WORK, lambda order: execution.ship(order, own), request="ship", allowed=_anybody, cause=_cause("ship")
    )


def _cancel(shop: Shop) -> None:
    """As a cancel of held work does, in one write."""

    def attempt() -> None:
        order = shop.work.get(WORK)
        if order.status is Status.PACKED:
            after = stamped(order, execution.take_back(barred(order, ("H-1",), at=NOW)), at=NOW)
            shop.work.save(after, cause=_cause("cancel"))

    retried(attempt)


def _scan(shop: Shop) -> None:
    """The driver takes what has a label."""
    order = shop.work.get(WORK)
    for one in order.parcels:
        if one.label:
            shop.carrier.scan(labels.key_of(order, one.parcel_id))


def _give_back(shop: Shop) -> None:
    shop.voiding.give_back(WORK, _cause("void"))


Act = Callable[[Shop], None]
ACTS: dict[str, Act] = {
    "buy express": partial(_buy, "express"),
    "buy standard": partial(_buy, "standard"),
    "unpack": _unpack,
    "ship": _ship,
    "cancel": _cancel,
    "scan": _scan,
    "give back": _give_back,
}


@cache
def furnished(*, labelled: bool) -> FakeDynamoDB:
    """One parcel at a place, packed; with its label or without."""
    dynamodb = FakeDynamoDB()
    shop = Shop(dynamodb)
    place = Place("S1", "store", "GB", 1, None, ("ship",))
    CopyRepository(Table(dynamodb, TABLE)).put_place(place, cause=_cause("place"))
    line, parcel = WorkLine("1", "MUG", 1, picked=1), Parcel("P1", (Packed("1", 1),))
    order = FulfilmentOrder(WORK, "O-1", "S1", SHIP, 1, NOW, (line,), status=Status.PACKED, parcels=(parcel,))
    shop.work.save(order, cause=_cause("packed"))
    if labelled:
        _buy("express", shop)
    return dynamodb


@dataclass
class LabelRoom:
    """One world: its rows, and who acts in it."""

    dynamodb: FakeDynamoDB
    acts: Sequence[Act]

    @property
    def actors(self) -> Sequence[Callable[[Any], object]]:
        return [partial(_act, act) for act in self.acts]

    def observe(self, _actor: int, _call: Call) -> None:
        """A label that no parcel goes with is on its way back as soon as the work says so."""
        order = Shop(self.dynamodb).work.get(WORK)
        used, known = _used(order), {one.key for one in order.voids}
        known |= {labels.key_of(order, one.parcel_id) for one in order.parcels if order.purchase}
        astray = {key for key, state in self._sold().items() if state is Sold.SOLD} - used - known
        assert not astray, f"nobody knows of {astray}"

    def finish(self, _answers: Sequence[object]) -> None:
        shop = Shop(self.dynamodb)
        if shop.work.get(WORK).purchase:  # who was buying asks again, or the work goes another way
            _cancel(shop)
        _give_back(shop)
        order, sold = shop.work.get(WORK), self._sold()
        used = _used(order)
        assert not labels.pending(order)
        paid = {key for key, state in sold.items() if state in (Sold.SOLD, Sold.SCANNED)}
        refused = {one.key for one in order.voids if one.status is VoidStatus.REFUSED}
        assert paid == used | refused, f"paid for {paid}, used {used}, refused {refused}"
        version = order.version
        _give_back(shop)
        assert shop.work.get(WORK).version == version, "asked again for what is settled"

    def _sold(self) -> dict[str, Sold]:
        rows = (from_item(row) for row in self.dynamodb.rows(TABLE))
        return {row["pk"].partition("#")[2]: Sold(row["state"]) for row in rows if row.get("kind") == "sandbox_label"}


def _used(order: FulfilmentOrder) -> set[str]:
    """Keys of labels that parcels go with."""
    if order.stage not in OPEN:
        return set()
    return {labels.key_of(order, one.parcel_id) for one in order.parcels if one.label}


def _act(act: Act, client: Any) -> None:
    with suppress(Conflict):  # who comes too late is told so
        act(Shop(client))


def labels_of(*names: str, labelled: bool = False) -> Callable[[], LabelRoom]:
    """A fresh world for every schedule, in which these act."""
    return lambda: LabelRoom(furnished(labelled=labelled).copy(), [ACTS[name] for name in names])
