"""Holds: make, look at, extend, release."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.inventory.domain.places import Capability, Location
from functions.inventory.domain.replacing import Given, hold_instead
from functions.inventory.domain.reservation import (
    Caps,
    InsufficientStock,
    Pinning,
    Reservation,
    ReservationReused,
    Scope,
    Status,
    TooManyHolds,
    Wanted,
    choose_pins,
    extended,
    handed_over,
    moved,
)
from functions.inventory.domain.shards import by_place, own_cell, spread
from functions.inventory.domain.stock import (
    Change,
    Counters,
    Movement,
    MovementKind,
    Short,
    Stock,
    extend,
    lapse_second,
    reclaim,
    unhold,
)
from functions.inventory.domain.units import Position, by_position
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.network import Network
from functions.inventory.repository.owners import Owner, Owners
from functions.inventory.repository.stock import StockRows
from functions.inventory.service.posting import CHUNK_ROWS
from functions.inventory.service.promising import Promising
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.table import Action
from shared.errors import NotFound, Refused
from shared.geo import Geo, distance_km

UNCAPPED = Caps()


class ReservationNotFound(NotFound):
    """There is no such hold."""

    code = "reservation_not_found"


class TooManyPositions(Refused):
    """The hold would touch more positions than one transaction takes."""

    code = "too_many_positions"


@dataclass(frozen=True)
class HoldCommand:
    """What a channel asks for. `fingerprint` tells the same content from another. `shared`: the channel's pool is sold
    from, but an order of any channel may use the hold. `instead`: holds that end by this one, and whose units it may
    take; they stay when it cannot be made."""

    reservation_id: str
    owner: str
    channel: str | None
    scope: Scope
    wanted: Sequence[Wanted]
    ttl_seconds: int
    partial: bool
    near: Geo | None
    fingerprint: str
    shared: bool = False
    instead: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReservationService:
    """Use cases of holds; each may be repeated."""

    documents: Documents
    stock: StockRows
    network: Network
    owners: Owners
    clock: Callable[[], datetime]
    caps: Caps = UNCAPPED

    def place(self, command: HoldCommand, cause: Cause) -> Reservation:
        """Hold every unit, or what there is where `partial`; the same id and content answers as the first time.

        Raises InsufficientStock with the shortages, ReservationReused, TooManyPositions, TooManyHolds, Busy.
        """
        return retried(lambda: self._place(command, cause))

    def _place(self, command: HoldCommand, cause: Cause) -> Reservation:
        promising = Promising.load(self.network, sorted({line.sku for line in command.wanted}), self.clock())
        now = epoch_seconds(self.clock())
        given = Given.of(self.documents.reservations(command.instead), now=now)
        found = self._rows(command, promising)
        own = [one for head in found.values() if (one := own_cell(head, command.reservation_id))]
        if own:
            found |= self.stock.read(own)
        rows = self._offered(command, promising, _given_back(given, found))
        pinning = self._pin(command, rows, promising.places)
        if pinning.shortages and any(row.cells for row in rows.values()):  # somebody else's cell may have units
            found = {row.key: row for row in self.stock.rows_of(line.sku for line in command.wanted)}
            rows = self._offered(command, promising, _given_back(given, found))
            pinning = self._pin(command, rows, promising.places)
        refused = bool(pinning.shortages) and not (command.partial and pinning.pins)
        if refused or len({*by_position(pinning.pins), *given.positions}) > CHUNK_ROWS - len(given.holds):
            known = self._known(command)
            if known is not None:
                return known
            raise _refusal(pinning)
        spreading = spread(pinning.pins, rows, document=command.reservation_id, now=now)
        at = by_position(spreading.units)
        rows = {position: rows.get(position, Stock(*position)) for position in {*at, *spreading.rows}}
        until = lapse_second(now, command.ttl_seconds, crowd=max(len(row.lapses) for row in rows.values()))
        reservation = Reservation(
            reservation_id=command.reservation_id,
            owner=command.owner,
            channel=None if command.shared else command.channel,
            scope=command.scope,
            wanted=tuple(command.wanted),
            pins=spreading.units,
            until=until,
            fingerprint=command.fingerprint,
            created_at=cause.at,
        )
        try:
            owner = self._room_of(command.owner, command.reservation_id, sum(at.values()), cause)
        except TooManyHolds:
            known = self._known(command)
            if known is None:
                raise
            return known
        movement = _movement(command.reservation_id, MovementKind.HOLD, cause)
        found |= self.stock.read(sorted(given.positions - found.keys()))
        changes = []
        for position in sorted({*rows, *given.positions}):
            quantity, loan = at.get(position, 0), spreading.moved(position)
            row = found.get(position, Stock(*position))
            if position in rows:
                back = sum(given.at(position).values())
                row = self._roomy(replace(row, safety=rows[position].safety), quantity - loan.free - back, now, cause)
            changes.append(_taken(row, quantity, given, until=until, movement=movement, loan=loan))
        try:
            return self.documents.save_reservation(reservation, changes, cause, owner=owner, ended=given.ended())
        except LostRace:
            known = self._known(command)
            if known is None:
                raise
            return known

    def _room_of(self, owner: str, reservation_id: str, quantity: int, cause: Cause) -> Action | None:
        """What to write of the owner with a new hold; None where nothing is capped. Raises TooManyHolds."""
        if not self.caps.any:
            return None
        known = self.owners.find(owner)
        try:
            self.caps.check(known.held, quantity)
            held = dict(known.held)
        except TooManyHolds:
            held = self._open_holds(known)
            self.caps.check(held, quantity)
        return self.owners.action(replace(known, held={**held, reservation_id: quantity}), cause)

    def _open_holds(self, owner: Owner) -> dict[str, int]:
        now = epoch_seconds(self.clock())
        return {
            held.reservation_id: sum(pin.quantity for pin in held.pins)
            for held in self.documents.reservations(sorted(owner.held))
            if held.owner == owner.owner and held.status_at(now) is Status.HELD
        }

    def _known(self, command: HoldCommand) -> Reservation | None:
        known = self.documents.reservation(command.reservation_id)
        if known is not None and known.fingerprint != command.fingerprint:
            raise ReservationReused(f"reservation {command.reservation_id} has another content")
        return known

    def _rows(self, command: HoldCommand, promising: Promising) -> dict[Position, Stock]:
        named = {(line.sku, line.location_id or "") for line in command.wanted}
        if command.scope is Scope.LOCATION and not promising.rules.pool(command.channel).threshold:
            return self.stock.read(sorted(named))
        return {row.key: row for sku in sorted({sku for sku, _ in named}) for row in self.stock.of_sku(sku)}

    def _offered(
        self, command: HoldCommand, promising: Promising, found: Mapping[Position, Stock]
    ) -> dict[Position, Stock]:
        """The rows that the command may take from; `safety` says how much has to stay in each."""
        if command.scope is Scope.NETWORK:
            return promising.offered(found, channel=command.channel, method=Capability.SHIP)
        last = {line.location_id for line in command.wanted if line.location_id}
        return promising.offered(found, channel=command.channel, method=Capability.PICKUP, last=last)

    def _pin(self, command: HoldCommand, rows: Mapping[Position, Stock], places: Mapping[str, Location]) -> Pinning:
        available = by_place(rows.values(), epoch_seconds(self.clock()))
        near = command.near
        rank = (lambda location_id: distance_km(near, places[location_id].geo)) if near else None
        return choose_pins(command.wanted, available, rank=rank)

    def _roomy(self, row: Stock, quantity: int, now: int, cause: Cause) -> Stock:
        """The position with room for the hold: lapsed holds are taken back when it has none otherwise."""
        if row.free - row.safety >= quantity:
            return row
        lapsed = reclaim(row, now=now)
        if lapsed is not None:
            self.stock.change(lapsed, cause)
        fresh = replace(self.stock.read([row.key])[row.key], safety=row.safety)
        if fresh.free - fresh.safety < quantity:
            raise LostRace("a rival was faster")
        return fresh

    def get(self, reservation_id: str) -> Reservation:
        """The hold. Raises ReservationNotFound."""
        known = self.documents.reservation(reservation_id)
        if known is None:
            raise ReservationNotFound(f"there is no reservation {reservation_id}")
        return known

    def status(self, held: Reservation) -> Status:
        """Where the hold stands now, judged by time and by the book of the order that took it over."""
        if held.status is not Status.COMMITTED:
            return held.status_at(epoch_seconds(self.clock()))
        state = self.documents.book(held.order_id).state
        if state.held:
            return Status.COMMITTED
        if any(state.allocated.values()):
            return Status.ALLOCATED
        return Status.CONSUMED if state.left else Status.RELEASED

    def transfer(self, reservation_id: str, owner: str, cause: Cause) -> Reservation:
        """The hold is another owner's from now on, to the same end; twice is the same.

        Raises ReservationNotFound, ReservationEnded, TooManyHolds.
        """
        return retried(lambda: self._transfer(reservation_id, owner, cause))

    def _transfer(self, reservation_id: str, owner: str, cause: Cause) -> Reservation:
        known = self.get(reservation_id)
        if known.owner == owner:
            return known
        given = handed_over(known, owner=owner, now=epoch_seconds(self.clock()))
        room = self._room_of(owner, reservation_id, sum(pin.quantity for pin in known.pins), cause)
        return self.documents.save_reservation(given, (), cause, owner=room)

    def release(self, reservation_id: str, cause: Cause) -> Reservation:
        """Give the units back; twice is the same. Raises ReservationNotFound, ReservationEnded for an order's hold."""
        return retried(lambda: self._release(reservation_id, cause))

    def _release(self, reservation_id: str, cause: Cause) -> Reservation:
        known = self.get(reservation_id)
        if known.status in (Status.RELEASED, Status.EXPIRED):
            return known
        return self.end(known, Status.RELEASED, cause)

    def end(self, known: Reservation, to: Status, cause: Cause) -> Reservation:
        """Release or expire a hold: what of it has not been reclaimed is free again. Raises LostRace."""
        ended = moved(known, to)
        kind = MovementKind.RELEASE if to is Status.RELEASED else MovementKind.EXPIRE
        movement = _movement(known.reservation_id, kind, cause)
        rows = self.stock.read(known.held_at())
        changes = []
        for position, quantity in known.held_at().items():
            try:
                changes.append(unhold(rows[position], quantity, until=known.until, movement=movement))
            except Short as error:
                if known.until > epoch_seconds(self.clock()):
                    raise LostRace("the hold was ended meanwhile") from error
                continue  # lapsed and reclaimed: the units are free already
        return self.documents.save_reservation(ended, changes, cause)

    def extend(self, reservation_id: str, ttl_seconds: int, cause: Cause) -> Reservation:
        """The hold lasts until `ttl_seconds` from now, never shorter than before.

        Raises ReservationNotFound, ReservationEnded, TooManyExtensions.
        """
        return retried(lambda: self._extend(reservation_id, ttl_seconds, cause))

    def _extend(self, reservation_id: str, ttl_seconds: int, cause: Cause) -> Reservation:
        known = self.get(reservation_id)
        now = epoch_seconds(self.clock())
        rows = self.stock.read(known.held_at())
        crowd = max(len(row.lapses) for row in rows.values())
        later = extended(known, now=now, until=max(known.until, lapse_second(now, ttl_seconds, crowd=crowd)))
        movement = _movement(reservation_id, MovementKind.NONE, cause)
        try:
            changes = [
                extend(rows[position], quantity, until=known.until, later=later.until, movement=movement)
                for position, quantity in known.held_at().items()
            ]
        except Short as error:
            raise LostRace("the hold was ended meanwhile") from error
        return self.documents.save_reservation(later, changes, cause)


def _given_back(given: Given, found: Mapping[Position, Stock]) -> Mapping[Position, Stock]:
    try:
        return {key: given.back(row) for key, row in found.items()} if given.holds else found
    except Short as error:
        raise LostRace("one of the holds was ended meanwhile") from error


def _taken(row: Stock, quantity: int, given: Given, *, until: int, movement: Movement, loan: Counters) -> Change:
    try:
        return hold_instead(row, quantity, given, until=until, movement=movement, loan=loan)
    except Short as error:
        if not given.holds:
            raise
        raise LostRace("one of the holds was ended meanwhile") from error


def _refusal(pinning: Pinning) -> InsufficientStock | TooManyPositions:
    if pinning.shortages:
        return InsufficientStock("not enough is available", extra={"shortages": pinning.shortages})
    return TooManyPositions(f"a reservation is held at no more than {CHUNK_ROWS} positions")


def _movement(reservation_id: str, kind: MovementKind, cause: Cause) -> Movement:
    return Movement(f"{kind}-{cause.id}", kind, cause.reason, f"reservation/{reservation_id}")
