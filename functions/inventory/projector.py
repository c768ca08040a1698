"""Lambda entry: the inventory table's stream -> derived rows (ledger, availability pages, open claims, lapses)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from functools import cache
from typing import Any

from functions.inventory.domain.reservation import Status
from functions.inventory.domain.stock import Counters
from functions.inventory.repository.documents import BOOK_KIND, RESERVATION_KIND, decode_book, decode_reservation
from functions.inventory.repository.network import ITEM_KIND, decode_item
from functions.inventory.repository.projection import Claim, LedgerLine, Projection
from functions.inventory.repository.purchases import KIND as PURCHASE_KIND
from functions.inventory.repository.purchases import decode_purchase
from functions.inventory.repository.stock import KIND as STOCK_KIND
from functions.inventory.repository.stock import decode_movement, decode_stock
from functions.inventory.repository.supply import Supply
from functions.inventory.repository.transfers import KIND as TRANSFER_KIND
from functions.inventory.repository.transfers import decode_transfer
from shared import clock, testing_clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.table import Table
from shared.observability import logger
from shared.relay import Change, changes
from shared.settings import settings


@cache
def _projection(table_name: str) -> Projection:
    return Projection(Table(client("dynamodb"), table_name))


@cache
def _supply(table_name: str) -> Supply:
    return Supply(Table(client("dynamodb"), table_name))


def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
    """Project the batch. Raises for anything that was not written, so that the batch comes again.

    Without records the event says what to project once more (`shared.reemission`).
    """
    if "Records" not in event:
        from shared.reemission import again  # hardly ever needed: not a part of every cold start

        return again(event, handler)
    testing_clock.refresh()
    projection = _projection(settings().projection_table_name)
    pages: dict[tuple[str, str], Change] = {}
    lines: dict[tuple[str, str, int], LedgerLine] = {}
    for change in changes(event):
        if change.new is None:
            continue
        _project(change, projection)
        if change.kind == STOCK_KIND:  # of a position that changed several times the page needs the newest state only
            line = _line(change)
            lines[line.sku, line.location_id, line.version] = line
            pages[change.new["pk"], change.new["sk"]] = change
    projection.add_lines(lines.values())
    for change in pages.values():
        assert change.new is not None
        projection.put_position(decode_stock(change.new), lag_ms=_lag_ms(change))
    logger().info("projected", records=len(event["Records"]))
    return {"batchItemFailures": []}


def _project(change: Change, projection: Projection) -> None:
    project = _BY_KIND.get(change.kind)
    if project is not None:
        project(change, projection)


def _project_item(change: Change, projection: Projection) -> None:
    item = decode_item(change.new or {})
    projection.put_item(item.sku, backorderable=item.backorderable, version=item.version, lag_ms=_lag_ms(change))


def _project_reservation(change: Change, projection: Projection) -> None:
    held = decode_reservation(change.new or {})
    live = held.status is Status.HELD
    skus = tuple(sorted({pin.sku for pin in held.pins})) if live else ()
    claim = Claim(f"reservation/{held.reservation_id}", skus, held.version, held.owner)
    projection.put_claim(claim, now=clock.epoch_seconds(clock.now()))
    if live:
        projection.put_lapse(held.reservation_id, held.until)


def _project_book(change: Change, projection: Projection) -> None:
    book = decode_book(change.new or {})
    claim = Claim(f"order/{book.order_id}", book.skus, book.version)
    projection.put_claim(claim, now=clock.epoch_seconds(clock.now()))


def _project_transfer(change: Change, projection: Projection) -> None:
    transfer = decode_transfer(change.new or {})
    skus = tuple(sorted({sku for sku, _ in transfer.claims()}))
    claim = Claim(f"transfer/{transfer.transfer_id}", skus, transfer.version)
    now = clock.epoch_seconds(clock.now())
    projection.put_claim(claim, now=now)
    before = decode_transfer(change.old).inbound() if change.old else ()
    _supply(settings().projection_table_name).take_over(before, transfer.inbound(), version=transfer.version, now=now)


def _project_purchase(change: Change, _projection: Projection) -> None:
    order = decode_purchase(change.new or {})
    before = decode_purchase(change.old).inbound() if change.old else ()
    now = clock.epoch_seconds(clock.now())
    _supply(settings().projection_table_name).take_over(before, order.inbound(), version=order.version, now=now)


_BY_KIND: Mapping[str, Callable[[Change, Projection], None]] = {
    ITEM_KIND: _project_item,
    RESERVATION_KIND: _project_reservation,
    BOOK_KIND: _project_book,
    TRANSFER_KIND: _project_transfer,
    PURCHASE_KIND: _project_purchase,
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


def _lag_ms(change: Change) -> int:
    assert change.new is not None
    at = Cause.from_stamp(change.new["cause"]).at
    return max(0, round((clock.now().astimezone(UTC) - at).total_seconds() * 1000))
