"""What fulfilment asks for: set a plan aside, give withdrawn units back, let goods leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from functions.inventory.domain.book import (
    Book,
    Entry,
    Lying,
    Step,
    TakenBack,
    allocate,
    cancel,
    come,
    leave,
    merged,
    refuse,
    take_back,
    withdraw,
    write_off,
)
from functions.inventory.domain.places import Capability, paused
from functions.inventory.domain.shards import Spread, own_cell, spread, whole, without_own
from functions.inventory.domain.stock import Stock
from functions.inventory.domain.units import Position, Units, by_position, joined, place_of
from functions.inventory.repository.network import Network
from functions.inventory.service.posting import Poster, Shortage
from functions.inventory.service.promising import Promising
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.retry import LostRace, retried
from shared.events.fulfilment import (
    AllocationRequested,
    AllocationWithdrawn,
    HandedOver,
    ReceivedAtStore,
    SentToStore,
    Shipped,
    UnitsShort,
)
from shared.events.inventory import Allocation
from shared.events.orders import OrderLinesCancelled, ReturnReceived

RESTOCK = "RESTOCK"
DAMAGED = "DAMAGED"
WRITTEN_OFF = frozenset({"NOT_FOUND", DAMAGED})
"""Reasons of a shortfall after which the units cannot be sold."""
METHODS = {
    "ship": Capability.SHIP,
    "ship_to_store": Capability.SHIP,
    "pickup": Capability.PICKUP,
    "curbside": Capability.CURBSIDE,
}
NOT_HERE = frozenset({"DESTROY", "KEEP"})
"""Dispositions of goods that lie at no place of ours."""


class HoldUndecided(RuntimeError):
    """The plan names a hold of which inventory has not decided yet: the message comes again."""


def units_of(allocations: Iterable[Allocation]) -> tuple[Units, ...]:
    """The contract's words as ours."""
    return tuple(Units(one.line_id, one.sku, one.location_id, one.quantity) for one in allocations)


