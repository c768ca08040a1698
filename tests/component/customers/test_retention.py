"""What is kept long enough goes, by the clock and by kind; everything else stays."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from functions.customers.domain.retention import DEFAULT_DAYS, UnknownPeriod, periods
from shared.aws import client
from shared.clock import set_shift
from tests.component.customers.shoppers import put, timeline
from tests.support import gateway
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as, without_testing_clock

pytestmark = pytest.mark.usefixtures("aws")
WEB = Gateway(gateway.channel("web"))
KINDS = ("visit", "cart", "message", "call", "support_note")


@pytest.fixture(autouse=True)
def real_clock() -> Iterator[None]:
    yield
    set_shift(timedelta(0))


def sweep(after_days: float) -> int:
    """The daily run, so many days from now."""
    set_shift(timedelta(days=after_days))
    with without_testing_clock(), running_as("customers"):
        return int(importlib.import_module("functions.customers.timer").handler({}, None)["rows"])


def told(customer_id: str) -> list[str]:
    return sorted(entry["kind"] for entry in timeline(customer_id)["items"])


def test_interactions_go_when_their_kind_has_been_kept_long_enough_and_not_before() -> None:
    customer_id = put("web", "u1", email="ann@example.com").body["customer_id"]
    now = datetime.now(UTC)
    for kind in KINDS:
        body = {"interaction_id": f"I-{kind}", "kind": kind, "channel": "web", "at": now.isoformat(), "data": {}}
        assert WEB.post(f"/v1/customers/{customer_id}/interactions", body).status == 201
    assert sweep(399.9) == 0
    assert told(customer_id) == sorted(KINDS)
    assert [sweep(400.1), sweep(400.2)] == [2, 0]
    assert told(customer_id) == ["call", "message", "support_note"]
    assert sweep(730.1) == 2
    assert sweep(1095.1) == 1
    assert Gateway(gateway.ops()).get(f"/v1/customers/{customer_id}").status == 200, "the shopper stays"


def test_a_cart_goes_when_nobody_has_touched_it_for_ninety_days() -> None:
    for cart_id in ("K-1", "K-2"):
        assert WEB.post("/v1/carts", {"cart_id": cart_id, "channel": "web"}).status == 201
    set_shift(timedelta(days=60))
    line = {"sku": "MUG", "quantity": 1}
    with without_testing_clock():
        assert WEB.put("/v1/carts/K-2/lines", {"version": 1, "lines": [line]}).status == 200
    assert sweep(91) == 1
    assert (WEB.get("/v1/carts/K-1").status, WEB.get("/v1/carts/K-2").status) == (404, 200)
    assert sweep(151) == 1


def test_a_cart_that_is_touched_while_it_is_swept_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    from functions.customers.retention import Sweep

    WEB.post("/v1/carts", {"cart_id": "K-1", "channel": "web"})
    removes = Sweep._remove

    def remove(self: Sweep, row: dict[str, object]) -> bool:
        with without_testing_clock():
            changed = WEB.put("/v1/carts/K-1/lines", {"version": 1, "lines": [{"sku": "A", "quantity": 1}]})
        assert changed.status == 200
        return removes(self, row)

    monkeypatch.setattr(Sweep, "_remove", remove)
    assert sweep(91) == 0
    assert WEB.get("/v1/carts/K-1").body["version"] == 2


def test_periods_are_settings_and_a_wrong_one_is_refused_by_name() -> None:
    assert periods("") == DEFAULT_DAYS
    assert periods("visit=30,call=7") == {**DEFAULT_DAYS, "visit": 30, "call": 7}
    for wrong in ("visits=30", "visit", "visit=0", "visit=-1", "visit=x"):
        with pytest.raises(UnknownPeriod, match=wrong):
            periods(wrong)


def test_the_table_holds_nothing_of_what_went() -> None:
    customer_id = put("web", "u1").body["customer_id"]
    body = {"interaction_id": "I-1", "kind": "visit", "channel": "web", "at": "2020-01-01T00:00:00Z", "data": {}}
    WEB.post(f"/v1/customers/{customer_id}/interactions", body)
    assert sweep(0) == 1
    keys = {item["pk"]["S"] for item in client("dynamodb").scan(TableName="customers")["Items"]}
    assert "INTERACTION#I-1" not in keys
