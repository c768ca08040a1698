"""A small network for the component tests, and the other services' side of the talk."""

from __future__ import annotations

from typing import Any

from shared.events.base import Event
from shared.events.fulfilment import QueueAdvanced, RoutingTermsChanged
from shared.events.inventory import (
    Allocation,
    AllocationRefused,
    GeoPoint,
    ItemChanged,
    LocationChanged,
    PositionState,
    StockAllocated,
    StockChanged,
)
from shared.events.orders import (
    Destination,
    LineQuantity,
    OrderCancelRequested,
    OrderedLine,
    OrderPlaced,
    OrderReleased,
)
from tests.support.bus import Bus
from tests.support.gateway import Gateway, ops

LEEDS = GeoPoint(lat=53.8, lng=-1.55)
YORK = GeoPoint(lat=53.96, lng=-1.08)
LONDON = GeoPoint(lat=51.5, lng=-0.12)
PLACES = {"DC": LONDON, "S1": LEEDS, "S2": YORK}
PLACED_AT = "2026-11-21T10:00:00.000Z"


def line(line_id: str, sku: str, quantity: int, *, method: str = "ship", location_id: str | None = None) -> OrderedLine:
    return OrderedLine(line_id=line_id, sku=sku, quantity=quantity, method=method, location_id=location_id)


def released(order_id: str, *lines: OrderedLine, **values: Any) -> OrderReleased:
    defaults: dict[str, Any] = {
        "channel": "web",
        "placed_at": PLACED_AT,
        "currency": "GBP",
        "destination": Destination(country="GB", geo=LEEDS),
    }
    return OrderReleased(order_id=order_id, lines=lines, **(defaults | values))


def sold(order_id: str, sku: str, location_id: str, quantity: int = 1) -> OrderPlaced:
    """Units that a shopper carried out of a store."""
    lines = (line("1", sku, quantity, method="carry_out", location_id=location_id),)
    return OrderPlaced(
        order_id=order_id,
        channel="pos",
        channel_order_id=order_id,
        placed_at=PLACED_AT,
        currency="GBP",
        total=1000,
        lines=lines,
    )


def place(location_id: str, **values: Any) -> LocationChanged:
    defaults: dict[str, Any] = {
        "name": location_id,
        "kind": "dc" if location_id == "DC" else "store",
        "country": "GB",
        "geo": PLACES.get(location_id, YORK),
        "time_zone": "Europe/London",
        "capabilities": ("ship", "pickup", "curbside"),
        "version": 1,
    }
    return LocationChanged(location_id=location_id, **(defaults | values))


def item(sku: str, **values: Any) -> ItemChanged:
    return ItemChanged(sku=sku, **({"name": sku, "weight_grams": 500, "version": 1} | values))


class World:
    """Fulfilment with a network of three places; plays inventory and orders towards it."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.api = Gateway(ops())
        self._versions: dict[tuple[str, str], int] = {}

    def say(self, *events: Event, event_id: str | None = None) -> None:
        """Deliver events; each must be handled."""
        for event in events:
            assert self.bus.deliver("fulfilment", event, event_id=event_id) == []

    def open_for_business(self, *skus: str) -> None:
        self.say(*(place(name) for name in PLACES), *(item(sku) for sku in skus))

    def position(self, sku: str, location_id: str, on_hand: int, **values: int) -> PositionState:
        version = self._versions[sku, location_id] = self._versions.get((sku, location_id), 0) + 1
        return PositionState(sku=sku, location_id=location_id, on_hand=on_hand, **({"version": version} | values))

    def stock(self, sku: str, **units: int) -> None:
        """So many units of the SKU by location."""
        self.say(StockChanged(positions=tuple(self.position(sku, name, have) for name, have in units.items())))

    def heard(self) -> list[tuple[str, dict[str, Any]]]:
        """What fulfilment has told since the last call."""
        return self.bus.published("fulfilment")

    def talk(self) -> list[tuple[str, dict[str, Any]]]:
        """As `heard`, with what fulfilment tells itself about its queues delivered until it is quiet."""
        own: dict[str, type[Event]] = {one.detail_type: one for one in (RoutingTermsChanged, QueueAdvanced)}
        told = []
        while news := self.heard():
            told += news
            for kind, data in news:
                if kind in own:
                    self.say(own[kind](**data))
        return told

    def advance(self, step: dict[str, Any]) -> None:
        """Deliver a step of a round to fulfilment itself."""
        self.say(QueueAdvanced(**step))

    def asked(self) -> dict[str, Any]:
        """The one plan that fulfilment has asked for since the last call."""
        (request,) = [data for kind, data in self.heard() if kind == "AllocationRequested.v1"]
        return request

    def grant(self, request: dict[str, Any], *, event_id: str | None = None) -> None:
        """Inventory sets the whole plan aside."""
        self.say(
            StockAllocated(
                order_id=request["order_id"],
                plan_version=request["plan_version"],
                allocations=tuple(Allocation(**one) for one in request["allocations"]),
            ),
            event_id=event_id,
        )

    def refuse(self, request: dict[str, Any], *positions: PositionState) -> None:
        """Inventory takes nothing and tells the truth."""
        self.say(
            AllocationRefused(order_id=request["order_id"], plan_version=request["plan_version"], positions=positions)
        )

    def routed(self, order_id: str, *lines: OrderedLine, **values: Any) -> dict[str, Any]:
        """An order released, planned and allocated; answers what OrderRouted told."""
        self.say(released(order_id, *lines, **values))
        self.grant(self.asked())
        return self.told("OrderRouted.v1")

    def told(self, kind: str) -> dict[str, Any]:
        """The one event of this kind since the last call."""
        (data,) = [data for name, data in self.heard() if name == kind]
        return data

    def cancel(self, order_id: str, request_id: str, **quantities: int) -> None:
        """Somebody does not want these units of lines (written `l1`) any more."""
        lines = tuple(LineQuantity(line_id=name[1:], quantity=units) for name, units in quantities.items())
        self.say(OrderCancelRequested(order_id=order_id, request_id=request_id, lines=lines, reason="changed mind"))

    def step(self, fulfilment_order_id: str, name: str, body: Any = None, *, status: int = 200) -> dict[str, Any]:
        """One step of the work, as ops."""
        answer = self.api.post(f"/v1/fulfilment-orders/{fulfilment_order_id}/{name}", body)
        assert answer.status == status, answer.body
        return dict(answer.body)
