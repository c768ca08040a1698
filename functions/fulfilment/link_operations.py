"""The HTTP operations of a shopper's link: no login, the signed token says which collection it is."""

from __future__ import annotations

from dataclasses import replace

from functions.fulfilment import wiring
from functions.fulfilment.domain import links
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.link_schemas import LinkAction, LinkBody, LinkView
from shared import clock
from shared.errors import InvalidField
from shared.http import Answer, Api, Call

ACTOR = "shopper:link"


def bind(api: Api) -> None:
    """Bind both operations."""

    def named(token: str) -> str:
        return links.opened(token, now=clock.now(), key=wiring.link_secret().key())

    def anybody(_: FulfilmentOrder) -> None:
        """Who has the link may use it."""

    @api.operation("open_shopper_link", answers={200: LinkView})
    def open_shopper_link(call: Call[None, None]) -> Answer:
        """How a collection stands, or what no place can ship, and what the shopper may do now."""
        name = named(call.path["token"])
        if order_id := links.order_of(name):
            return Answer(200, LinkView.of_order(wiring.asking().get(order_id)))
        return Answer(200, LinkView.of(wiring.work().get(name), now=clock.now()))

    @api.operation("use_shopper_link", body=LinkBody, answers={200: LinkView})
    def use_shopper_link(call: Call[LinkBody, None]) -> Answer:
        """Say that one is there, wait longer (once), or choose what becomes of what the store or no place can
        give."""
        fulfilment_order_id, body = named(call.path["token"]), call.body
        cause = replace(call.cause, actor=ACTOR)
        if order_id := links.order_of(fulfilment_order_id):
            if body.action is not LinkAction.CHOOSE:
                raise InvalidField("/action", "by this link one can only choose")
            return Answer(200, LinkView.of_order(wiring.asking().choose(order_id, body.option_id or "", cause)))
        match body.action:
            case LinkAction.ARRIVE:
                order = wiring.collections().arrive(
                    fulfilment_order_id, bay=body.bay, vehicle=body.vehicle, allowed=anybody, cause=cause
                )
            case LinkAction.EXTEND:
                order = wiring.collections().extend(fulfilment_order_id, allowed=anybody, cause=cause)
            case LinkAction.CHOOSE:
                order = wiring.work().choose(fulfilment_order_id, body.option_id or "", cause=cause)
        return Answer(200, LinkView.of(order, now=clock.now()))
