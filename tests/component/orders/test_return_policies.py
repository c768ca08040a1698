"""Return policies: terms by channel, category and item, of the time of the sale; a person has the last word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.orders.domain.account import due
from functions.orders.wiring import book
from shared import clock
from tests.component.orders.shop import (
    OPS,
    WEB,
    collected,
    gbp,
    item,
    line,
    money,
    of,
    order,
    place,
    read,
    refused,
    settled,
    told,
    without_pauses,
)
from tests.component.orders.test_holds import ticked
from tests.component.orders.test_returns import STORE, at_counter, delivered, handled, wanted
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway
from tests.support.local_aws import running_as

pytestmark = pytest.mark.usefixtures("aws")
DESK = Gateway(gateway.service_desk())
SHOPPER = Gateway(gateway.customer("C-1"))


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    without_pauses(monkeypatch)


def policy(policy_id: str = "house", **members: Any) -> Answer:
    return OPS.put(f"/v1/return-policies/{policy_id}", {"window_days": 30} | members)


def days_ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def asked(order_id: str, by: Gateway = WEB, **members: Any) -> dict[str, Any]:
    """The return R-1, as the policy answers."""
    answer = by.post("/v1/returns", wanted(order_id, **members))
    assert answer.status == 201, answer.body
    return dict(answer.body)


def code(return_: dict[str, Any]) -> list[str]:
    return [reason.split()[0] for reason in return_["reasons"]]


def test_without_any_policy_the_built_in_one_counts(bus: Bus) -> None:
    told = asked(delivered(bus))
    assert (told["status"], told["lines"][0]["policy"], told["refund"]["fee"]) == ("AUTHORISED", "default@0", gbp(0))


@pytest.mark.parametrize(("days", "status"), [(13, "AUTHORISED"), (15, "DENIED")])
def test_the_window_runs_from_delivery_and_its_reason_names_the_terms(bus: Bus, days: int, status: str) -> None:
    policy(window_days=14)
    found = asked(delivered(bus, at=days_ago(days)))
    assert found["status"] == status
    if status == "DENIED":
        (reason,) = found["reasons"]
        assert reason.startswith("WINDOW_CLOSED line 1: more than 14 days since delivery on ")
        assert reason.endswith("by house@1")


def test_the_policy_of_the_category_goes_before_the_channels_and_that_of_the_item_before_both(bus: Bus) -> None:
    told(bus, item("MUG", category="kitchen"))
    policy("all", window_days=1)
    policy("web", when={"channel": "web"}, window_days=2)
    policy("pos", when={"channel": "pos"}, window_days=3)
    policy("kitchen", when={"channel": "web", "category": "kitchen"}, window_days=4)
    policy("lamps", when={"category": "lamps"}, window_days=5)
    first = asked(delivered(bus))
    policy("mug", when={"sku": "MUG"}, window_days=6)
    second = asked(delivered(bus, order("W-2")), return_id="R-2")
    assert [one["lines"][0]["policy"] for one in (first, second)] == ["kitchen@1", "mug@1"]


def test_an_item_whose_category_is_not_known_falls_under_what_holds_for_all(bus: Bus) -> None:
    policy("all", window_days=10)
    policy("lamps", when={"category": "lamps"}, final_sale=True)
    assert asked(delivered(bus))["lines"][0]["policy"] == "all@1"


@pytest.mark.parametrize(("reason", "status"), [("CHANGED_MIND", "DENIED"), ("DAMAGED", "MANUAL")])
def test_what_was_sold_for_good_comes_back_only_by_a_persons_word(bus: Bus, reason: str, status: str) -> None:
    policy(final_sale=True)
    found = asked(delivered(bus), reason=reason)
    assert (found["status"], code(found)) == (status, ["FINAL_SALE"])


def test_a_way_back_that_is_not_offered_is_refused_with_its_reason(bus: Bus) -> None:
    policy(methods=["in_store"])
    order_id = delivered(bus)
    assert code(asked(order_id)) == ["METHOD_NOT_ALLOWED"]
    assert STORE.post("/v1/returns", at_counter(order_id, "R-2")).body["status"] == "RESOLVED"


def test_an_order_keeps_the_terms_it_was_sold_under(bus: Bus) -> None:
    assert policy(window_days=60).status == 201
    old = delivered(bus, at=days_ago(40))
    tightened = policy(window_days=7)
    assert (tightened.status, tightened.body["version"]) == (200, 2)
    new = delivered(bus, order("W-2", placed_at="2026-12-30T10:00:00Z"), at=days_ago(40))
    found = [asked(order_id, return_id=f"R-{order_id}") for order_id in (old, new)]
    assert [(one["status"], one["lines"][0]["policy"]) for one in found] == [
        ("AUTHORISED", "house@1"),
        ("DENIED", "house@2"),
    ]


def test_a_policy_that_is_retired_holds_for_what_was_sold_before(bus: Bus) -> None:
    policy(final_sale=True)
    policy(final_sale=True, retired=True, effective_from="2026-11-21T09:00:00Z")
    before = asked(delivered(bus, order("W-1", placed_at="2026-11-20T10:00:00Z")))
    after = asked(delivered(bus, order("W-2")), return_id="R-2")
    assert [one["lines"][0]["policy"] for one in (before, after)] == ["house@1", "default@0"]


def test_the_fee_is_kept_once_from_the_refund_and_quoted_before_anything_moves(bus: Bus) -> None:
    policy(
        fees=[{"method": "mail", "amount": gbp(299)}, {"method": "mail", "amount": {"amount": 5, "currency": "EUR"}}]
    )
    order_id = delivered(bus)
    quoted = WEB.post("/v1/returns", wanted(order_id, quantity=2, preview=True))
    assert (quoted.status, quoted.body["status"]) == (200, "AUTHORISED")
    assert quoted.body["refund"] == {"quoted": gbp(2101), "granted": gbp(0), "fee": gbp(299)}
    assert read(order_id)["returns"] == []
    refused(WEB.get("/v1/returns/R-1"), 404, "return_not_found")

    assert asked(order_id, quantity=2)["refund"] == quoted.body["refund"]
    half = OPS.post("/v1/returns/R-1/receive", handled()).body
    assert half["refund"] == {"quoted": gbp(2101), "granted": gbp(901), "fee": gbp(299)}
    whole = OPS.post("/v1/returns/R-1/receive", handled(step_id="second")).body
    assert whole["refund"] == {"quoted": gbp(2101), "granted": gbp(2101), "fee": gbp(299)}
    settled(bus)
    sums = money(order_id)
    assert (sums["captured"], sums["refunded"], sums["due"]) == (2799, 2101, 399 + 299)
    with running_as("orders"):
        assert due(book().get(order_id)) == 698


def test_a_fee_never_exceeds_what_came_back(bus: Bus) -> None:
    policy(fees=[{"method": "mail", "amount": gbp(500)}])
    order_id = delivered(bus, order("W-1", line("1", 3, 200)), l1=3)
    assert asked(order_id, quantity=2)["refund"]["quoted"] == gbp(0)
    first = OPS.post("/v1/returns/R-1/receive", handled()).body["refund"]
    assert (first["granted"], first["quoted"]) == (gbp(0), gbp(0))
    OPS.post("/v1/returns/R-1/receive", handled(step_id="second"))
    assert asked(order_id, return_id="R-2", reason="WRONG_ITEM")["refund"]["quoted"] == gbp(200)
    settled(bus)
    assert money(order_id)["refunded"] == 0


@pytest.mark.parametrize(
    "members",
    [{"reason": "DAMAGED"}, {"resolution": "REPLACEMENT"}, {"method": "in_store", "location_id": "S2"}],
    ids=["retailer at fault", "replacement", "another method"],
)
def test_no_fee_is_kept(bus: Bus, members: dict[str, Any]) -> None:
    policy(fees=[{"method": "mail", "amount": gbp(299)}])
    assert asked(delivered(bus), **members)["refund"]["fee"] == gbp(0)


def test_a_person_overrules_the_policy_with_a_reason_and_may_waive_the_fee(bus: Bus) -> None:
    policy(final_sale=True, fees=[{"method": "mail", "amount": gbp(299)}])
    order_id = delivered(bus)
    assert asked(order_id)["status"] == "DENIED"
    word = {"verdict": "AUTHORISED", "reason": "good customer", "waive_fee": True}
    refused(WEB.post("/v1/returns/R-1/decide", word), 403, "forbidden")
    for _ in range(2):
        answer = DESK.post("/v1/returns/R-1/decide", word)
        assert (answer.status, answer.body["status"], answer.body["refund"]["fee"]) == (200, "AUTHORISED", gbp(0))
    assert OPS.post("/v1/returns/R-1/receive", handled()).body["refund"]["granted"] == gbp(1200)
    (entry,) = [
        one
        for one in OPS.get(f"/v1/orders/{order_id}/history").body["items"]
        if "authorised by a person" in one["what"]
    ]
    assert (entry["why"], entry["who"].split(":")[0]) == ("good customer", "service_desk")
    refused(DESK.post("/v1/returns/R-1/decide", word | {"verdict": "DENIED"}), 409, "return_not_authorised")


def test_a_person_denies_what_was_left_open_and_nothing_waits_any_more(bus: Bus) -> None:
    policy(final_sale=True)
    order_id = delivered(bus)
    assert asked(order_id, reason="DAMAGED")["status"] == "MANUAL"
    answer = DESK.post("/v1/returns/R-1/decide", {"verdict": "DENIED", "reason": "worn"})
    assert (answer.status, answer.body["status"]) == (200, "DENIED")
    assert OPS.get("/v1/exceptions").body["items"] == []


def test_units_that_another_return_is_about_meanwhile_are_not_taken_back_twice(bus: Bus) -> None:
    policy(methods=["in_store"])
    order_id = delivered(bus)
    asked(order_id, quantity=2)
    STORE.post("/v1/returns", at_counter(order_id, "R-2"))
    word = {"verdict": "AUTHORISED", "reason": "good customer"}
    refused(DESK.post("/v1/returns/R-1/decide", word), 409, "return_exceeds_delivered")


def test_a_waived_fee_does_not_come_too_late(bus: Bus) -> None:
    policy(fees=[{"method": "mail", "amount": gbp(299)}])
    asked(delivered(bus))
    OPS.post("/v1/returns/R-1/receive", handled())
    word = {"verdict": "AUTHORISED", "reason": "complained", "waive_fee": True}
    refused(DESK.post("/v1/returns/R-1/decide", word), 409, "return_not_authorised")


def looked(moment: datetime, order_id: str) -> str:
    """The order's status after the reconciler has run at that moment."""
    OPS.put("/v1/testing/clock", {"now": clock.rfc3339(moment)})
    ticked()
    return str(read(order_id)["status"])


