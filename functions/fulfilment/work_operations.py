"""The HTTP operations of picking, packing and shipping."""

from __future__ import annotations

from functools import partial
from typing import Any

from functions.fulfilment import wiring
from functions.fulfilment.domain import execution
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.work import Wanted
from functions.fulfilment.schemas import (
    FulfilmentOrderPage,
    FulfilmentOrderQuery,
    FulfilmentOrderView,
    LoadQuery,
    LoadView,
)
from functions.fulfilment.service.work import Step
from functions.fulfilment.step_schemas import PackBody, PickBody, RejectBody, ShipBody
from shared import clock
from shared.auth import Caller
from shared.errors import Refused
from shared.http import Answer, Api, Call


def answered(order: FulfilmentOrder) -> Answer:
    """The fulfilment order as it is now."""
    return Answer(200, FulfilmentOrderView.of(order, now=clock.now()))


def within(caller: Caller, order: FulfilmentOrder) -> None:
    """Raises NotFound unless the order is the caller's: its source or its destination is theirs."""
    caller.require(locations=order.places)


def request_of(call: Call[Any, None]) -> str:
    """The step's name and content, by which its repeat is known."""
    content = call.body.model_dump_json() if call.body is not None else ""
    return f"{call.cause.kind} {content}"


def bind(api: Api) -> None:
    """Bind every operation on the work."""

    def step(call: Call[Any, None], take: Step) -> Answer:
        order = wiring.work().take(
            call.path["fulfilment_order_id"],
            take,
            request=request_of(call),
            allowed=lambda order: within(call.caller, order),
            cause=call.cause,
        )
        return answered(order)

    @api.operation("list_fulfilment_orders", query=FulfilmentOrderQuery, answers={200: FulfilmentOrderPage})
    def list_fulfilment_orders(call: Call[None, FulfilmentOrderQuery]) -> Answer:
        """The worklist of a location by status, then by when it is due (guests at the curb: who waits longest), or all
        fulfilment orders of an order; staff see those of their own locations."""
        query, own, now = call.query, call.caller.own_locations, clock.now()
        if query.order_id is not None:
            orders = [
                order
                for order in wiring.work().of_order(query.order_id)
                if (own is None or not own.isdisjoint(order.places))
                and (query.location_id is None or query.location_id in order.places)
                and query.status in (None, order.status)
                and query.method in (None, order.method)
            ]
            return Answer(200, FulfilmentOrderPage(items=[FulfilmentOrderView.of(order, now=now) for order in orders]))
        location_id = query.location_id or (next(iter(own)) if own and len(own) == 1 else None)
        if location_id is None:
            raise Refused("name a location_id or an order_id", code="filter_required")
        call.caller.require(locations=[location_id])
        wanted = Wanted(location_id, query.status, query.method, query.due_before)
        worklist = wiring.work().at_location(wanted, limit=query.limit, cursor=query.cursor)
        return Answer(200, FulfilmentOrderPage.of(worklist, now=now))

    @api.operation("get_worklist", query=LoadQuery, answers={200: LoadView})
    def get_worklist(call: Call[None, LoadQuery]) -> Answer:
        """How much there is to do at a location, by status, and how much of it is past due."""
        location_id = call.path["location_id"]
        call.caller.require(locations=[location_id])
        load = wiring.work().load(location_id, method=call.query.method)
        return Answer(200, LoadView(location_id=location_id, counts=dict(load.counts), overdue=load.overdue))

    @api.operation("get_fulfilment_order", answers={200: FulfilmentOrderView})
    def get_fulfilment_order(call: Call[None, None]) -> Answer:
        """One fulfilment order."""
        order = wiring.work().get(call.path["fulfilment_order_id"])
        within(call.caller, order)
        return answered(order)

    @api.operation("claim", answers={200: FulfilmentOrderView})
    def claim(call: Call[None, None]) -> Answer:
        """The work is the caller's for half an hour: no other associate takes a step on it."""
        work = wiring.work()
        allowed = partial(within, call.caller)
        return answered(work.claim(call.path["fulfilment_order_id"], allowed=allowed, cause=call.cause))

    @api.operation("release", answers={200: FulfilmentOrderView})
    def release(call: Call[None, None]) -> Answer:
        """Anybody may take the work; of what was being picked, nothing is in hand."""
        work = wiring.work()
        allowed = partial(within, call.caller)
        return answered(work.release(call.path["fulfilment_order_id"], allowed=allowed, cause=call.cause))

    @api.operation("acknowledge", answers={200: FulfilmentOrderView})
    def acknowledge(call: Call[None, None]) -> Answer:
        """The location takes the work on."""
        return step(call, execution.acknowledge)

    @api.operation("start_picking", answers={200: FulfilmentOrderView})
    def start_picking(call: Call[None, None]) -> Answer:
        """Somebody walks for it: nothing of it can be cancelled any more. Letting go of it (`release`) undoes that."""
        order = wiring.work().start_picking(
            call.path["fulfilment_order_id"],
            request=request_of(call),
            allowed=lambda order: within(call.caller, order),
            cause=call.cause,
        )
        return answered(order)

    @api.operation("pick", body=PickBody, answers={200: FulfilmentOrderView})
    def pick(call: Call[PickBody, None]) -> Answer:
        """So many units are in hand. Short ones leave the stock by their reason and are sourced elsewhere at once."""
        order = wiring.work().pick(
            call.path["fulfilment_order_id"],
            call.body.picked(),
            collateral=call.body.collateral,
            request=request_of(call),
            allowed=lambda order: within(call.caller, order),
            cause=call.cause,
        )
        return answered(order)

    @api.operation("reject", body=RejectBody, answers={200: FulfilmentOrderView})
    def reject(call: Call[RejectBody, None]) -> Answer:
        """The place does not give these units: stock and pause follow the reason, the units are sourced elsewhere."""
        order = wiring.work().reject(
            call.path["fulfilment_order_id"],
            call.body.rejection(),
            request=request_of(call),
            allowed=lambda order: within(call.caller, order),
            cause=call.cause,
        )
        return answered(order)

    @api.operation("pack", body=PackBody, answers={200: FulfilmentOrderView})
    def pack(call: Call[PackBody, None]) -> Answer:
        """Every picked unit lies in exactly one parcel."""
        packed = call.body.packed()
        return step(call, lambda order: execution.pack(order, packed))

    @api.operation("unpack", answers={200: FulfilmentOrderView})
    def unpack(call: Call[None, None]) -> Answer:
        """Everything is out of its parcels again, to be packed anew; their labels go back to the carrier."""
        return step(call, execution.unpack)

    @api.operation("ship", body=ShipBody, answers={200: FulfilmentOrderView})
    def ship(call: Call[ShipBody, None]) -> Answer:
        """All parcels have left with their carriers."""
        labels = call.body.labels()
        return step(call, lambda order: execution.ship(order, labels))

    @api.operation("deliver", answers={200: FulfilmentOrderView})
    def deliver(call: Call[None, None]) -> Answer:
        """The parcels have arrived."""
        return step(call, execution.deliver)
