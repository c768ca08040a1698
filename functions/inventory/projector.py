"""Lambda entry: the inventory table's stream -> derived rows (ledger, availability pages, open claims, lapses)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from typing import Any

from functions.inventory.domain.purchasing import PurchaseOrder
from functions.inventory.domain.reservation import Status
from functions.inventory.domain.stock import Counters
from functions.inventory.domain.transfers import Transfer
from functions.inventory.repository import page_states
from functions.inventory.repository.awaited import AWAITED_KIND, decode_awaited
from functions.inventory.repository.documents import BOOK_KIND, RESERVATION_KIND, decode_book, decode_reservation
from functions.inventory.repository.network import ITEM_KIND, LOCATION_KIND, decode_item, decode_location
from functions.inventory.repository.pages import PageLog, State
from functions.inventory.repository.projection import Claim, LedgerLine, Projection
from functions.inventory.repository.purchases import KIND as PURCHASE_KIND
from functions.inventory.repository.purchases import decode_purchase
from functions.inventory.repository.selling import SELLING_KIND
from functions.inventory.repository.stock import KIND as STOCK_KIND
from functions.inventory.repository.stock import decode_movement, decode_stock
from functions.inventory.repository.sweeps import SWEEP_KIND
from functions.inventory.repository.transfers import KIND as TRANSFER_KIND
from functions.inventory.repository.transfers import decode_transfer
from shared import clock, testing_clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.marshal import Item
from shared.dynamo.table import Table
from shared.observability import logger
from shared.relay import Change, changes
from shared.settings import settings


@dataclass(frozen=True)
class Derived:
    """Where derived rows go."""

    projection: Projection
    log: PageLog


@cache
def _derived(table_name: str) -> Derived:
    table = Table(client("dynamodb"), table_name)
    return Derived(Projection(table), PageLog(table))


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Project the batch. Raises for anything that was not written, so that the batch comes again.

    Without records the event says what to project once more (`shared.reemission`).
    """
    if "Records" not in event:
        from shared.reemission import again  # hardly ever needed: not a part of every cold start

        return again(event, handler)
    testing_clock.refresh()
    derived = _derived(settings().projection_table_name)
    states: dict[tuple[str, str], State] = {}
    lines: dict[tuple[str, str, int], LedgerLine] = {}
    lag_ms = 0
    for change in changes(event):
        if change.new is None:
            continue
        if change.kind == STOCK_KIND:
            line = _line(change)
            lines[line.sku, line.location_id, line.version] = line
        if change.kind in _DOCUMENTS:
            _DOCUMENTS[change.kind](change, derived)
        if change.kind in _STATES:
            _keep_newest(states, _STATES[change.kind](change.new, change.old))
            lag_ms = max(lag_ms, _lag_ms(change.new))
    derived.projection.add_lines(lines.values())
    derived.log.append(list(states.values()), at=clock.now(), lag_ms=lag_ms)
    logger().info("projected", records=len(event["Records"]), states=len(states))
    return {"batchItemFailures": []}


def _keep_newest(states: dict[tuple[str, str], State], news: list[State]) -> None:
    """Of what changed several times the pages need the newest state only."""
    for state in news:
        known = states.get((state.group, state.part))
        if known is None or known.version < state.version:
            states[state.group, state.part] = state


def _project_reservation(change: Change, derived: Derived) -> None:
    held, projection = decode_reservation(change.new or {}), derived.projection
    live = held.status is Status.HELD
    skus = tuple(sorted({pin.sku for pin in held.pins})) if live else ()
    claim = Claim(f"reservation/{held.reservation_id}", skus, held.version, held.owner)
    projection.put_claim(claim, now=clock.epoch_seconds(clock.now()))
    if live:
        projection.put_lapse(held.reservation_id, held.until)


def _project_book(change: Change, derived: Derived) -> None:
    book = decode_book(change.new or {})
    claim = Claim(f"order/{book.order_id}", book.skus, book.version)
    derived.projection.put_claim(claim, now=clock.epoch_seconds(clock.now()))


def _project_transfer(change: Change, derived: Derived) -> None:
    transfer = decode_transfer(change.new or {})
    skus = tuple(sorted({sku for sku, _ in transfer.claims()}))
    claim = Claim(f"transfer/{transfer.transfer_id}", skus, transfer.version)
    derived.projection.put_claim(claim, now=clock.epoch_seconds(clock.now()))


_DOCUMENTS: Mapping[str, Callable[[Change, Derived], None]] = {
    RESERVATION_KIND: _project_reservation,
    BOOK_KIND: _project_book,
    TRANSFER_KIND: _project_transfer,
}


def _expected(decode: Callable[[Item], Transfer | PurchaseOrder], new: Item, old: Item | None) -> list[State]:
    document = decode(new)
    before = decode(old).inbound() if old else []
    return page_states.of_expectations(before, document.inbound(), document.version)


def _awaited(new: Item, old: Item | None) -> list[State]:
    before = decode_awaited(old) if old else {}
    order_id = str(new["pk"]).partition("#")[2]
    return page_states.of_awaited(order_id, new["version"], decode_awaited(new), before)


_STATES: Mapping[str, Callable[[Item, Item | None], list[State]]] = {
    STOCK_KIND: lambda new, _: [page_states.of_position(decode_stock(new))],
    ITEM_KIND: lambda new, _: [page_states.of_item(decode_item(new))],
    LOCATION_KIND: lambda new, _: [page_states.of_place(decode_location(new))],
    SELLING_KIND: lambda new, _: [page_states.of_selling(new)],
    AWAITED_KIND: _awaited,
    TRANSFER_KIND: lambda new, old: _expected(decode_transfer, new, old),
    PURCHASE_KIND: lambda new, old: _expected(decode_purchase, new, old),
    SWEEP_KIND: lambda new, _: [page_states.of_beat(new["version"], Cause.from_stamp(new["cause"]).at)],
}


def _line(change: Change) -> LedgerLine:
    assert change.new is not None
    new = decode_stock(change.new)
    before = decode_stock(change.old).counters if change.old else Counters()
    return LedgerLine(
        sku=new.sku,
        location_id=new.location_id,
        version=new.version,
        movement=decode_movement(change.new),
        deltas=new.counters - before,
        balances=new.counters,
        cause=Cause.from_stamp(change.new["cause"]),
    )


def _lag_ms(row: Item) -> int:
    at = Cause.from_stamp(row["cause"]).at
    return max(0, round((clock.now().astimezone(UTC) - at).total_seconds() * 1000))
