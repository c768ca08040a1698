"""The HTTP operations of collections."""

from __future__ import annotations

from typing import Any

from functions.fulfilment import wiring
from functions.fulfilment.collection_schemas import ArriveBody, HandOverBody
from functions.fulfilment.schemas import FulfilmentOrderView
from functions.fulfilment.service.work import Scope
from functions.fulfilment.work_operations import answered, within
from shared.http import Answer, Api, Call


def bind(api: Api) -> None:
    """Bind every operation on collections."""

    def scope(call: Call[Any, Any]) -> Scope:
        return lambda order: within(call.caller, order)

    @api.operation("transfer", answers={200: FulfilmentOrderView})
    def transfer(call: Call[None, None]) -> Answer:
        """The goods are on their way to the store where they are collected."""
        return answered(
            wiring.collections().transfer(call.path["fulfilment_order_id"], allowed=scope(call), cause=call.cause)
        )

    @api.operation("receive", answers={200: FulfilmentOrderView})
    def receive(call: Call[None, None]) -> Answer:
        """The goods have come to the store where they are collected."""
        return answered(
            wiring.collections().receive(call.path["fulfilment_order_id"], allowed=scope(call), cause=call.cause)
        )

    @api.operation("ready", answers={200: FulfilmentOrderView})
    def ready(call: Call[None, None]) -> Answer:
        """The goods lie ready for the shopper, who is told the code and by when to come."""
        return answered(
            wiring.collections().ready(call.path["fulfilment_order_id"], allowed=scope(call), cause=call.cause)
        )

    @api.operation("extend", answers={200: FulfilmentOrderView})
    def extend(call: Call[None, None]) -> Answer:
        """The goods wait as many open days again, once: then 409 `extended_already`."""
        return answered(
            wiring.collections().extend(call.path["fulfilment_order_id"], allowed=scope(call), cause=call.cause)
        )

    @api.operation("arrive", body=ArriveBody, answers={200: FulfilmentOrderView})
    def arrive(call: Call[ArriveBody, None]) -> Answer:
        """The shopper is there and waits."""
        order = wiring.collections().arrive(
            call.path["fulfilment_order_id"],
            bay=call.body.bay,
            vehicle=call.body.vehicle,
            allowed=scope(call),
            cause=call.cause,
        )
        return answered(order)

    @api.operation("leave", answers={200: FulfilmentOrderView})
    def leave(call: Call[None, None]) -> Answer:
        """The guest is gone without the goods, which lie ready as before."""
        return answered(
            wiring.collections().leave(call.path["fulfilment_order_id"], allowed=scope(call), cause=call.cause)
        )

    @api.operation("hand_over", body=HandOverBody, answers={200: FulfilmentOrderView})
    def hand_over(call: Call[HandOverBody, None]) -> Answer:
        """The shopper has the goods, against the code or a checked ID. Wrong: 403 `wrong_code`, then `code_locked`."""
        return answered(
            wiring.collections().hand_over(
                call.path["fulfilment_order_id"], call.body.handing(), allowed=scope(call), cause=call.cause
            )
        )

    @api.operation("no_show", answers={200: FulfilmentOrderView})
    def no_show(call: Call[None, None]) -> Answer:
        """Nobody came: what is left is cancelled and paid back, and for sale once it is back on its shelf."""
        return answered(
            wiring.collections().no_show(call.path["fulfilment_order_id"], allowed=scope(call), cause=call.cause)
        )

    @api.operation("reshelve", answers={200: FulfilmentOrderView})
    def reshelve(call: Call[None, None]) -> Answer:
        """What nobody collected, or was cancelled on hold, is back on its shelf."""
        return answered(
            wiring.collections().reshelve(call.path["fulfilment_order_id"], allowed=scope(call), cause=call.cause)
        )
