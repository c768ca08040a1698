"""Holds that come while a location works, and work that opens later: through all services, under every delivery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from shared import clock, testing_clock
from tests.flows.test_the_way_of_an_order import audit, place, read, ship, step, work_of
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as
from tests.support.shop import line, open_shop, order


@pytest.fixture(autouse=True)
def _real_time_afterwards() -> Iterator[None]:
    yield
    with running_as("platform"):
        testing_clock.move(None)


def tick(flow: Flow, **length: float) -> None:
    """Time passes, and the locations' timer runs."""
    from functions.fulfilment import timer

    with running_as("platform"):
        testing_clock.move(clock.now() + timedelta(**length))
    with running_as("fulfilment"):
        timer.handler({}, None)
    flow.settle()


def hold(web: Gateway, order_id: str, hold_id: str, *blocks: str) -> dict[str, Any]:
    body = {"hold_id": hold_id, "type": "FRAUD", "blocks": list(blocks), "reason": "looked at"}
    answer = web.post(f"/v1/orders/{order_id}/holds", body)
    assert answer.status == 201, answer.body
    return dict(answer.body)


def lift(web: Gateway, order_id: str, hold_id: str) -> None:
    assert web.delete(f"/v1/orders/{order_id}/holds/{hold_id}").status == 200


def refused(ops: Gateway, work: dict[str, Any], name: str, body: Any = None) -> dict[str, Any]:
    answer = ops.post(f"/v1/fulfilment-orders/{work['fulfilment_order_id']}/{name}", body)
    assert answer.status == 409, answer.body
    return dict(answer.body)


def test_a_hold_stops_the_work_where_it_is_and_lifting_it_lets_it_go_on(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}})
    order_id = place(web, order("W-1", [line("1", "MUG", 2)]))
    flow.settle()
    (work,) = work_of(ops, order_id)
    step(ops, work, "acknowledge")
    step(ops, work, "pick", {"lines": [{"line_id": "1", "picked": 2}]})
    flow.settle()
    hold(web, order_id, "H-1", "SHIP")
    hold(web, order_id, "H-2", "RELEASE", "CAPTURE")
    flow.settle()

    (held,) = work_of(ops, order_id)
    assert (held["status"], held["held_from"], held["holds"]) == ("ON_HOLD", "PICKED", ["H-1", "H-2"])
    refusal = refused(ops, work, "pack", {"parcels": [{"parcel_id": "P", "lines": [{"line_id": "1", "quantity": 2}]}]})
    assert (refusal["code"], refusal["holds"]) == ("on_hold", ["H-1", "H-2"])
    seen = read(web, order_id)
    assert (seen["status"], seen["lines"][0]["quantities"]["picked"]) == ("PROCESSING", 2)
    assert all(one["held"] == [work["fulfilment_order_id"]] for one in seen["holds"])

    lift(web, order_id, "H-1")
    flow.settle()
    assert work_of(ops, order_id)[0]["holds"] == ["H-2"]
    lift(web, order_id, "H-2")
    flow.settle()
    (resumed,) = work_of(ops, order_id)
    assert (resumed["status"], resumed["held_from"], resumed["holds"]) == ("PICKED", None, [])
    step(ops, work, "pack", {"parcels": [{"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": 2}]}]})
    step(ops, work, "ship", {"parcels": [{"parcel_id": "P1", "carrier": "sandbox", "tracking_number": "T1"}]})
    step(ops, work, "deliver")
    flow.settle()
    assert read(web, order_id)["status"] == "FULFILLED"
    audit(ops)


def test_a_hold_lets_what_has_left_be_and_stops_the_rest(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}, "S2": {"MUG": 1}})
    order_id = place(web, order("W-2", [line("1", "MUG", 2)]))
    flow.settle()
    first, second = work_of(ops, order_id)
    ship(ops, first)
    flow.settle()
    (seen,) = hold(web, order_id, "H-1", "RELEASE")["holds"]
    assert seen["already_left"] == [first["fulfilment_order_id"]]
    flow.settle()
    assert sorted(one["status"] for one in work_of(ops, order_id)) == ["ON_HOLD", "SHIPPED"]
    assert refused(ops, second, "acknowledge")["code"] == "on_hold"
    entries = web.get(f"/v1/orders/{order_id}/history").body["items"]
    assert any(f"already left: {first['fulfilment_order_id']}" in one["what"] for one in entries)

    answer = web.post(f"/v1/orders/{order_id}/cancel", {"request_id": "C-1", "reason": "fraud"})
    assert answer.status == 202, answer.body
    flow.settle()
    assert sorted(one["status"] for one in work_of(ops, order_id)) == ["CANCELLED", "SHIPPED"]
    assert read(web, order_id)["lines"][0]["quantities"]["cancelled"] == 1
    audit(ops)


