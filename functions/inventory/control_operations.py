"""The HTTP operations of stock control, bound to the service's API by `api.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from functions.inventory.repository.movements import Movements
from functions.inventory.repository.network import Network
from functions.inventory.repository.stock import StockRows
from functions.inventory.schemas import movements
from functions.inventory.service.movements import MovementService
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


@cache
def _wired(table_name: str) -> ControlUseCases:
    table = Table(client("dynamodb"), table_name, marker=pending_marker)
    stock, network = StockRows(table), Network(table)
    return ControlUseCases(MovementService(Movements(table), stock, network, now))


def use_cases() -> ControlUseCases:
    """The use cases on this function's table."""
    return _wired(settings().table_name)


def bind(api: Api) -> None:
    """Bind every operation."""
    _bind_movements(api, use_cases)


def _bind_movements(api: Api, use_cases: Callable[[], ControlUseCases]) -> None:
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
