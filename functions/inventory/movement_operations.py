"""The HTTP operations of movements and counts."""

from __future__ import annotations

from functools import cache

from functions.inventory.repository.counts import Counts
from functions.inventory.repository.history import History
from functions.inventory.repository.movements import Movements
from functions.inventory.repository.network import Network
from functions.inventory.repository.stock import StockRows
from functions.inventory.schemas import counts, movements
from functions.inventory.service.counts import CountService
from functions.inventory.service.movements import MovementService
from functions.inventory.wiring import derived, table
from shared.clock import now
from shared.http import Answer, Api, Call


@cache
def service() -> MovementService:
    """The use cases of movements."""
    return MovementService(Movements(table()), StockRows(table()), Network(table()), now)


@cache
def counting() -> CountService:
    """The use cases of counts."""
    return CountService(Counts(table()), StockRows(table()), History(table(), derived()), Network(table()), now)


def bind(api: Api) -> None:
    """Bind every operation on movements and counts."""

    @api.operation("post_movement", body=movements.MovementBody, answers={201: movements.MovementView})
    def post_movement(call: Call[movements.MovementBody, None]) -> Answer:
        call.caller.require(locations=[call.body.location_id])
        posted = service().post(call.body.to_command(), call.cause)
        return Answer(201, movements.MovementView.of(posted))

    @api.operation("get_movement", answers={200: movements.MovementRecord})
    def get_movement(call: Call[None, None]) -> Answer:
        ledger, movement_id = service(), call.path["movement_id"]
        posted = ledger.get(movement_id)
        return Answer(200, movements.MovementRecord.of(posted, ledger.movements.reversed_by(movement_id)))

    @api.operation("reverse_movement", body=movements.ReversalBody, answers={201: movements.MovementView})
    def reverse_movement(call: Call[movements.ReversalBody, None]) -> Answer:
        ledger, movement_id = service(), call.path["movement_id"]
        call.caller.require(locations=[ledger.get(movement_id).location_id])
        return Answer(201, movements.MovementView.of(ledger.reverse(call.body.to_command(movement_id), call.cause)))

    @api.operation("post_count", body=counts.CountBody, answers={201: counts.CountView})
    def post_count(call: Call[counts.CountBody, None]) -> Answer:
        call.caller.require(locations=[call.body.location_id])
        return Answer(201, counts.CountView.of(counting().post(call.body.to_command(), call.cause)))

    @api.operation("get_count", answers={200: counts.CountView})
    def get_count(call: Call[None, None]) -> Answer:
        return Answer(200, counts.CountView.of(counting().get(call.path["count_id"])))
