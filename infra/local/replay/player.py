"""Plays baskets through the public API: master data and stock, then the orders in time order, then the work on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, TypeVar

from infra.local import staff
from infra.local.imports import import_rows
from infra.local.patience import Client, TookTooLong, until
from infra.local.replay import bodies
from infra.local.replay.baskets import Basket, Opening, Place, Wave
from infra.local.replay.journal import Journal
from infra.local.replay.standing import Standing, standing
from infra.local.stack import LocalStack
from shared.ids import derived_id

T = TypeVar("T")

CHANNEL = "web"
SETTLE_SECONDS = 180.0
"""How long one order may keep moving when it is looked at; the ones behind it go on meanwhile."""
STALLED_SECONDS = 30.0
"""How long queues may stay exactly as they are without being empty."""
AHEAD = 2
"""Calls waiting per connection: enough to keep it busy, few enough to keep the order of time roughly."""

Step = Callable[[], None]


class Player:
    """The steps of a replay, several calls at a time. `step` is told of each thing done."""

    def __init__(self, stack: LocalStack, journal: Journal, *, connections: int) -> None:
        self._stack = stack
        self._journal = journal
        self._connections = connections
        self._ops = Client(stack, role="ops")
        self._shop = Client(stack, role="channel", channel=CHANNEL)

    def load(self, opening: Opening, step: Step) -> None:
        """Locations, items and opening stock of every wave that is not loaded yet."""
        if not self._journal.has("loaded", "places"):
            self._all(opening.places, self._put_location)
            self._journal.note("loaded", "places")
        for number, wave in enumerate(opening.waves):
            if not self._journal.has("loaded", str(number)):
                self._load_wave(wave, step)
                self._journal.note("loaded", str(number))

    def settle(self) -> None:
        """Wait until no event is under way, as long as they grow fewer. Raises TimeoutError when they do not."""
        before = self._stack.queue_depths()
        while True:
            try:
                self._stack.wait_quiet(STALLED_SECONDS)
            except TimeoutError:
                now = self._stack.queue_depths()
                if now == before:
                    raise
                before = now
            else:
                return

    def place(self, baskets: Iterable[Basket], step: Step) -> int:
        """Place every order that has not been placed yet; answers how many order lines that were."""
        lines: list[int] = []

        def place_one(basket: Basket) -> None:
            if not self._journal.has("placed", basket.id):
                answer = self._shop.post("/v1/orders", bodies.order(basket, CHANNEL))
                self._journal.note("placed", basket.id, answer["order_id"])
                lines.append(len(basket.lines))
            step()

        self._all(baskets, place_one)
        return sum(lines)

    def order_ids(self) -> list[str]:
        """The orders placed so far."""
        return list(self._journal.done.get("placed", {}).values())

    def orders(self, step: Step) -> Iterator[tuple[dict[str, Any], Standing]]:
        """Every order once it has stopped moving by itself, or when the patience with it has run out."""
        for order_id in self.order_ids():
            order = self._settled(order_id)
            step()
            yield order, standing(order)

    def ship(self, step: Step) -> None:
        """Do the staff's work on every order until its parcels have left."""

        def ship_one(order_id: str) -> None:
            if not self._journal.has("shipped", order_id):
                order = self._settled(order_id)
                for work in staff.of_order(self._ops, order_id):
                    staff.work(self._ops, work)
                if standing(order) is not Standing.MOVING:
                    self._journal.note("shipped", order_id)
            step()

        self._all(self.order_ids(), ship_one)

    def audit(self) -> dict[str, Any]:
        """What inventory says of its own books, once they have caught up: `ok`, `checked`, `pending`, `violations`."""
        return until(self._audit, lambda audit: not audit["pending"], what="an audit without anything pending")

    def _audit(self) -> dict[str, Any]:
        audit: dict[str, Any] = {"ok": True, "checked": 0, "pending": 0, "violations": []}
        cursor: str | None = None
        while True:
            page = self._ops.get("/v1/inventory/audit", {"cursor": cursor} if cursor else None)
            audit["ok"] = audit["ok"] and page["ok"]
            audit["checked"] += page["checked"]
            pending = page["pending"]
            audit["pending"] += pending if isinstance(pending, int) else len(pending)
            audit["violations"] += page["violations"]
            cursor = page.get("next_cursor")
            if cursor is None:
                return audit

    def _settled(self, order_id: str) -> dict[str, Any]:
        def look() -> dict[str, Any]:
            return dict(self._shop.get(f"/v1/orders/{order_id}"))

        try:
            return until(
                look,
                lambda order: standing(order) is not Standing.MOVING,
                what=f"order {order_id} at rest",
                seconds=SETTLE_SECONDS,
            )
        except TookTooLong:
            return look()  # the report names it

    def _put_location(self, place: Place) -> None:
        self._ops.put(f"/v1/locations/{place.id}", bodies.location(place))

    def _load_wave(self, wave: Wave, step: Step) -> None:
        """By imports, named by what they say: a repeat does nothing, another file is another import."""
        items = [bodies.item_row(sku) for sku in wave.skus]
        stock = [
            bodies.stock_row(sku, location, quantity)
            for location, lines in sorted(wave.stock.items())
            for sku, quantity in lines
        ]
        for kind, rows in (("items", items), ("stock", stock)):
            if rows:
                import_rows(self._ops, derived_id("opening", kind, json.dumps(rows)), kind, rows, done=_each(step))

    def _all(self, things: Iterable[T], do: Callable[[T], None]) -> None:
        """`do` each thing, several at a time, begun in their order. The first error ends it."""
        with ThreadPoolExecutor(self._connections) as pool:
            outstanding: set[Future[None]] = set()
            for thing in things:
                if len(outstanding) >= self._connections * AHEAD:
                    outstanding = _some_ended(outstanding)
                outstanding.add(pool.submit(do, thing))
            while outstanding:
                outstanding = _some_ended(outstanding)


def _each(step: Step) -> Callable[[int], None]:
    """Hears how many are done so far, and tells `step` of each one more."""
    told = 0

    def done(count: int) -> None:
        nonlocal told
        for _ in range(count - told):
            step()
        told = max(told, count)

    return done


def _some_ended(outstanding: set[Future[None]]) -> set[Future[None]]:
    """Those that still run, once at least one has ended. Raises what one of them raised."""
    done, running = wait(outstanding, return_when=FIRST_COMPLETED)
    for future in done:
        future.result()
    return running
