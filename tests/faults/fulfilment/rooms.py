"""Places that send one parcel a day, for the scheduler: orders that are planned, refused, cancelled and opened there.

Whatever comes in between, at every moment the count of each place and day equals the parcels that plans and work have
there, and is never above the limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from functions.fulfilment.domain.network import Item, Place, Position
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import KIND as DEMAND
from functions.fulfilment.repository.demands import DemandRepository, to_demand
from functions.fulfilment.repository.work import KIND as WORK
from functions.fulfilment.repository.work import WorkRepository, to_order
from functions.fulfilment.service.sourcing import SourcingService
from shared.cause import Cause
from shared.dynamo.marshal import from_item
from shared.dynamo.table import Table
from shared.events.inventory import AllocationRefused, StockAllocated
from shared.events.orders import Destination, LineQuantity, OrderCancelRequested, OrderedLine, OrderReleased
from tests.support.calls import Call
from tests.support.fake_dynamodb import FakeDynamoDB

TABLE = "fulfilment"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMIT = 1
PLANNED = "O-PLANNED"
OPENED = "O-OPENED"

Act = Callable[[SourcingService], None]


def service(client: Any) -> SourcingService:
    """The use cases of one process; it pauses for nobody, the scheduler decides who is faster."""
    table = Table(client, TABLE, pause=lambda _seconds: None)
    return SourcingService(
        DemandRepository(table),
        CopyRepository(table),
        WorkRepository(table),
        clock=lambda: NOW,
        key=lambda: b"key",
        code=lambda: "CODE",
    )


def _cause(name: str) -> Cause:
    return Cause(name, name, "test:test", NOW, name)


def _release(order_id: str, of: SourcingService) -> None:
    line = OrderedLine(line_id="1", sku="MUG", quantity=1, method="ship")
    event = OrderReleased(
        order_id=order_id,
        channel="web",
        placed_at="2026-11-23T11:00:00.000Z",
        currency="GBP",
        lines=(line,),
        destination=Destination(country="GB"),
    )
    of.release(event, _cause(f"release-{order_id}"))


def _answer(order_id: str, of: SourcingService, *, granted: bool) -> None:
    name = f"{'grant' if granted else 'refuse'}-{order_id}"
    if granted:
        of.stock_allocated(StockAllocated(order_id=order_id, plan_version=1, allocations=()), _cause(name))
    else:
        of.allocation_refused(AllocationRefused(order_id=order_id, plan_version=1, positions=()), _cause(name))


def _cancel(order_id: str, of: SourcingService) -> None:
    lines = (LineQuantity(line_id="1", quantity=1),)
    event = OrderCancelRequested(order_id=order_id, request_id="R", lines=lines, reason="changed mind")
    of.cancel_requested(event, _cause(f"cancel-{order_id}"))


ACTS: dict[str, Act] = {
    "release A": partial(_release, "O-A"),
    "release B": partial(_release, "O-B"),
    "release C": partial(_release, "O-C"),
    "grant": partial(_answer, PLANNED, granted=True),
    "refuse": partial(_answer, PLANNED, granted=False),
    "cancel planned": partial(_cancel, PLANNED),
    "cancel opened": partial(_cancel, OPENED),
}


@cache
def furnished() -> FakeDynamoDB:
    """Two places that send one parcel a day, with stock; one order is planned, the work of another is open."""
    dynamodb = FakeDynamoDB()
    copies = CopyRepository(Table(dynamodb, TABLE))
    for name in ("S1", "S2"):
        copies.put_place(Place(name, "store", "GB", 1, None, ("ship",), parcels_per_day=LIMIT), cause=_cause(name))
    copies.put_item(Item("MUG", 1, 300), cause=_cause("item"))
    news = {"MUG": [(name, Position(9, 0, 0, 0, 0, 1)) for name in ("S1", "S2")]}
    copies.merge(news, at=NOW, cause=_cause("stock"))
    use = service(dynamodb)
    _release(OPENED, use)
    _answer(OPENED, use, granted=True)
    _release(PLANNED, use)
    return dynamodb


@dataclass
class Rooms:
    """One world: its rows, and who acts in it."""

    dynamodb: FakeDynamoDB
    acts: Sequence[Act]

    @property
    def actors(self) -> Sequence[Callable[[Any], object]]:
        return [partial(_act, act) for act in self.acts]

    def observe(self, _actor: int, _call: Call) -> None:
        counted, there = self._counted(), self._there()
        assert counted == there, f"counted {dict(counted)}, but there are {dict(there)}"
        assert all(units <= LIMIT for units in counted.values()), f"a place sends too many parcels: {dict(counted)}"

    def finish(self, _answers: Sequence[object]) -> None:
        use = service(self.dynamodb)
        before = self._counted()
        for act in self.acts:  # every event comes once more
            act(use)
        assert self._counted() == before, "a repeat moved a count"
        self.observe(0, Call("end"))

    def _rows(self, kind: str) -> Iterable[dict[str, Any]]:
        rows = (from_item(row) for row in self.dynamodb.rows(TABLE))
        return [row for row in rows if row.get("kind") == kind]

    def _counted(self) -> Counter[tuple[str, str]]:
        rows = self._rows("capacity")
        return +Counter({(row["pk"].partition("#")[2], row["sk"]): int(row["taken"]) for row in rows})

    def _there(self) -> Counter[tuple[str, str]]:
        found: Counter[tuple[str, str]] = Counter()
        for demand in map(to_demand, self._rows(DEMAND)):
            plan = demand.plan
            wanted = {share.location_id for share in plan.shares} if plan else set()
            slots = plan.slots if plan else ()
            found.update((slot.key[0], slot.departure.day) for slot in slots if slot.key[0] in wanted)
        for order in map(to_order, self._rows(WORK)):
            if order.departure:
                found[order.location_id, order.departure.day] += 1
        return found


def _act(act: Act, client: Any) -> None:
    act(service(client))


def rooms_of(*names: str) -> Callable[[], Rooms]:
    """A fresh world for every schedule, in which these act."""
    return lambda: Rooms(furnished().copy(), [ACTS[name] for name in names])