@dataclass(frozen=True)
class AllocationService:
    """Use cases on the book of an order; each may be repeated, in any order."""

    poster: Poster
    network: Network

    def allocate(self, event: AllocationRequested, cause: Cause) -> None:
        """Answer a plan once: all of it set aside, or nothing and the truth."""
        retried(lambda: self._allocate(event, cause))

    def _allocate(self, event: AllocationRequested, cause: Cause) -> None:
        book = self.poster.ready(event.order_id)
        if event.plan_version in book.state.verdicts:
            return
        if event.reservation_id and book.state.hold is None:
            raise HoldUndecided(f"{event.order_id} names {event.reservation_id}")
        skus = {one.sku for one in event.allocations} | {one.sku for one in event.unplaced}
        safety = self._safety(event, skus)
        heads = _kept(self.poster.stock.read((one.sku, one.location_id) for one in event.allocations), safety)
        step = self._step(event, book, heads, safety)
        try:
            if event.confirm_unplaced:
                self._confirm(event, book, step, safety, cause)
            self.poster.post(book, step, cause)
        except Shortage as shortage:
            if any(head.cells for head in heads.values()) and self._elsewhere(event, book, safety):
                raise LostRace("another cell has the units") from shortage
            skus = {*shortage.skus, *(line.sku for line in event.unplaced)}
            truth = self.poster.truth(sorted(skus), cause, also=shortage.positions, safety=safety)
            self.poster.post(book, refuse(book, event.plan_version, truth), cause)

    def _safety(self, event: AllocationRequested, skus: Iterable[str]) -> Callable[[Position], int]:
        """What has to stay at a position, by the rules for the order's channel and its lines' methods."""
        lines = {one.line_id for one in event.allocations} | {one.line_id for one in event.unplaced}
        methods = {METHODS.get(event.methods.get(line_id, "")) for line_id in lines}
        return Promising.load(self.network, skus, self.poster.clock()).safety(event.channel, methods)

    def _step(
        self,
        event: AllocationRequested,
        book: Book,
        heads: Mapping[Position, Stock],
        safety: Callable[[Position], int],
    ) -> Step:
        """The plan's entries, each with what has to stay at its position."""
        step = self._spread_step(event, book, heads, safety)
        return replace(step, entries=tuple(replace(one, safety=safety(one.position)) for one in step.entries))

    def _spread_step(
        self,
        event: AllocationRequested,
        book: Book,
        heads: Mapping[Position, Stock],
        safety: Callable[[Position], int],
    ) -> Step:
        """Of a hot position: from the order's own hold, else its own cell, else any other."""
        wanted = units_of(event.allocations)
        if not any(head.cells for head in heads.values()):
            return allocate(book, event.plan_version, wanted)
        rows = dict(heads)
        rows |= self.poster.stock.read(one for head in heads.values() if (one := own_cell(head, event.order_id)))
        if self._missing(self._spread(wanted, book, rows)[1], rows):
            found = self.poster.stock.rows_of(sku for sku, _ in heads)
            rows = _kept({row.key: row for row in found}, safety)
        for lend in (True, False):
            placed, spreading = self._spread(wanted, book, rows, lend=lend)
            step = allocate(book, event.plan_version, placed)
            step = replace(step, entries=(*_loans(spreading), *step.entries))
            if len(merged(step.entries)) <= self.poster.chunk_rows:
                break  # in chunks it might have to be undone, which a loan cannot: then units are taken where they are
        return step

    def _spread(
        self, wanted: tuple[Units, ...], book: Book, rows: Mapping[Position, Stock], *, lend: bool = True
    ) -> tuple[tuple[Units, ...], Spread]:
        """(where every unit is taken, how those are spread that the order does not hold already)."""
        fresh, own = without_own(wanted, book.state.held)
        now = epoch_seconds(self.poster.clock())
        spreading = spread(fresh, rows, document=book.order_id, now=now, lend=lend)
        return joined((*own, *spreading.units)), spreading

    def _missing(self, spreading: Spread, rows: Mapping[Position, Stock]) -> bool:
        """Whether more is wanted of a row than it has to give."""
        now = epoch_seconds(self.poster.clock())
        left = {key: row.free + row.lapsed(now) - row.safety for key, row in rows.items()}
        for position in spreading.rows:
            left[position] = left.get(position, 0) + spreading.moved(position).free
        wanted = by_position(spreading.units)
        return any(left.get(position, 0) < quantity for position, quantity in wanted.items())

    def _elsewhere(self, event: AllocationRequested, book: Book, safety: Callable[[Position], int]) -> bool:
        """Whether the units are there at one instant, in whatever cells."""
        found = self.poster.stock.rows_of({one.sku for one in event.allocations})
        rows = _kept({row.key: row for row in found}, safety)
        _, spreading = self._spread(units_of(event.allocations), book, rows)
        return not self._missing(spreading, rows)

    def _confirm(
        self,
        event: AllocationRequested,
        book: Book,
        step: Step,
        safety: Callable[[Position], int],
        cause: Cause,
    ) -> None:
        """Raises Shortage when an open place has units for an unplaced line after all, beyond what the plan takes
        there itself: then the plan rests on an old copy."""
        if not event.unplaced:
            return
        now = self.poster.clock()
        places = self.network.locations()
        taken = _at_places({entry.position: entry.fresh for entry in step.entries if entry.delta.allocated > 0})
        spare = _at_places(_spare(book, step))
        for sku in sorted({line.sku for line in event.unplaced}):
            wanted_at = {line.location_id for line in event.unplaced if line.sku == sku}
            for row in whole(self.poster.current(sku, cause)):
                place = places.get(row.location_id)
                if place is None or place.paused(now):
                    continue
                reachable = row.location_id in wanted_at or (None in wanted_at and place.can(Capability.SHIP, now))
                open_to_all = max(0, row.free + row.lapsed(epoch_seconds(now)) - safety(row.key))
                left = open_to_all - taken.get(row.key, 0) + spare.get(row.key, 0)
                if reachable and left > 0:
                    raise Shortage([row.key])

    def withdraw(self, event: AllocationWithdrawn, cause: Cause) -> None:
        """Free the units; where their plan has not come yet, remember not to take them."""
        retried(lambda: self._withdraw(event, cause))

    def _withdraw(self, event: AllocationWithdrawn, cause: Cause) -> None:
        book = self.poster.ready(event.order_id)
        known = {(one.plan_version, one.request_id) for one in book.state.withdrawals}
        if (event.plan_version, event.request_id) not in known:
            step = withdraw(book, event.plan_version, event.request_id, units_of(event.allocations))
            self.poster.post(book, step, cause)

    def units_short(self, event: UnitsShort, cause: Cause) -> None:
        """A place did not give units: by the reason they are written off, or free again in a place that may pause."""
        retried(lambda: self._units_short(event, cause))

    def _units_short(self, event: UnitsShort, cause: Cause) -> None:
        request_id = f"{event.fulfilment_order_id}#short-{event.number}"
        book = self.poster.ready(event.order_id)
        if (event.plan_version, request_id) in {(one.plan_version, one.request_id) for one in book.state.withdrawals}:
            return
        self._pause(event, cause)  # first, so that the units are never free in a place that takes work
        units = tuple(Units(one.line_id, one.sku, event.location_id, one.quantity) for one in event.lines)
        if event.reason in WRITTEN_OFF:
            damaged = event.reason == DAMAGED
            step = write_off(book, event.plan_version, request_id, units, damaged=damaged)
        else:
            step = withdraw(book, event.plan_version, request_id, units)
        self.poster.post(book, step, replace(cause, reason=event.reason))

    def _pause(self, event: UnitsShort, cause: Cause) -> None:
        until = datetime.fromisoformat(event.pause_until) if event.pause_until else None
        now = self.poster.clock()
        place = self.network.find_location(event.location_id)
        if until is None or until <= now or place is None:
            return
        if place.paused(now) and place.pause and (place.pause.until is None or place.pause.until >= until):
            return
        self.network.save_location(paused(place, reason=event.reason, at=now, until=until), cause)

    def cancel(self, event: OrderLinesCancelled, cause: Cause) -> None:
        """A wholly cancelled order gives its unconverted hold back; everything else fulfilment withdraws."""
        if event.whole_order:
            retried(lambda: self._cancel(event.order_id, cause))

    def _cancel(self, order_id: str, cause: Cause) -> None:
        book = self.poster.ready(order_id)
        if not book.state.cancelled:
            self.poster.post(book, cancel(book), cause)

    def ship(self, event: Shipped | HandedOver, cause: Cause) -> None:
        """The goods are gone from the location: on hand and allocated fall, once."""
        gone = tuple(
            Units(line.line_id, line.sku, event.location_id, line.shipped + line.fulfilled) for line in event.lines
        )
        retried(lambda: self._leave(event.order_id, event.fulfilment_order_id, gone, cause))

    def dispatched(self, event: SentToStore, cause: Cause) -> None:
        """The goods have left for the store where they are collected: they are on hand nowhere meanwhile."""
        gone = tuple(Units(line.line_id, line.sku, event.source_id, line.packed) for line in event.lines)
        retried(lambda: self._leave(event.order_id, f"{event.fulfilment_order_id}#sent", gone, cause))

    def received(self, event: ReceivedAtStore, cause: Cause) -> None:
        """The goods have come to the store where they are collected, and are set aside there."""
        units = tuple(Units(line.line_id, line.sku, event.location_id, line.packed) for line in event.lines)

        def attempt() -> None:
            book = self.poster.ready(event.order_id)
            step = come(
                book,
                event.plan_version,
                source=f"{event.fulfilment_order_id}#came",
                leaves_as=event.fulfilment_order_id,
                units=units,
            )
            if step is not None:
                self.poster.post(book, step, cause)

        retried(attempt)

    def carry_out(self, order_id: str, gone: tuple[Units, ...], cause: Cause, *, source: str = "carry_out") -> None:
        """A till sale is a fact: the units left with the shopper, whatever the counter said. Once per `source`."""
        retried(lambda: self._leave(order_id, source, gone, cause))

    def take_back(self, event: ReturnReceived, cause: Cause) -> None:
        """Goods came back, or were judged: they are where they lie, and only what is restocked may be sold."""
        lying = [
            Lying(one.sku, one.location_id, one.quantity, 0 if one.disposition == RESTOCK else one.quantity)
            for one in event.units
            if one.disposition not in NOT_HERE
        ]
        retried(lambda: self._take_back(event, TakenBack(event.version, tuple(lying)), cause))

    def _take_back(self, event: ReturnReceived, told: TakenBack, cause: Cause) -> None:
        book = self.poster.ready(event.order_id)
        step = take_back(book, event.return_id, told)
        if step is not None:
            self.poster.post(book, step, cause)

    def _leave(self, order_id: str, source: str, gone: tuple[Units, ...], cause: Cause) -> None:
        book = self.poster.ready(order_id)
        step = leave(book, source=source, gone=gone)
        if step is not None:
            self.poster.post(book, step, cause)


def _kept(rows: Mapping[Position, Stock], safety: Callable[[Position], int]) -> dict[Position, Stock]:
    """The rows with what has to stay there for this order."""
    return {key: replace(row, safety=safety(key)) for key, row in rows.items()}


def _loans(spreading: Spread) -> tuple[Entry, ...]:
    moved = {position: spreading.moved(position) for position in sorted(spreading.rows)}
    return tuple(Entry(*position, delta, fresh=-delta.free) for position, delta in moved.items())


def _at_places(quantities: Mapping[Position, int]) -> dict[Position, int]:
    sums: dict[Position, int] = defaultdict(int)
    for (sku, at), quantity in quantities.items():
        sums[sku, place_of(at)] += quantity
    return sums


def _spare(book: Book, step: Step) -> dict[Position, int]:
    """Units of the order's own hold that the plan leaves unused."""
    converted = {entry.position: entry.delta for entry in step.entries if entry.delta.allocated}
    return {
        position: units + converted[position].held if position in converted else units
        for position, units in by_position(book.state.held).items()
    }
