"""Lambda entry: HTTP routes of fulfilment -> one use case each."""

from __future__ import annotations

from functools import cache
from typing import Any

from functions.fulfilment.domain import execution
from functions.fulfilment.domain.demand import Destination
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.work import WorkRepository
from functions.fulfilment.routing_schemas import PlanBody, PlanView, RoutingView
from functions.fulfilment.schemas import (
    FulfilmentOrderPage,
    FulfilmentOrderQuery,
    FulfilmentOrderView,
    HandOverBody,
    PackBody,
    PickBody,
    RejectBody,
    ShipBody,
)
from functions.fulfilment.service.routing import RoutingService
from functions.fulfilment.service.sourcing import SourcingService
from functions.fulfilment.service.work import Step, WorkService
from shared import clock
from shared.auth import Caller
from shared.aws import client
from shared.dynamo.idempotency import Markers, pending_marker
from shared.dynamo.table import Table
from shared.errors import Refused
from shared.http import Answer, Api, Call
from shared.settings import settings


@cache
def _table() -> Table:
    return Table(client("dynamodb"), settings().table_name, marker=pending_marker)


@cache
def _work() -> WorkService:
    return WorkService(WorkRepository(_table()), _sourcing, clock=clock.now)


@cache
def _sourcing() -> SourcingService:
    table = _table()
    return SourcingService(DemandRepository(table), CopyRepository(table), WorkRepository(table), clock=clock.now)


@cache
def _routing() -> RoutingService:
    return RoutingService(CopyRepository(_table()), DemandRepository(_table()), clock=clock.now)


api = Api("fulfilment", markers=lambda: Markers(Table(client("dynamodb"), settings().table_name)))


@api.operation("list_fulfilment_orders", query=FulfilmentOrderQuery, answers={200: FulfilmentOrderPage})
def list_fulfilment_orders(call: Call[None, FulfilmentOrderQuery]) -> Answer:
    """The worklist of a location, or all fulfilment orders of an order; staff see those of their own locations."""
    query, own = call.query, call.caller.own_locations
    if query.order_id is not None:
        orders = [
            order
            for order in _work().of_order(query.order_id)
            if (own is None or order.location_id in own)
            and query.location_id in (None, order.location_id)
            and query.status in (None, order.status)
        ]
        return Answer(200, FulfilmentOrderPage(items=[FulfilmentOrderView.of(order) for order in orders]))
    location_id = query.location_id or (next(iter(own)) if own and len(own) == 1 else None)
    if location_id is None:
        raise Refused("name a location_id or an order_id", code="filter_required")
    call.caller.require(locations=[location_id])
    worklist = _work().at_location(location_id, status=query.status, limit=query.limit, cursor=query.cursor)
    return Answer(200, FulfilmentOrderPage.of(worklist))


@api.operation("get_fulfilment_order", answers={200: FulfilmentOrderView})
def get_fulfilment_order(call: Call[None, None]) -> Answer:
    """One fulfilment order."""
    order = _work().get(call.path["fulfilment_order_id"])
    _within(call.caller, order)
    return Answer(200, FulfilmentOrderView.of(order))


@api.operation("acknowledge", answers={200: FulfilmentOrderView})
def acknowledge(call: Call[None, None]) -> Answer:
    """The location takes the work on."""
    return _step(call, execution.acknowledge)


@api.operation("pick", body=PickBody, answers={200: FulfilmentOrderView})
def pick(call: Call[PickBody, None]) -> Answer:
    """So many units are in hand. Short ones are taken off the stock by their reason and sourced elsewhere at once."""
    order = _work().pick(
        call.path["fulfilment_order_id"],
        call.body.picked(),
        collateral=call.body.collateral,
        request=_request(call),
        allowed=lambda order: _within(call.caller, order),
        cause=call.cause,
    )
    return Answer(200, FulfilmentOrderView.of(order))


@api.operation("reject", body=RejectBody, answers={200: FulfilmentOrderView})
def reject(call: Call[RejectBody, None]) -> Answer:
    """The place does not give these units: stock and pause follow the reason, the units are sourced elsewhere."""
    order = _work().reject(
        call.path["fulfilment_order_id"],
        call.body.rejection(),
        request=_request(call),
        allowed=lambda order: _within(call.caller, order),
        cause=call.cause,
    )
    return Answer(200, FulfilmentOrderView.of(order))


@api.operation("pack", body=PackBody, answers={200: FulfilmentOrderView})
def pack(call: Call[PackBody, None]) -> Answer:
    """Every picked unit lies in exactly one parcel."""
    packed = call.body.packed()
    return _step(call, lambda order: execution.pack(order, packed))


@api.operation("ship", body=ShipBody, answers={200: FulfilmentOrderView})
def ship(call: Call[ShipBody, None]) -> Answer:
    """All parcels have left with their carriers."""
    labels = call.body.labels()
    return _step(call, lambda order: execution.ship(order, labels))


@api.operation("deliver", answers={200: FulfilmentOrderView})
def deliver(call: Call[None, None]) -> Answer:
    """The parcels have arrived."""
    return _step(call, execution.deliver)


@api.operation("ready", answers={200: FulfilmentOrderView})
def ready(call: Call[None, None]) -> Answer:
    """The goods lie ready for the shopper, who is told the code."""
    order = _work().ready(
        call.path["fulfilment_order_id"], allowed=lambda order: _within(call.caller, order), cause=call.cause
    )
    return Answer(200, FulfilmentOrderView.of(order))


@api.operation("hand_over", body=HandOverBody, answers={200: FulfilmentOrderView})
def hand_over(call: Call[HandOverBody, None]) -> Answer:
    """The shopper has the goods, against the code or a checked ID. Wrong: 403 `wrong_code`, then `code_locked`."""
    order = _work().hand_over(
        call.path["fulfilment_order_id"],
        code=call.body.code,
        relation=call.body.id_check.relation if call.body.id_check else None,
        allowed=lambda order: _within(call.caller, order),
        cause=call.cause,
    )
    return Answer(200, FulfilmentOrderView.of(order))


@api.operation("plan_routing", body=PlanBody, answers={200: PlanView})
def plan_routing(call: Call[PlanBody, None]) -> Answer:
    """A dry run of the router: nothing is kept."""
    body = call.body
    body.check()
    lines = [line.asked() for line in body.lines]
    if body.candidates is not None:
        return Answer(200, PlanView.of(_routing().dry_run_with(lines, [one.candidate() for one in body.candidates])))
    to = body.destination
    destination = Destination((to.country or "") if to else "", to.geo.to_geo() if to and to.geo else None)
    return Answer(200, PlanView.of(_routing().dry_run(lines, destination, service=body.service)))


@api.operation("get_routing", answers={200: RoutingView})
def get_routing(call: Call[None, None]) -> Answer:
    """Why the order was routed as it was: every plan made for it."""
    explained = _routing().explain(call.path["order_id"])
    call.caller.require(channel=explained.demand.channel)
    return Answer(200, RoutingView.of(explained))


def _step(call: Call[Any, None], step: Step) -> Answer:
    order = _work().take(
        call.path["fulfilment_order_id"],
        step,
        request=_request(call),
        allowed=lambda order: _within(call.caller, order),
        cause=call.cause,
    )
    return Answer(200, FulfilmentOrderView.of(order))


def _request(call: Call[Any, None]) -> str:
    """The step's name and content, by which its repeat is known."""
    content = call.body.model_dump_json() if call.body is not None else ""
    return f"{call.cause.kind} {content}"


def _within(caller: Caller, order: FulfilmentOrder) -> None:
    caller.require(locations=[order.location_id])


handler = api
