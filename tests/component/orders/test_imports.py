"""Bulk import of past orders: in the book as they ended, once each, and nobody has anything to do about them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import now, rfc3339
from tests.component.orders.shop import OPS, WEB, gbp, money, order, place, quantities, read
from tests.support.bus import Bus
from tests.support.gateway import Gateway
from tests.support.imports import Imports

PAST = "2024-03-01T10:00:00Z"


@pytest.fixture
def imports(bus: Bus) -> Imports:
    return Imports(OPS, service="orders", path="/v1/order-imports")


def line(line_id: str = "1", quantity: int = 3, **members: Any) -> dict[str, Any]:
    base = {"line_id": line_id, "sku": "MUG", "quantity": quantity, "unit_price": gbp(1000)}
    return base | {"fulfilment": {"method": "ship"}} | members


def past(number: str = "OLD-1", *lines: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "channel": "web",
        "channel_order_id": number,
        "placed_at": PAST,
        "ended_at": "2024-03-05T10:00:00Z",
        "currency": "GBP",
        "customer": {"email": "ann@example.com", "name": "Ann Lee"},
        "lines": list(lines) or [line()],
        "shipping": {"charge": gbp(399)},
    } | members


def jsonl(*rows: dict[str, Any]) -> str:
    return "\n".join(map(json.dumps, rows))


def run(imports: Imports, import_id: str, *rows: dict[str, Any]) -> dict[str, Any]:
    return imports.run(import_id, "orders", jsonl(*rows), format_="jsonl")


def found(number: str) -> dict[str, Any]:
    (order_,) = WEB.get(f"/v1/orders?channel=web&channel_order_id={number}").body["items"]
    return dict(order_)


def test_a_past_order_is_in_the_book_as_it_ended(imports: Imports) -> None:
    lines = line("1", 3, cancelled=1, returned=1), line("2", 1, fulfilment={"method": "pickup", "location_id": "S1"})
    done = run(imports, "O-1", past("OLD-1", *lines))
    assert (done["status"], done["rows"]["changed"]) == ("COMPLETED", 1)
    order_ = found("OLD-1")
    assert (order_["status"], order_["payment_status"], order_["holds"], order_["flags"]) == (
        "CLOSED",
        "PARTIALLY_REFUNDED",
        [],
        [],
    )
    assert quantities(order_["order_id"]) == {"ordered": 3, "cancelled": 1, "fulfilled": 2, "returned": 1}
    sums = money(order_["order_id"])
    assert (sums["captured"], sums["refunded"], sums["due"]) == (4399, 2000, 2399)
    assert order_["placed_at"].startswith("2024-03-01T10:00:00")
    (entry,) = [one for one in WEB.get(f"/v1/orders/{order_['order_id']}/history").body["items"]
                if one["what"] == "imported"]  # fmt: skip
    assert entry["who"] == "ops:ops-1"
    (return_id,) = order_["returns"]
    assert OPS.get(f"/v1/returns/{return_id}").body["status"] == "RESOLVED"


def test_an_order_of_which_nothing_was_delivered_is_cancelled(imports: Imports) -> None:
    run(imports, "O-1", past("OLD-1", line("1", 3, cancelled=3)))
    order_ = found("OLD-1")
    assert (order_["status"], order_["payment_status"]) == ("CANCELLED", "REFUNDED")


def test_others_hear_that_it_is_over_and_nobody_is_asked_to_do_anything(imports: Imports, bus: Bus) -> None:
    carried = line("2", 1, fulfilment={"method": "carry_out", "location_id": "S1"})
    run(imports, "O-1", past("OLD-1", line(cancelled=1, returned=1), carried))
    said = bus.published("orders")
    assert [kind for kind, _ in said] == ["OrderImported.v1", "OrderContactGiven.v1", "OrderValueChanged.v1"]
    told, worth = said[0][1], said[2][1]
    assert (worth["imported"], worth["left"], worth["kept"]) == (True, 3000, 2000)
    assert (told["total"], told["ordered"], told["cancelled"], told["returned"]) == (4399, 4, 1, 1)
    assert OPS.get("/v1/exceptions").body["items"] == []


def test_a_past_order_is_found_by_its_status(imports: Imports) -> None:
    lately = rfc3339(now() - timedelta(days=3))
    recent = past("NEW-1", placed_at=lately, ended_at=lately)
    run(imports, "O-1", past("OLD-1"), past("OLD-2", line(cancelled=3)), recent)
    for status, number in {"CLOSED": "OLD-1", "CANCELLED": "OLD-2", "FULFILLED": "NEW-1"}.items():
        (one,) = WEB.get(f"/v1/orders?status={status}").body["items"]
        assert one["channel_order_id"] == number


def test_the_same_order_counts_once_and_another_under_its_id_is_rejected(imports: Imports) -> None:
    run(imports, "O-1", past("OLD-1"))
    done = run(imports, "O-2", past("OLD-1"), past("OLD-1", line(quantity=4)), past("OLD-2"))
    assert {name: done["rows"][name] for name in ("changed", "unchanged", "rejected")} == {
        "changed": 1,
        "unchanged": 1,
        "rejected": 1,
    }
    (rejected,) = done["rejected"]
    assert (rejected["line"], rejected["reason"].partition(":")[0]) == (2, "channel_order_id")


def test_an_order_that_was_placed_here_is_not_imported_over(imports: Imports) -> None:
    order_id = place(order("W-1"))["order_id"]
    before = read(order_id)
    done = run(imports, "O-1", past("W-1"))
    assert done["rows"]["rejected"] == 1
    assert read(order_id) == before


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (past("X", line(cancelled=4)), "lines.0.cancelled"),
        (past("X", line(cancelled=1, returned=3)), "lines.0.returned"),
        (past("X", line(), line()), "lines.1.line_id"),
        (past("X", line(discount=gbp(9999))), "lines.0.discount"),
        (past("X", line(unit_price={"amount": 1, "currency": "EUR"})), "lines.0.unit_price.currency"),
        (past("X", line(cancelled=1, fulfilment={"method": "carry_out", "location_id": "S1"})), "lines.0.cancelled"),
        (past("X", payment={"provider": "sandbox", "token": "tok_ok"}), "payment"),
        (past("X") | {"placed_at": "yesterday"}, "placed_at"),
    ],
)
def test_a_row_that_is_no_past_order_is_rejected_by_its_field(
    imports: Imports, row: dict[str, Any], column: str
) -> None:
    done = run(imports, "O-1", row, past("GOOD"))
    (rejected,) = done["rejected"]
    assert rejected["reason"].startswith(f"{column}: ")
    assert found("GOOD")["status"] == "CLOSED"


def test_csv_has_the_lines_as_json(imports: Imports) -> None:
    lines = json.dumps([line()]).replace('"', '""')
    header = "channel,channel_order_id,placed_at,currency,customer.email,lines"
    done = imports.run("O-1", "orders", f'{header}\nweb,OLD-1,{PAST},GBP,ann@example.com,"{lines}"\n')
    assert done["rows"]["changed"] == 1
    assert quantities(found("OLD-1")["order_id"]) == {"ordered": 3, "fulfilled": 3}


def test_a_past_order_is_not_changed_or_cancelled_any_more(imports: Imports) -> None:
    run(imports, "O-1", past("OLD-1"))
    path = f"/v1/orders/{found('OLD-1')['order_id']}"
    more = {"type": "set_quantity", "line_id": "1", "quantity": 4}
    answer = OPS.post(f"{path}/changes", {"change_id": "C-1", "preview": False, "actions": [more]})
    assert (answer.status, answer.body["code"]) == (409, "order_not_changeable")
    assert OPS.post(f"{path}/cancel", {"request_id": "R-1", "reason": "late"}).status == 409


def test_only_ops_may_import_orders(imports: Imports) -> None:
    body = {"import_id": "O-1", "kind": "orders", "format": "csv"}
    assert WEB.post("/v1/order-imports", body).status == 403
    assert Gateway(None).post("/v1/order-imports", body).status == 401
