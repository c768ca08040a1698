"""The HTTP operations of locations and items."""

from __future__ import annotations

from functools import cache

from functions.inventory.repository.network import Network
from functions.inventory.repository.stock import StockRows
from functions.inventory.schemas import places
from functions.inventory.service.network import NetworkService
from functions.inventory.wiring import table
from shared.clock import now
from shared.http import Answer, Api, Call
from shared.schemas import PageQuery


@cache
def service() -> NetworkService:
    """The use cases."""
    return NetworkService(Network(table()), StockRows(table()), now)


def bind(api: Api) -> None:
    """Bind every operation on places and items."""

    @api.operation(
        "put_location", body=places.LocationBody, answers={200: places.LocationView, 201: places.LocationView}
    )
    def put_location(call: Call[places.LocationBody, None]) -> Answer:
        location, created = service().put_location(call.body.to_location(call.path["location_id"]), call.cause)
        return Answer(201 if created else 200, places.LocationView.of(location, now()))

    @api.operation("get_location", answers={200: places.LocationView})
    def get_location(call: Call[None, None]) -> Answer:
        return Answer(200, places.LocationView.of(service().location(call.path["location_id"]), now()))

    @api.operation("list_locations", query=PageQuery, answers={200: places.LocationPageView})
    def list_locations(call: Call[None, PageQuery]) -> Answer:
        page = service().locations(limit=call.query.limit, cursor=call.query.cursor)
        items = [places.LocationView.of(location, now()) for location in page.locations]
        return Answer(200, places.LocationPageView.model_construct(items=items, next_cursor=page.next_cursor))

    @api.operation("pause_location", body=places.PauseBody, answers={200: places.LocationView})
    def pause_location(call: Call[places.PauseBody, None]) -> Answer:
        location_id = call.path["location_id"]
        call.caller.require(locations=[location_id])
        location = service().pause(location_id, reason=call.body.reason, until=call.body.until, cause=call.cause)
        return Answer(200, places.LocationView.of(location, now()))

    @api.operation("resume_location", answers={200: places.LocationView})
    def resume_location(call: Call[None, None]) -> Answer:
        location_id = call.path["location_id"]
        call.caller.require(locations=[location_id])
        return Answer(200, places.LocationView.of(service().resume(location_id, call.cause), now()))

    @api.operation("put_item", body=places.ItemBody, answers={200: places.ItemView, 201: places.ItemView})
    def put_item(call: Call[places.ItemBody, None]) -> Answer:
        item, created = service().put_item(call.body.to_item(call.path["sku"]), call.cause)
        return Answer(201 if created else 200, places.ItemView.of(item))

    @api.operation("get_item", answers={200: places.ItemView})
    def get_item(call: Call[None, None]) -> Answer:
        return Answer(200, places.ItemView.of(service().item(call.path["sku"])))