def test_a_hold_and_a_step_at_once_end_held_or_gone_but_never_between(flow: Flow, ops: Gateway, web: Gateway) -> None:
    """The hold is on its way while the parcel leaves: what has left has left, and the history says so."""
    open_shop(ops, stock={"S1": {"MUG": 2}})
    order_id = place(web, order("W-3", [line("1", "MUG", 2)]))
    flow.settle()
    (work,) = work_of(ops, order_id)
    hold(web, order_id, "H-1", "SHIP")
    ship(ops, work)
    flow.settle()
    (gone,) = work_of(ops, order_id)
    assert (gone["status"], gone["holds"]) == ("SHIPPED", [])
    (seen,) = read(web, order_id)["holds"]
    assert (seen["already_left"], seen["held"]) == ([work["fulfilment_order_id"]], [])
    entries = web.get(f"/v1/orders/{order_id}/history").body["items"]
    assert any(one["why"] == "left before H-1 could stop it" for one in entries)


def test_work_that_opens_during_a_hold_opens_on_hold(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 1}}, items={"MUG": {"backorderable": True}})
    order_id = place(web, order("W-4", [line("1", "MUG", 2)]))
    flow.settle()
    hold(web, order_id, "H-1", "ROUTE")
    flow.settle()
    ops.post(
        "/v1/inventory/movements",
        {"movement_id": "R-9", "kind": "receipt", "location_id": "S1", "lines": [{"sku": "MUG", "quantity": 5}]},
    )
    flow.settle()
    works = work_of(ops, order_id)
    assert [(one["status"], one["held_from"]) for one in works] == [("ON_HOLD", "OPEN")] * 2
    lift(web, order_id, "H-1")
    flow.settle()
    assert [one["status"] for one in work_of(ops, order_id)] == ["OPEN", "OPEN"]


def test_work_for_later_is_set_aside_at_once_and_opens_in_time(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}})
    opens_at = clock.now() + timedelta(days=3)
    later = {"method": "pickup", "location_id": "S1", "not_before": clock.rfc3339(opens_at)}
    order_id = place(web, order("W-5", [line("1", "MUG", 2, fulfilment=later), line("2", "MUG", 1)]))
    flow.settle()
    ready_now, scheduled = sorted(work_of(ops, order_id), key=lambda one: str(one["status"]))
    assert (ready_now["status"], scheduled["status"]) == ("OPEN", "SCHEDULED")
    assert scheduled["opens_at"] == clock.rfc3339(opens_at)
    assert scheduled["due_by"] > scheduled["opens_at"]
    assert refused(ops, scheduled, "acknowledge")["code"] == "transition_not_allowed"
    assert ops.get("/v1/inventory/MUG").body["positions"][0]["allocated"] == 3
    hold(web, order_id, "H-1", "SHIP")
    flow.settle()
    tick(flow, days=2)
    lift(web, order_id, "H-1")
    flow.settle()
    assert sorted(one["status"] for one in work_of(ops, order_id)) == ["OPEN", "SCHEDULED"]
    tick(flow, days=4)
    assert [one["status"] for one in work_of(ops, order_id) if one["method"] == "pickup"] == ["OPEN"]


def test_scheduled_work_can_still_be_cancelled_and_its_goods_are_free(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}})
    later = {"method": "ship", "not_before": clock.rfc3339(clock.now() + timedelta(days=3))}
    order_id = place(web, order("W-6", [line("1", "MUG", 2, fulfilment=later)]))
    flow.settle()
    assert read(web, order_id)["status"] == "CONFIRMED"
    answer = web.post(f"/v1/orders/{order_id}/cancel", {"request_id": "C-1", "reason": "changed mind"})
    assert answer.status == 202, answer.body
    flow.settle()
    assert [one["status"] for one in work_of(ops, order_id)] == ["CANCELLED"]
    assert (read(web, order_id)["status"], read(web, order_id)["payment_status"]) == ("CANCELLED", "VOIDED")
    audit(ops)
