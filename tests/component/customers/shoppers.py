"""Requests and events that the tests of customers share."""

from __future__ import annotations

from typing import Any

from shared.events.orders import Contact, OrderContactGiven, OrderedLine, OrderPlaced
from tests.support import gateway
from tests.support.gateway import Answer, Gateway


def said_by(channel: str, external_id: str, **fields: Any) -> dict[str, Any]:
    """The body of POST /v1/customers."""
    source = {"channel": channel, "external_id": external_id}
    return {"source": source, "name": {"given": "Ann", "family": "Lee"}, **fields}


def put(channel: str, external_id: str, **fields: Any) -> Answer:
    """A channel says who its shopper is."""
    return Gateway(gateway.channel(channel)).post("/v1/customers", said_by(channel, external_id, **fields))


def whole(answer: Answer) -> dict[str, Any]:
    """The customer of an answer as ops see it: a channel gets only what it has said itself."""
    return dict(Gateway(gateway.ops()).get(f"/v1/customers/{answer.body['customer_id']}").body)


def contact(order_id: str, channel: str = "web", **fields: Any) -> OrderContactGiven:
    return OrderContactGiven(
        order_id=order_id,
        channel=channel,
        channel_order_id=f"n-{order_id}",
        placed_at="2026-11-21T09:00:00.000Z",
        contact=Contact(**fields),
    )


def placed(order_id: str, channel: str = "web", at: str = "2026-11-21T09:00:00.000Z") -> OrderPlaced:
    return OrderPlaced(
        order_id=order_id,
        channel=channel,
        channel_order_id=f"n-{order_id}",
        placed_at=at,
        currency="GBP",
        total=1200,
        lines=(OrderedLine(line_id="1", sku="MUG", quantity=1, method="ship"),),
    )


def timeline(customer_id: str, query: str = "") -> Any:
    """All that ops reads of a timeline page."""
    answer = Gateway(gateway.ops()).get(f"/v1/customers/{customer_id}/timeline{query}")
    assert answer.status == 200, answer
    return answer.body
