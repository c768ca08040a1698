"""Re-evaluation through all services: waiting work goes where it is better off, and units are never free between."""

from __future__ import annotations

from typing import Any

from functions.fulfilment import optimiser
from shared.aws import client
from shared.dynamo.table import Table
from tests.flows.test_the_way_of_an_order import audit, place, position, read, ship, step, work_of
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as
from tests.support.shop import line, location, open_shop, order, receive


def reevaluated() -> dict[str, Any]:
    with running_as("fulfilment"):
        return optimiser.handler({}, None)


def far_away(flow: Flow, ops: Gateway, web: Gateway, **fields: Any) -> str:
    """An order to York that London serves, since Leeds had nothing; then goods arrive in Leeds."""
    open_shop(ops, stock={"S2": {"MUG": 5}, "S1": {"MUG": 0}})
    order_id = place(web, order("W-1", [line("1", "MUG", 2, 1200)], **fields))
    flow.settle()
    receive(ops, "late", "S1", [{"sku": "MUG", "quantity": 3}])
    flow.settle()
    return order_id


def test_waiting_work_follows_goods_that_came_late(flow: Flow, ops: Gateway, web: Gateway) -> None:
    order_id = far_away(flow, ops, web)
    assert reevaluated()["moves"] == 1
    flow.settle()
    old, new = work_of(ops, order_id)
    assert (old["location_id"], old["status"]) == ("S2", "CANCELLED")
    assert (new["location_id"], new["status"]) == ("S1", "OPEN")
    assert position(ops, "MUG", "S2") == {"on_hand": 5, "held": 0, "allocated": 0}
    assert position(ops, "MUG", "S1") == {"on_hand": 3, "held": 0, "allocated": 2}
    assert read(web, order_id)["lines"][0]["quantities"]["allocated"] == 2
    assert reevaluated()["moves"] == 0, "it lies where it is best off"
    decisions = ops.get(f"/v1/orders/{order_id}/routing").body["decisions"]
    triggers = [one["trigger"] for one in decisions]
    assert (triggers[0], triggers[-1]) == ("released", "reevaluated")
    assert set(triggers[1:-1]) <= {"item_changed"}, "an order that is released before its item is known waits for it"
    ship(ops, new)
    step(ops, new, "deliver")
    flow.settle()
    done = read(web, order_id)
    assert (done["status"], done["payment_status"]) == ("FULFILLED", "CAPTURED")
    captured = web.get(f"/v1/orders/{order_id}/payments").body["captures"]
    assert sum(one["amount"]["amount"] for one in captured) == 2 * 1200 + 399
    audit(ops)


def test_a_place_that_is_paused_with_open_work_loses_it_to_another(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"S1": {"MUG": 5}, "S2": {"MUG": 5}})
    order_id = place(web, order("W-1", [line("1", "MUG")]))
    flow.settle()
    (work,) = work_of(ops, order_id)
    other = {"S1": "S2", "S2": "S1"}[work["location_id"]]
    paused = ops.post(f"/v1/locations/{work['location_id']}/pause", {"reason": "FLOOD"})
    assert paused.status == 200, paused.body
    flow.settle()
    assert [(one["location_id"], one["status"]) for one in work_of(ops, order_id)][1] == (other, "OPEN")
    assert position(ops, "MUG", work["location_id"])["allocated"] == 0
    assert reevaluated()["moves"] == 0, "the pause itself has handed it on"
    audit(ops)


def test_who_has_begun_keeps_the_work_and_the_new_units_are_free_again(flow: Flow, ops: Gateway, web: Gateway) -> None:
    order_id = far_away(flow, ops, web)
    assert reevaluated()["moves"] == 1
    (work,) = work_of(ops, order_id)
    step(ops, work, "acknowledge")  # before inventory has answered
    flow.settle()
    (still,) = work_of(ops, order_id)
    assert (still["location_id"], still["status"]) == ("S2", "ACKNOWLEDGED")
    assert position(ops, "MUG", "S1") == {"on_hand": 3, "held": 0, "allocated": 0}
    assert position(ops, "MUG", "S2") == {"on_hand": 5, "held": 0, "allocated": 2}
    audit(ops)


def test_units_that_somebody_else_bought_meanwhile_leave_the_work_where_it_is(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    order_id = far_away(flow, ops, web)
    hold = {"reservation_id": "R-1", "owner": "cart-1", "scope": "network", "lines": [
        {"line_id": "1", "sku": "MUG", "quantity": 6}]}  # fmt: skip
    assert web.post("/v1/reservations", hold).status == 201  # of six free units none is left
    assert reevaluated()["moves"] == 1, "fulfilment has not heard of it"
    flow.settle()
    (work,) = work_of(ops, order_id)
    assert (work["location_id"], work["status"]) == ("S2", "OPEN")
    assert position(ops, "MUG", "S2") == {"on_hand": 5, "held": 3, "allocated": 2}
    audit(ops)


def test_a_cancel_during_a_move_is_decided_as_without_it(flow: Flow, ops: Gateway, web: Gateway) -> None:
    order_id = far_away(flow, ops, web)
    assert reevaluated()["moves"] == 1
    body = {"request_id": "C-1", "reason": "changed mind", "lines": [{"line_id": "1", "quantity": 2}]}
    assert web.post(f"/v1/orders/{order_id}/cancel", body).status in (200, 202)
    flow.settle()
    done = read(web, order_id)
    assert (done["status"], done["payment_status"]) == ("CANCELLED", "VOIDED")
    assert [position(ops, "MUG", at)["allocated"] for at in ("S1", "S2")] == [0, 0]
    audit(ops)


def test_express_orders_are_never_touched(flow: Flow, ops: Gateway, web: Gateway) -> None:
    standard = order("W-0", [line("1", "MUG")])["shipping"]
    order_id = far_away(flow, ops, web, shipping=standard | {"service": "express"})
    assert reevaluated() == {"orders": 1, "moves": 0, "saved": 0}
    flow.settle()
    (work,) = work_of(ops, order_id)
    assert work["location_id"] == "S2"


def counted(location_id: str) -> list[int]:
    """Parcels that are counted at a place, by day."""
    rows = Table(client("dynamodb"), "fulfilment").query_all(f"CAPACITY#{location_id}")
    return [int(row["taken"]) for row in rows]


def test_the_new_place_is_asked_for_room_and_the_old_one_gets_its_own_back(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"S2": {"MUG": 5}, "S1": {"MUG": 0}})
    for at, lat in (("S1", 53.80), ("S2", 51.51)):
        assert ops.put(f"/v1/locations/{at}", location("store", lat, -1.0, parcels_per_day=9)).status == 200
    flow.settle()
    order_id = place(web, order("W-1", [line("1", "MUG", 2, 1200)]))
    flow.settle()
    receive(ops, "late", "S1", [{"sku": "MUG", "quantity": 3}])
    flow.settle()
    assert (counted("S1"), counted("S2")) == ([], [1])
    assert reevaluated()["moves"] == 1
    assert (counted("S1"), counted("S2")) == ([1], [1]), "both until inventory has answered"
    flow.settle()
    assert work_of(ops, order_id)[1]["location_id"] == "S1"
    assert (counted("S1"), counted("S2")) == ([1], [0])
