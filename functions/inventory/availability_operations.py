"""The HTTP operation that asks what may be promised."""

from __future__ import annotations

from functools import cache

from functions.inventory import wiring
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.network import Network
from functions.inventory.repository.projection import Projection
from functions.inventory.repository.stock import StockRows
from functions.inventory.schemas import availability
from functions.inventory.service.availability import AvailabilityService
from shared.clock import now
from shared.http import Answer, Api, Call


@cache
def service() -> AvailabilityService:
    """The use cases."""
    table = wiring.table()
    projection = Projection(wiring.derived())
    return AvailabilityService(StockRows(table), Documents(table), Network(table), projection, wiring.pages(), now)


def bind(api: Api) -> None:
    """Bind it."""

    @api.operation(
        "query_availability", body=availability.AvailabilityBody, answers={200: availability.AvailabilityView}
    )
    def query_availability(call: Call[availability.AvailabilityBody, None]) -> Answer:
        body = call.body
        wanted = body.to_filter(call.caller.principal.channel)
        answered = service().query(body.skus, wanted, owner=body.owner, explain=body.explain)
        return Answer(200, availability.AvailabilityView.of(answered) if body.explain else availability.plain(answered))
