"""What one order costs on its whole way, placed to delivered: DynamoDB units and events, command writes apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.commands import SIZES, in_shop, order_of
from tests.bench.metering import Meter, metered
from tests.support import gateway, local_aws
from tests.support.flow import Flow
from tests.support.gateway import Gateway

WRITE_DOLLARS = 0.625 / 1_000_000
READ_DOLLARS = 0.125 / 1_000_000
EVENT_DOLLARS = 1.00 / 1_000_000
"""List prices of us-east-1: DynamoDB on demand per request unit, EventBridge per custom event of up to 64 KB."""

DERIVED = frozenset({"customers", "inventory-projection", "fulfilment-history", "copies"})
"""Tables of rows that are made from others: the timeline and who ordered, ledger and availability pages, the routing
report, and what orders keeps of stock."""
NOTES = frozenset({("fulfilment", "seen"), ("fulfilment", "measure")})
"""Rows that note once what an event told, for forecasts and measures: counted with the commands, and printed apart."""
COPIES = frozenset({("fulfilment", "stock_page"), ("fulfilment", "tracking")})
"""What a service keeps of another's, and the index of parcels by number."""
TEST_ONLY = frozenset({"sandbox"})
"""The sandbox provider's own book: a real provider keeps its elsewhere."""


@dataclass(frozen=True)
class Cost:
    """Of one order. Units as AWS bills them."""

    lines: int
    placement_requests: int
    placement_units: float
    command_units: float
    note_units: float
    """Of the command units, those of NOTES."""
    derived_units: float
    index_units: float
    read_units: float
    events: int

    @property
    def dollars_per_million(self) -> float:
        writes = self.command_units + self.derived_units + self.index_units
        each = writes * WRITE_DOLLARS + self.read_units * READ_DOLLARS + self.events * EVENT_DOLLARS
        return each * 1_000_000

    def row(self) -> tuple[str, ...]:
        figures = (
            self.command_units,
            self.command_units - self.note_units,
            self.derived_units,
            self.index_units,
            self.read_units,
        )
        return (
            str(self.lines),
            f"{self.placement_requests} / {self.placement_units:g}",
            *(f"{one:g}" for one in figures),
            str(self.events),
            f"{self.dollars_per_million:.0f}",
        )


def measure() -> Iterator[Cost]:
    """One order of each size."""
    with local_aws.session():
        for size in SIZES:
            yield _cost(size)


def breakdown(size: int) -> list[tuple[str, str, float]]:
    """Command write units by table and kind of row."""
    with local_aws.session():
        meter = in_shop(size, _way)
    return sorted((table, kind, units) for (table, kind), units in meter.by_kind.items() if _command(table, kind))


def _command(table: str, kind: str) -> bool:
    return table not in DERIVED | TEST_ONLY and (table, kind) not in COPIES


def _cost(size: int) -> Cost:
    placed, whole = in_shop(size, _placed), in_shop(size, _way)
    units = {kind: float(count) for kind, count in whole.by_kind.items() if kind[0] not in TEST_ONLY}
    command = sum(count for (table, kind), count in units.items() if _command(table, kind))
    return Cost(
        size,
        placed.write_requests,
        placed.write_units,
        command,
        sum(count for kind, count in units.items() if kind in NOTES),
        sum(units.values()) - command,
        whole.index_write_units,
        whole.read_units,
        whole.events,
    )


def _placed(size: int, _: Flow) -> Meter:
    with metered() as meter:
        assert Gateway(gateway.channel("web")).post("/v1/orders", order_of(size)).status == 201
    return meter


def _way(size: int, flow: Flow) -> Meter:
    """Placed, paid, routed, picked, packed, shipped, captured, delivered, by all services."""
    web, ops = Gateway(gateway.channel("web")), Gateway(gateway.ops())
    with metered() as meter:
        order_id = web.post("/v1/orders", order_of(size)).body["order_id"]
        flow.settle()
        (work,) = ops.get(f"/v1/fulfilment-orders?order_id={order_id}").body["items"]
        path = f"/v1/fulfilment-orders/{work['fulfilment_order_id']}"
        lines = [{"line_id": one["line_id"], "quantity": one["quantity"]} for one in work["lines"]]
        picked = [{"line_id": one["line_id"], "picked": one["quantity"]} for one in work["lines"]]
        parcel = {"parcel_id": "P1", "carrier": "sandbox", "tracking_number": "T1"}
        for step, body in (
            ("acknowledge", {}),
            ("pick", {"lines": picked}),
            ("pack", {"parcels": [{"parcel_id": "P1", "lines": lines}]}),
            ("ship", {"parcels": [parcel]}),
            ("deliver", {}),
        ):
            answer = ops.post(f"{path}/{step}", body)
            assert answer.status == 200, (step, answer.body)
            flow.settle()
        assert web.get(f"/v1/orders/{order_id}").body["status"] == "FULFILLED"
    return meter