@pytest.fixture
def _own_time() -> Iterator[None]:
    yield
    OPS.delete("/v1/testing/clock")


@pytest.mark.usefixtures("_own_time")
@pytest.mark.parametrize(("days", "of_the_other"), [(3, 2), (14, 3), (60, 14)])
def test_the_order_closes_the_moment_its_longest_window_is_over(bus: Bus, days: int, of_the_other: int) -> None:
    told(bus, item("LAMP", category="lamps"))
    policy(window_days=of_the_other)
    policy("lamps", when={"category": "lamps"}, window_days=days)
    start = clock.now()
    lines = line(), line("2", 1, 4500, sku="LAMP")
    order_id = delivered(bus, order("W-1", *lines), at=start, l1=2, l2=1)
    assert looked(start + timedelta(days=days, seconds=-2), order_id) == "FULFILLED"
    assert looked(start + timedelta(days=days, seconds=2), order_id) == "CLOSED"


@pytest.mark.usefixtures("_own_time")
def test_an_order_closes_by_the_terms_it_was_sold_under(bus: Bus) -> None:
    policy(window_days=7)
    start = clock.now()
    order_id = delivered(bus, at=start)
    policy(window_days=90)
    assert looked(start + timedelta(days=7, seconds=-2), order_id) == "FULFILLED"
    assert looked(start + timedelta(days=7, seconds=2), order_id) == "CLOSED"


