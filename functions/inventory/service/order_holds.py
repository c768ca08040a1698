"""What a placed order means for stock: the hold that it names becomes its own, carried-out goods leave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from functions.inventory.domain.book import Book, HoldUse, Step, committed, ignored
from functions.inventory.domain.reservation import OrderLine, Reservation, Status, moved, usable_pins
from functions.inventory.domain.stock import Change, Movement, MovementKind, Short, keep
from functions.inventory.domain.units import Units, by_position
from functions.inventory.service.allocation import AllocationService
from functions.inventory.service.posting import Poster
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.retry import retried
from shared.events.orders import OrderedLine, OrderLinesAdded, OrderPlaced

CARRY_OUT = "carry_out"


def _carried_out(lines: tuple[OrderedLine, ...]) -> tuple[Units, ...]:
    """What left with the shopper at the till."""
    return tuple(
        Units(line.line_id, line.sku, line.location_id, line.quantity)
        for line in lines
        if line.method == CARRY_OUT and line.location_id
    )


@dataclass(frozen=True)
class OrderHolds:
    """The use case of a placed order."""

    poster: Poster
    allocation: AllocationService

    def placed(self, event: OrderPlaced, cause: Cause) -> None:
        """Decide about the hold, once, and let carried-out goods leave, once."""
        if event.reservation_id:
            reservation_id = event.reservation_id
            retried(lambda: self._decide(event, reservation_id, cause))
        if gone := _carried_out(event.lines):
            self.allocation.carry_out(event.order_id, gone, cause)

    def added(self, event: OrderLinesAdded, cause: Cause) -> None:
        """Of what the order got more, carried-out goods leave, once; all else is allocated when it is planned."""
        if gone := _carried_out(event.lines):
            self.allocation.carry_out(event.order_id, gone, cause, source=event.change_id)

    def _decide(self, event: OrderPlaced, reservation_id: str, cause: Cause) -> None:
        book = self.poster.ready(event.order_id)
        if book.state.hold is not None:
            return
        reservation = self.poster.documents.reservation(reservation_id)
        lines = [
            OrderLine(line.line_id, line.sku, line.quantity, line.location_id)
            for line in event.lines
            if line.method != CARRY_OUT
        ]
        placed = epoch_seconds(datetime.fromisoformat(event.accepted_at or event.placed_at))
        carried = {unit.sku for unit in _carried_out(event.lines)}
        pins, because = usable_pins(reservation, lines, channel=event.channel, placed=placed, carried=carried)
        if book.state.cancelled:
            because = "cancelled"
        if because or reservation is None:
            self._ignore(book, reservation_id, because, cause)
            return
        try:
            self._commit(book, reservation, pins, cause)
        except Short:  # it lapsed after the order was placed, and another shopper has the units
            self._ignore(book, reservation_id, "lapsed", cause)

    def _commit(self, book: Book, reservation: Reservation, pins: tuple[Units, ...], cause: Cause) -> None:
        held, used = reservation.held_at(), by_position(pins)
        rows = self.poster.stock.read(held)
        reference = f"reservation/{reservation.reservation_id}"
        changes: list[Change] = []
        for position, quantity in held.items():
            released = quantity - used.get(position, 0)
            kind = MovementKind.RELEASE if released else MovementKind.NONE
            movement = Movement(f"commit-{cause.id}", kind, "", reference)
            changes.append(
                keep(rows[position], quantity, until=reservation.until, movement=movement, released=released)
            )
        taken_over = replace(book, state=committed(book.state, HoldUse(reservation.reservation_id, pins)))
        ended = moved(reservation, Status.COMMITTED, order_id=book.order_id)
        self.poster.documents.save_reservation(ended, changes, cause, book=taken_over)

    def _ignore(self, book: Book, reservation_id: str, because: str, cause: Cause) -> None:
        target = ignored(book.state, reservation_id, because)
        self.poster.post(book, Step(MovementKind.NONE, (), target), cause)
