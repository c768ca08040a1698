"""The pickup life through all services: not collected, refunded, reshelved; in part; refused at the counter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.fulfilment import timer
from shared import clock, testing_clock
from tests.flows.test_the_way_of_an_order import audit, pick_and_pack, place, position, read, step, work_of
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as
from tests.support.shop import line, open_shop, order


@pytest.fixture(autouse=True)
def real_time_afterwards() -> Iterator[None]:
    yield
    with running_as("platform"):
        testing_clock.move(None)


def pass_days(days: float) -> None:
    with running_as("platform"):
        testing_clock.move(clock.now() + timedelta(days=days))
    with running_as("fulfilment"):
        timer.handler({}, None)


def collected(flow: Flow, ops: Gateway, web: Gateway, number: str, quantity: int) -> tuple[str, dict[str, Any]]:
    """An order of lamps that lie ready at S1."""
    body = order(number, [line("1", "LAMP", quantity, 4500, fulfilment={"method": "pickup", "location_id": "S1"})])
    order_id = place(web, body)
    flow.settle()
    (work,) = work_of(ops, order_id)
    pick_and_pack(ops, work)
    step(ops, work, "ready")
    flow.settle()
    return order_id, work


def code_of(web: Gateway, order_id: str) -> str:
    (pickup,) = read(web, order_id)["pickups"]
    assert pickup["link"].startswith(pickup["fulfilment_order_id"])
    return str(pickup["code"])


def test_what_nobody_collects_is_voided_and_for_sale_once_it_is_reshelved(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"S1": {"LAMP": 2}})
    order_id, work = collected(flow, ops, web, "W-1", 1)
    step(ops, work, "extend")
    flow.settle()
    pass_days(9)
    flow.settle()
    assert read(web, order_id)["pickups"][0]["status"] == "READY", "it was extended"
    pass_days(9)
    flow.settle()
    given_up = read(web, order_id)
    assert (given_up["status"], given_up["payment_status"]) == ("CANCELLED", "VOIDED")
    assert position(ops, "LAMP", "S1") == {"on_hand": 2, "held": 0, "allocated": 1}, "not for sale yet"
    step(ops, work, "reshelve")
    flow.settle()
    assert position(ops, "LAMP", "S1") == {"on_hand": 2, "held": 0, "allocated": 0}
    audit(ops)


def test_a_part_is_captured_when_it_leaves_and_the_rest_when_nobody_comes_is_not(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"S1": {"LAMP": 3}})
    order_id, work = collected(flow, ops, web, "W-2", 3)
    code = code_of(web, order_id)
    step(ops, work, "hand-over", {"code": code, "lines": [{"line_id": "1", "quantity": 1}]})
    flow.settle()
    assert read(web, order_id)["lines"][0]["quantities"]["fulfilled"] == 1
    assert position(ops, "LAMP", "S1") == {"on_hand": 2, "held": 0, "allocated": 2}
    step(ops, work, "no-show")
    step(ops, work, "reshelve")
    flow.settle()
    done = read(web, order_id)
    assert done["lines"][0]["quantities"] | {"cancelled": 2, "fulfilled": 1} == done["lines"][0]["quantities"]
    captured = web.get(f"/v1/orders/{order_id}/payments").body["captures"]
    assert sum(one["amount"]["amount"] for one in captured) == 4500
    assert position(ops, "LAMP", "S1") == {"on_hand": 2, "held": 0, "allocated": 0}
    audit(ops)


def test_what_is_refused_at_the_counter_is_a_return_that_is_paid_back_and_restocked(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"S1": {"LAMP": 2}})
    order_id, work = collected(flow, ops, web, "W-3", 2)
    refused = [{"line_id": "1", "quantity": 1, "reason": "CHANGED_MIND"}]
    step(ops, work, "hand-over", {"code": code_of(web, order_id), "refused": refused})
    flow.settle()
    done = read(web, order_id)
    assert done["lines"][0]["quantities"]["returned"] == 1
    payments = web.get(f"/v1/orders/{order_id}/payments").body
    assert sum(one["amount"]["amount"] for one in payments["captures"]) == 9000
    assert sum(one["amount"]["amount"] for one in payments["refunds"]) == 4500
    back = web.get(f"/v1/returns/{work['fulfilment_order_id']}.refused.1").body
    assert back["status"] == "RESOLVED"
    assert position(ops, "LAMP", "S1") == {"on_hand": 1, "held": 0, "allocated": 0}
    audit(ops)