@pytest.mark.usefixtures("_own_time")
def test_what_a_shopper_carries_out_can_be_returned_from_that_moment_on(bus: Bus) -> None:
    policy(window_days=5)
    start = clock.now()
    sold = str(place(order("W-1", collected("1", 1, "carry_out"), placed_at=clock.rfc3339(start)))["order_id"])
    settled(bus)
    assert looked(start + timedelta(days=5, seconds=-2), sold) == "FULFILLED"
    assert looked(start + timedelta(days=5, seconds=2), sold) == "CLOSED"


def test_the_same_policy_again_makes_no_version_and_all_are_listed() -> None:
    assert [policy(window_days=14).status for _ in range(2)] == [201, 200]
    assert policy(window_days=14).body["version"] == 1
    assert policy(window_days=21, methods=["mail"]).body["version"] == 2
    assert policy(window_days=21, methods=["mail"]).body["version"] == 2
    policy("another", final_sale=True)
    versions = WEB.get("/v1/return-policies/house").body["items"]
    assert [(one["version"], one["window_days"], one["methods"]) for one in versions] == [
        (1, 14, ["in_store", "mail"]),
        (2, 21, ["mail"]),
    ]
    listed = DESK.get("/v1/return-policies").body["items"]
    assert [(one["policy_id"], one["version"]) for one in listed] == [("another", 1), ("house", 2)]
    refused(WEB.get("/v1/return-policies/none"), 404, "return_policy_not_found")


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"window_days": 3651}, "/window_days"),
        ({"window_days": -1}, "/window_days"),
        ({"methods": []}, "/methods"),
        ({"when": {"colour": "red"}}, "/when/colour"),
        ({"fees": [{"method": "mail", "amount": gbp(1)}] * 2}, "/fees/1"),
        ({"effective_from": "2026-01-01T00:00:00Z"}, "/effective_from"),
    ],
)
def test_what_is_no_policy_is_refused_by_field(members: dict[str, Any], pointer: str) -> None:
    policy(window_days=9, effective_from="2026-06-01T00:00:00Z")
    refused(policy(**members), 422, "invalid", pointer)
    assert len(OPS.get("/v1/return-policies/house").body["items"]) == 1


def test_who_may_say_what_comes_back(bus: Bus) -> None:
    for caller in (WEB, DESK, SHOPPER, STORE):
        refused(caller.put("/v1/return-policies/house", {}), 403, "forbidden")
    refused(SHOPPER.get("/v1/return-policies"), 403, "forbidden")
    order_id = delivered(bus)
    other = Gateway(gateway.channel("pos"))
    refused(other.post("/v1/returns", wanted(order_id, preview=True)), 404, "not_found")
    assert of(settled(bus), "ReturnRequested") == []
