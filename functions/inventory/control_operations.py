"""The HTTP operations of stock control, bound to the service's API by `api.py`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from functions.inventory.purchase_operations import bind as bind_purchases
from functions.inventory.repository.counts import Counts
from functions.inventory.repository.history import History
from functions.inventory.repository.movements import Movements
from functions.inventory.repository.network import Network
from functions.inventory.repository.pages import Pages
from functions.inventory.repository.projection import Projection
from functions.inventory.repository.stock import StockRows
from functions.inventory.repository.transfers import Transfers
from functions.inventory.schemas import counts, ledger, movements
from functions.inventory.service.counts import CountService
from functions.inventory.service.history import HistoryService
from functions.inventory.service.movements import MovementService
from functions.inventory.service.purchases import PurchaseService
from functions.inventory.service.supply import SupplyService
from functions.inventory.service.transfers import TransferService
from functions.inventory.transfer_operations import bind as bind_transfers
from shared.aws import client
from shared.clock import now
from shared.dynamo.idempotency import pending_marker
from shared.dynamo.table import Table
from shared.http import Answer, Api, Call
from shared.settings import settings


@dataclass(frozen=True)
class ControlUseCases:
    """Everything that the operations call."""

    movements: MovementService
    counts: CountService
    history: HistoryService
    transfers: TransferService
    purchases: PurchaseService
    supply: SupplyService


@cache
def known_pages(projection_name: str) -> Pages:
    """What this process knows of the availability pages; all operations share it."""
    return Pages(Table(client("dynamodb"), projection_name))


@cache
def _wired(table_name: str, projection_name: str) -> ControlUseCases:
    table = Table(client("dynamodb"), table_name, marker=pending_marker)
    projected = Table(client("dynamodb"), projection_name)
    posted = Movements(table)
    stock, network, history = StockRows(table), Network(table), History(table, projected)
    return ControlUseCases(
        MovementService(posted, stock, network, now),
        CountService(Counts(table), stock, history, network, now),
        HistoryService(history, Projection(projected)),
        TransferService(Transfers(table), stock, network, now),
        PurchaseService(posted.purchases, network),
        SupplyService(stock, known_pages(projection_name), network, now),
    )


def use_cases() -> ControlUseCases:
    """The use cases on this function's tables."""
    return _wired(settings().table_name, settings().projection_table_name)


def bind(api: Api) -> None:
    """Bind every operation."""
    _bind_movements(api)
    _bind_counts(api)
    _bind_history(api)
    bind_transfers(api, lambda: use_cases().transfers)
    bind_purchases(api, lambda: use_cases().purchases, lambda: use_cases().supply)


def _bind_movements(api: Api) -> None:
    @api.operation("post_movement", body=movements.MovementBody, answers={201: movements.MovementView})
    def post_movement(call: Call[movements.MovementBody, None]) -> Answer:
        call.caller.require(locations=[call.body.location_id])
        posted = use_cases().movements.post(call.body.to_command(), call.cause)
        return Answer(201, movements.MovementView.of(posted))

    @api.operation("get_movement", answers={200: movements.MovementRecord})
    def get_movement(call: Call[None, None]) -> Answer:
        service, movement_id = use_cases().movements, call.path["movement_id"]
        posted = service.get(movement_id)
        return Answer(200, movements.MovementRecord.of(posted, service.movements.reversed_by(movement_id)))

    @api.operation("reverse_movement", body=movements.ReversalBody, answers={201: movements.MovementView})
    def reverse_movement(call: Call[movements.ReversalBody, None]) -> Answer:
        service, movement_id = use_cases().movements, call.path["movement_id"]
        call.caller.require(locations=[service.get(movement_id).location_id])
        return Answer(201, movements.MovementView.of(service.reverse(call.body.to_command(movement_id), call.cause)))


def _bind_counts(api: Api) -> None:
    @api.operation("post_count", body=counts.CountBody, answers={201: counts.CountView})
    def post_count(call: Call[counts.CountBody, None]) -> Answer:
        call.caller.require(locations=[call.body.location_id])
        return Answer(201, counts.CountView.of(use_cases().counts.post(call.body.to_command(), call.cause)))

    @api.operation("get_count", answers={200: counts.CountView})
    def get_count(call: Call[None, None]) -> Answer:
        return Answer(200, counts.CountView.of(use_cases().counts.get(call.path["count_id"])))


def _bind_history(api: Api) -> None:
    @api.operation("get_ledger", query=ledger.LedgerQuery, answers={200: ledger.LedgerView})
    def get_ledger(call: Call[None, ledger.LedgerQuery]) -> Answer:
        query = call.query
        page = use_cases().history.ledger(
            call.path["sku"], query.location_id, at=query.at, limit=query.limit, cursor=query.cursor
        )
        items = [ledger.LedgerLineView.of(line) for line in page.lines if line.deltas.nonzero()]
        return Answer(200, ledger.LedgerView.model_construct(items=items, next_cursor=page.next_cursor))

    @api.operation("get_history", query=ledger.HistoryQuery, answers={200: ledger.HistoryView})
    def get_history(call: Call[None, ledger.HistoryQuery]) -> Answer:
        sku, at = call.path["sku"], call.query.at
        standings = use_cases().history.positions(sku, at, location_id=call.query.location_id)
        positions = [ledger.PastPosition.of(standing) for standing in standings]
        return Answer(200, ledger.HistoryView.model_construct(sku=sku, at=at, positions=positions))
