"""An inbox: one bad message does not take the others with it, and comes again soon."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

import shared.inbox
from shared.cause import Cause
from shared.events.base import Envelope
from shared.events.customers import OrderCustomerKnown
from shared.inbox import LONGEST_PAUSE_SECONDS, Inbox, NotYet
from shared.settings import Settings, given
from shared.wire import to_detail

ENVELOPE = Envelope("e1", datetime(2026, 11, 21, tzinfo=UTC), "corr", "cause", "order/O-1", 1)


class Queue:
    """Remembers when messages are to come again."""

    def __init__(self) -> None:
        self.pauses: dict[str, int] = {}

    def get_queue_url(self, **request: Any) -> dict[str, str]:
        return {"QueueUrl": f"{request['QueueOwnerAWSAccountId']}/{request['QueueName']}"}

    def change_message_visibility(self, **request: Any) -> None:
        assert request["QueueUrl"] == "123/orders-inbox"
        self.pauses[request["ReceiptHandle"]] = request["VisibilityTimeout"]


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    queue = Queue()
    monkeypatch.setattr(shared.inbox, "client", lambda service: queue)
    return queue


def message(order_id: str, *, receives: int = 1, kind: str = OrderCustomerKnown.detail_type) -> dict[str, Any]:
    detail = to_detail(OrderCustomerKnown(order_id=order_id, customer_id="C"), ENVELOPE)
    return {
        "messageId": order_id,
        "receiptHandle": f"handle-{order_id}",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123:orders-inbox",
        "attributes": {"ApproximateReceiveCount": str(receives)},
        "body": json.dumps({"detail-type": kind, "detail": json.loads(detail)}),
    }


def deliver(*messages: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The orders that were handled and the messages that come again."""
    handled: list[str] = []

    def learn(event: OrderCustomerKnown, cause: Cause) -> None:
        assert (cause.id, cause.correlation_id, cause.actor) == ("e1", "corr", "service:orders")
        if event.order_id == "late":
            raise NotYet("the order is not here yet")
        if event.order_id == "bad":
            raise KeyError("broken")
        handled.append(event.order_id)

    inbox = Inbox((OrderCustomerKnown,), lambda: {OrderCustomerKnown: learn})
    with given(Settings(service="orders", stage="test")):
        answer = inbox({"Records": list(messages)}, None)
    return handled, [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_message_that_fails_comes_again_alone(queue: Queue) -> None:
    assert deliver(message("a"), message("bad"), message("late", receives=3), message("b")) == (
        ["a", "b"],
        ["bad", "late"],
    )
    assert queue.pauses == {"handle-bad": 1, "handle-late": 4}


def test_the_pause_between_tries_grows_to_a_minute_at_most(queue: Queue) -> None:
    deliver(message("bad", receives=30))
    assert queue.pauses == {"handle-bad": LONGEST_PAUSE_SECONDS}


def test_an_event_that_nobody_here_understands_is_not_lost(queue: Queue) -> None:
    assert deliver(message("a", kind="Unheard.v1")) == ([], ["a"])


def test_a_body_that_is_not_ours_is_not_lost(queue: Queue) -> None:
    assert deliver(message("a") | {"body": "{"}) == ([], ["a"])
