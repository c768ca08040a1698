"""Changes through all services: whole or not at all, under kind and unkind delivery."""

from __future__ import annotations

from tests.flows.test_returns_and_exceptions import sums
from tests.flows.test_the_way_of_an_order import audit, place, position, read, ship, step, work_of
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.shop import line, money, open_shop, order


def pays(amount: int) -> dict[str, object]:
    return {"provider": "sandbox", "token": "tok_ok", "amount": money(amount)}


def test_a_routed_order_gets_more_units_and_a_new_line_and_is_shipped_and_paid_in_full(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10, "VASE": 5}})
    order_id = place(web, order("W-1", [line("1", "MUG", 2)]))
    flow.settle()
    more = {
        "change_id": "C-1",
        "actions": [
            {"type": "set_quantity", "line_id": "1", "quantity": 3},
            {"type": "add_line", "line": line("2", "VASE", 2, 700)},
        ],
        "payment": pays(1000 + 1400),
    }
    assert web.post(f"/v1/orders/{order_id}/changes", more).status == 202
    flow.settle()
    assert web.post(f"/v1/orders/{order_id}/changes", more).body["status"] == "APPLIED"
    for work in work_of(ops, order_id):
        ship(ops, work)
        flow.settle()
    flow.settle()

    done = read(web, order_id)
    assert [one["quantities"]["shipped"] for one in done["lines"]] == [3, 2]
    total = 3 * 1000 + 2 * 700 + 399
    assert {**sums(web, order_id), "voided": 0} == {
        "due": total, "authorised": total, "captured": total, "refunded": 0, "voided": 0,
    }  # fmt: skip
    assert position(ops, "MUG", "DC1") == {"on_hand": 7, "held": 0, "allocated": 0}
    audit(ops)


def test_a_substitute_frees_the_old_item_and_takes_the_new_one(flow: Flow, ops: Gateway, web: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10, "VASE": 5}})
    order_id = place(web, order("W-1", [line("1", "MUG", 2)]))
    flow.settle()
    swap = {"type": "substitute", "line_id": "1", "line": line("2", "VASE", 2, 900)}
    assert web.post(f"/v1/orders/{order_id}/changes", {"change_id": "C-1", "actions": [swap]}).status == 202
    flow.settle()
    assert position(ops, "MUG", "DC1") == {"on_hand": 10, "held": 0, "allocated": 0}
    assert position(ops, "VASE", "DC1") == {"on_hand": 5, "held": 0, "allocated": 2}
    end = read(web, order_id)
    assert (end["status"], end["lines"][1]["quantities"]["allocated"]) == ("CONFIRMED", 2)
    assert sums(web, order_id)["due"] == 2 * 900 + 399
    audit(ops)


def test_a_change_that_races_with_picking_is_decided_by_the_floor_and_leaves_the_order_whole(
    flow: Flow, ops: Gateway, web: Gateway
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 10, "VASE": 5}})
    order_id = place(web, order("W-1", [line("1", "MUG", 2)]))
    flow.settle()
    (work,) = work_of(ops, order_id)
    step(ops, work, "acknowledge")
    step(ops, work, "pick", {"lines": [{"line_id": "1", "picked": 2}]})
    swap = [
        {"type": "set_quantity", "line_id": "1", "quantity": 1},
        {"type": "add_line", "line": line("2", "VASE", 3, 900)},
    ]
    body = {"change_id": "C-1", "actions": swap, "payment": pays(1700)}
    assert web.post(f"/v1/orders/{order_id}/changes", body).status == 202
    flow.settle()
    end = read(web, order_id)
    assert [one["quantities"]["ordered"] for one in end["lines"]] == [2]
    assert web.post(f"/v1/orders/{order_id}/changes", body).body["status"] == "REJECTED"
    assert sums(web, order_id)["voided"] == 1700
    assert position(ops, "VASE", "DC1") == {"on_hand": 5, "held": 0, "allocated": 0}
    audit(ops)
