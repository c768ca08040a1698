"""What the scenes of the demo do it with: channels, associates of each store, and patience."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from infra.local import staff
from infra.local.patience import Client, until
from infra.local.stack import LocalStack

Order = dict[str, Any]

AT_WORK = ("unsourced", "allocated", "picked", "packed")
"""Stages of units that somebody at a location still has to do something with."""


class WentWrong(RuntimeError):
    """A scene did not end as it must; the message says how it did."""


@dataclass(frozen=True)
class Placed:
    """One order of the morning and why it is in the play."""

    order_id: str
    channel: str
    number: str
    story: str


@dataclass
class Floor:
    """The running stack as the people of the demo see it."""

    stack: LocalStack
    placed: list[Placed] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ops = Client(self.stack, role="ops")
        self.channel: Callable[[str], Client] = cache(lambda name: Client(self.stack, role="channel", channel=name))
        self.associate: Callable[[str], Client] = cache(lambda at: Client(self.stack, role="associate", location=at))

    def place(self, body: dict[str, Any], story: str) -> Order:
        """The channel places an order with its own token; answers the order."""
        order: Order = self.channel(body["channel"]).post("/v1/orders", body, expect=(201,))
        self.placed.append(Placed(order["order_id"], body["channel"], body["channel_order_id"], story))
        return order

    def order(self, order: Order) -> Order:
        """The order as it is now."""
        return dict(self.ops.get(f"/v1/orders/{order['order_id']}"))

    def until(self, order: Order, done: Callable[[Order], bool], what: str) -> Order:
        """The order as soon as it is as it must become. Raises TookTooLong."""
        return until(lambda: self.order(order), done, what=f"{order['channel_order_id']}: {what}")

    def sourced(self, order: Order) -> Order:
        """The order once each of its units has a place."""
        return self.until(order, lambda now: not open_units(now), "every unit sourced")

    def work(self, order: Order) -> Order:
        """Associates of each place do their part of a sourced order until it is shipped or ready."""
        for share in self.sourced(order)["shipments"] + self.order(order)["pickups"]:
            associate = self.associate(share["location_id"])
            staff.work(associate, staff.read(associate, share["fulfilment_order_id"]))
        return self.until(order, lambda now: not any(units(now, stage) for stage in AT_WORK), "shipped or ready")

    def deliver(self, order: Order) -> Order:
        """The carrier delivers every parcel of a shipped order."""
        for share in self.order(order)["shipments"]:
            staff.deliver(self.associate(share["location_id"]), share["fulfilment_order_id"])
        return self.until(order, lambda now: now["status"] == "FULFILLED", "delivered")


def open_units(order: Order) -> int:
    """Units that are still looking for a place."""
    return sum(line["quantities"]["unsourced"] for line in order["lines"])


def units(order: Order, where: str) -> int:
    """Units of an order at one stage."""
    return sum(int(line["quantities"][where]) for line in order["lines"])


def must(true: bool, otherwise: str) -> None:
    """Raises WentWrong unless it is true."""
    if not true:
        raise WentWrong(otherwise)
