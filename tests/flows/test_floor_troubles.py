"""What goes wrong at a store or on the way is told with its cause: in history, timeline and worklist."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shared import clock, testing_clock
from tests.flows.test_the_way_of_an_order import place, read, step, work_of
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as
from tests.support.shop import line, open_shop, order


@pytest.fixture(autouse=True)
def _real_time_afterwards() -> Iterator[None]:
    yield
    with running_as("platform"):
        testing_clock.move(None)


def pass_time(flow: Flow, **length: float) -> None:
    from functions.fulfilment import timer

    with running_as("platform"):
        testing_clock.move(clock.now() + timedelta(**length))
    for _ in range(3):
        with running_as("fulfilment"):
            timer.handler({}, None)
        flow.settle()


def timeline(ops: Gateway, order_id: str) -> dict[str, str]:
    customer = read(ops, order_id)["customer_id"]
    items = ops.get(f"/v1/customers/{customer}/timeline").body["items"]
    return {str(one["kind"]): str(one["summary"]) for one in items}


def history(ops: Gateway, order_id: str) -> dict[str, str]:
    items: list[dict[str, Any]] = ops.get(f"/v1/orders/{order_id}/history").body["items"]
    told = [str(one["what"]) for one in items]
    assert len(told) == len(set(told)), "something is told twice"
    return {str(one["what"]): str(one["why"]) for one in items}


def test_a_parcel_that_comes_back_is_put_before_a_person_until_somebody_saw_to_it(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}})
    order_id = place(web, order("W-1", [line("1", "MUG", 2)]))
    flow.settle()
    (work,) = work_of(ops, order_id)
    step(ops, work, "acknowledge")
    step(ops, work, "pick", {"lines": [{"line_id": "1", "picked": 2}]})
    step(ops, work, "pack", {"parcels": [{"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": 2}]}]})
    labelled = ops.post(f"/v1/fulfilment-orders/{work['fulfilment_order_id']}/labels", {}).body
    number = labelled["parcels"][0]["tracking_number"]
    step(ops, work, "ship", {})
    assert ops.post(f"/v1/testing/carrier/{number}", {"outcome": "return_to_sender"}).status == 200
    flow.settle()
    pass_time(flow, hours=73)

    parcel = f"{work['fulfilment_order_id']}/P1"
    (task,) = ops.get("/v1/exceptions").body["items"]
    assert (task["kind"], task["detail"], task["actions"]) == (
        "PARCEL_RETURNED",
        f"parcels {parcel}",
        ["assign", "settled"],
    )
    told = history(ops, order_id)
    assert told[f"parcel {parcel} comes back"] == "brought back to its sender by the carrier"
    assert "failure" in told.values()
    assert {"comes_back", "not_delivered"} <= timeline(ops, order_id).keys()
    resolved = ops.post(
        f"/v1/exceptions/{task['exception_id']}/resolve",
        {"action": "settled", "reason": "sent again", "request_id": "R-1"},
    )
    assert resolved.status == 200, resolved.body
    assert ops.get("/v1/exceptions").body["items"] == []
    flow.settle()


def test_shorts_and_delays_are_in_the_history_with_their_cause(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}})
    order_id = place(web, order("W-2", [line("1", "MUG", 2)]))
    flow.settle()
    (work,) = work_of(ops, order_id)
    step(ops, work, "acknowledge")
    pass_time(flow, hours=40)
    step(ops, work, "pick", {"lines": [{"line_id": "1", "picked": 1, "reason": "DAMAGED"}]})
    flow.settle()
    told = history(ops, order_id)
    assert told[f"{work['fulfilment_order_id']}#1 short: 1 of line 1"] == "DAMAGED"
    assert [why for what, why in told.items() if " delayed: " in what] == ["LATE"]
    assert {"units_short", "delayed"} <= timeline(ops, order_id).keys()
