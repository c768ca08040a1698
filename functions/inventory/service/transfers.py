"""Transfers between places: each step moves the goods and the document in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from functions.inventory.domain.places import safety_of
from functions.inventory.domain.reservation import InsufficientStock
from functions.inventory.domain.stock import (
    Change,
    Counters,
    Movement,
    MovementKind,
    Short,
    Stock,
    moved,
    reclaim,
    ship,
)
from functions.inventory.domain.transfers import (
    DiscrepancyReason,
    Transfer,
    TransferNotFound,
    TransferReused,
    cancelled,
    closed,
    received,
    shipped,
)
from functions.inventory.repository.network import Network
from functions.inventory.repository.stock import StockRows
from functions.inventory.repository.transfers import TransferPage, Transfers
from functions.inventory.service.movements import known_items, known_location
from functions.inventory.service.shards import brought_home
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.retry import LostRace, retried


@dataclass(frozen=True)
class TransferService:
    """Use cases of transfers; each may be repeated."""

    transfers: Transfers
    stock: StockRows
    network: Network
    clock: Callable[[], datetime]

    def create(self, wanted: Transfer, cause: Cause) -> Transfer:
        """Plan a transfer and set its goods aside at the source: all of them or none. Staff may move what the safety
        stock keeps from shoppers. The same id and content answers the transfer as it is.

        Raises TransferReused, InsufficientStock with the shortages, InvalidField for an unknown place or item.
        """
        return retried(lambda: self._create(wanted, cause))

    def _create(self, wanted: Transfer, cause: Cause) -> Transfer:
        known = self.transfers.find(wanted.transfer_id)
        if known is not None:
            if known.fingerprint != wanted.fingerprint:
                raise TransferReused(f"transfer {wanted.transfer_id} has another content")
            return known
        known_location(self.network, wanted.from_location_id, pointer="/from_location_id")
        known_location(self.network, wanted.to_location_id, pointer="/to_location_id")
        known_items(self.network, [line.sku for line in wanted.lines])
        movement = _movement(wanted, MovementKind.ALLOCATE, cause)
        rows = self._roomy(wanted, cause)
        changes = [
            Change(*row.key, movement, Counters(allocated=quantity), floors={"free": quantity})
            for row, quantity in ((rows[position], quantity) for position, quantity in wanted.claims().items())
        ]
        return self.transfers.save(wanted, changes, cause, was_open=None)

    def _roomy(self, wanted: Transfer, cause: Cause) -> Mapping[tuple[str, str], Stock]:
        """The source's positions with room for the goods, lapsed holds taken back where they are in the way."""
        claims = wanted.claims()
        rows = self.stock.read(claims)
        now = epoch_seconds(self.clock())
        lapsed = [
            change
            for position, quantity in claims.items()
            if rows[position].free < quantity and (change := reclaim(rows[position], now=now))
        ]
        for change in lapsed:
            self.stock.change(change, cause)
        if lapsed:
            rows = self.stock.read(claims)
        short = [
            {"sku": sku, "requested": quantity, "available": max(0, rows[sku, place].free)}
            for (sku, place), quantity in claims.items()
            if rows[sku, place].free < quantity
        ]
        if short:
            brought_home(self.stock, ((rows[position], quantity) for position, quantity in claims.items()), cause)
            raise InsufficientStock("not enough is free at the source", extra={"shortages": short})
        return rows

    def ship(self, transfer_id: str, sent: Mapping[str, int] | None, cause: Cause) -> Transfer:
        """The goods leave the source: all, or those named; what stays is free again.

        Raises TransferNotFound, TransitionNotAllowed, InvalidField, InsufficientStock when fewer are there.
        """
        decide = partial(shipped, sent=sent, at=cause.at)
        return retried(lambda: self._step(transfer_id, decide, self._leaving, cause))

    def receive(self, transfer_id: str, arrived: Mapping[str, int], receipt_id: str, cause: Cause) -> Transfer:
        """Goods arrive at the destination, where they can be sold at once.

        Raises TransferNotFound, TransitionNotAllowed, ReceiptReused, InvalidField.
        """
        decide = partial(received, arrived=arrived, receipt_id=receipt_id, at=cause.at)
        return retried(lambda: self._step(transfer_id, decide, self._arriving, cause))

    def close(self, transfer_id: str, reasons: Mapping[str, tuple[DiscrepancyReason, str]], cause: Cause) -> Transfer:
        """Nothing more is expected; what did not arrive is written off where it was last: on the way.

        Raises TransferNotFound, TransitionNotAllowed, InvalidField for a missing reason.
        """
        decide = partial(closed, reasons=reasons, at=cause.at)
        return retried(lambda: self._step(transfer_id, decide, _nothing, cause))

    def cancel(self, transfer_id: str, cause: Cause) -> Transfer:
        """The goods stay where they are and are free again. Raises TransferNotFound, TransitionNotAllowed."""
        return retried(lambda: self._step(transfer_id, cancelled, _freed, cause))

    def _step(
        self,
        transfer_id: str,
        decide: Callable[[Transfer], Transfer],
        changes: Callable[[Transfer, Transfer, Cause], Iterable[Change]],
        cause: Cause,
    ) -> Transfer:
        known = self.get(transfer_id)
        wanted = decide(known)
        if wanted is known:
            return known
        return self.transfers.save(wanted, changes(known, wanted, cause), cause, was_open=known.open)

    def _leaving(self, known: Transfer, wanted: Transfer, cause: Cause) -> list[Change]:
        rows = self.stock.read(known.claims())
        movement = _movement(wanted, MovementKind.TRANSFER_OUT, cause)
        short = [
            {"sku": line.sku, "requested": line.shipped, "available": row.counters.on_hand}
            for line in wanted.lines
            for row in (rows[line.sku, wanted.from_location_id],)
            if row.counters.on_hand < line.shipped
        ]
        if short:
            raise InsufficientStock("fewer are there than would leave", extra={"shortages": short})
        try:
            return [
                ship(rows[line.sku, wanted.from_location_id], line.shipped, promised=line.quantity, movement=movement)
                for line in wanted.lines
            ]
        except Short as error:
            raise LostRace("a rival took goods between two reads") from error

    def _arriving(self, known: Transfer, wanted: Transfer, cause: Cause) -> list[Change]:
        place = wanted.to_location_id
        before = {line.sku: line.received for line in known.lines}
        arrived = {line.sku: more for line in wanted.lines if (more := line.received - before[line.sku])}
        rows = self.stock.read((sku, place) for sku in arrived)
        items, location = self.network.items(arrived), self.network.find_location(place)
        movement = _movement(wanted, MovementKind.TRANSFER_IN, cause)
        return [
            moved(
                rows[sku, place],
                Counters(on_hand=quantity),
                movement,
                opening_safety=safety_of(items.get(sku), location),
            )
            for sku, quantity in arrived.items()
        ]

    def get(self, transfer_id: str) -> Transfer:
        """The transfer as it is. Raises TransferNotFound."""
        known = self.transfers.find(transfer_id)
        if known is None:
            raise TransferNotFound(f"there is no transfer {transfer_id}")
        return known

    def listed(
        self, *, to: bool, location_id: str, is_open: bool | None, limit: int, cursor: str | None
    ) -> TransferPage:
        """A page of the transfers from or to a place, open ones first. Raises InvalidField for a forged cursor."""
        return self.transfers.listed(to=to, location_id=location_id, is_open=is_open, limit=limit, cursor=cursor)


def _freed(known: Transfer, _wanted: Transfer, cause: Cause) -> list[Change]:
    movement = _movement(known, MovementKind.DEALLOCATE, cause)
    return [
        Change(*position, movement, Counters(allocated=-quantity), floors={"allocated": quantity})
        for position, quantity in known.claims().items()
    ]


def _nothing(_known: Transfer, _wanted: Transfer, _cause: Cause) -> list[Change]:
    return []


def _movement(transfer: Transfer, kind: MovementKind, cause: Cause) -> Movement:
    return Movement(f"{kind}-{cause.id}", kind, cause.reason or transfer.reason, f"transfer/{transfer.transfer_id}")
