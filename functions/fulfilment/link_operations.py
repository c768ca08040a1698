"""The HTTP operations of a shopper's link: no login, the signed token says which collection it is."""

from __future__ import annotations

from dataclasses import replace

from functions.fulfilment import wiring
from functions.fulfilment.domain import links
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.link_schemas import LinkAction, LinkBody, LinkView
from shared import clock
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
        """How a collection stands, and what its shopper may do now."""
        return Answer(200, LinkView.of(wiring.work().get(named(call.path["token"])), now=clock.now()))

    @api.operation("use_shopper_link", body=LinkBody, answers={200: LinkView})
    def use_shopper_link(call: Call[LinkBody, None]) -> Answer:
        """Say that one is there, wait longer (once), or choose what becomes of what the store cannot give."""
        fulfilment_order_id, body = named(call.path["token"]), call.body
        cause = replace(call.cause, actor=ACTOR)
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
