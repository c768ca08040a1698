"""Paying: the provider is asked once per operation, and only its definite word counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.orders import payments, wiring
from functions.orders.providers.port import Outcome
from functions.orders.providers.sandbox import Sandbox
from functions.orders.providers.stripe_adapter import Stripe
from shared import clock
from shared.events.orders import PaymentRequested
from tests.component.orders.shop import (
    OPS,
    WEB,
    Events,
    collected,
    gbp,
    money,
    of,
    opened,
    order,
    place,
    progress,
    read,
    refused,
    routed,
    settled,
    step,
    without_pauses,
)
from tests.support.bus import Bus
from tests.support.gateway import Gateway, channel, customer
from tests.support.local_aws import running_as
from tests.support.stripe_server import StripeServer, running


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    without_pauses(monkeypatch)
    yield
    clock.set_shift(timedelta(0))


def _outcomes(events: Events) -> list[tuple[str, str, int]]:
    return [(one["kind"], one["outcome"], one["amount"]) for one in of(events, "PaymentSettled")]


def test_an_authorised_order_is_released_to_routing_once(bus: Bus) -> None:
    placed = place()

    events = settled(bus)

    assert _outcomes(events) == [("authorise", "DONE", 2799)]
    (released,) = of(events, "OrderReleased")
    assert released["lines"] == [{"line_id": "1", "sku": "MUG", "quantity": 2, "method": "ship"}]
    assert released["destination"] == {"country": "GB", "postal_district": "LS1", "geo": {"lat": 53.8, "lng": -1.55}}
    assert "1 High St" not in str(released)
    assert read(placed["order_id"])["payment_status"] == "AUTHORISED"


@pytest.mark.parametrize("pays", ["timeout_applied", "timeout_lost"])
def test_a_time_out_is_looked_up_and_the_money_is_set_aside_exactly_once(bus: Bus, pays: str) -> None:
    placed = place(order(pays=pays))

    events = settled(bus)

    assert _outcomes(events) == [("authorise", "DONE", 2799)]
    assert money(placed["order_id"])["authorised"] == 2799


def test_a_slow_provider_is_asked_again_later_and_never_guessed(bus: Bus) -> None:
    placed = place(order(pays="slow"))
    (request,) = of(bus.published("orders"), "PaymentRequested")
    assert bus.deliver("orders", PaymentRequested(**request), module="payments") == ["m0"]
    assert read(placed["order_id"])["payment_status"] == "PENDING"

    later = clock.rfc3339(clock.now() + timedelta(seconds=3))
    assert OPS.put("/v1/testing/clock", {"now": later}).status == 200

    assert bus.deliver("orders", PaymentRequested(**request), module="payments") == []
    assert read(placed["order_id"])["payment_status"] == "AUTHORISED"


def test_a_request_that_comes_twice_asks_the_provider_once(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = place()
    asked: list[str] = []
    real = Sandbox.authorise

    def counted(self: Sandbox, *, key: str, token: str, amount: int, currency: str) -> Outcome:
        asked.append(key)
        return real(self, key=key, token=token, amount=amount, currency=currency)

    monkeypatch.setattr(Sandbox, "authorise", counted)
    (request,) = of(bus.published("orders"), "PaymentRequested")

    for _ in range(3):
        assert bus.deliver("orders", PaymentRequested(**request), module="payments") == []

    assert asked == [request["operation_id"]]
    assert _outcomes(settled(bus)) == [("authorise", "DONE", 2799)]
    assert read(placed["order_id"])["version"] == 2


@pytest.mark.parametrize(
    ("pays", "code"),
    [("declined", "card_declined"), ("insufficient", "insufficient_funds"), ("nonsense", "invalid_token")],
)
def test_a_declined_payment_holds_the_order_back(bus: Bus, pays: str, code: str) -> None:
    placed = place(order(pays=pays))

    events = settled(bus)

    assert _outcomes(events) == [("authorise", "DECLINED", 2799)]
    assert of(events, "OrderReleased") == []
    now = read(placed["order_id"])
    assert [(hold["type"], hold["blocks"]) for hold in now["holds"]] == [("PAYMENT", ["ROUTE"])]
    assert now["payment_status"] == "DECLINED"
    assert money(placed["order_id"])["authorisations"][0]["code"] == code


def test_another_payment_lifts_the_hold_and_releases_the_order(bus: Bus) -> None:
    order_id = place(order(pays="declined"))["order_id"]
    settled(bus)
    body = {"payment_id": "P-2", "provider": "sandbox", "token": "tok_ok", "amount": gbp(2799)}

    answer = WEB.post(f"/v1/orders/{order_id}/payments", body)

    assert (answer.status, answer.body["payment_status"]) == (201, "PENDING")
    assert [hold["type"] for hold in read(order_id)["holds"]] == ["PAYMENT"], "held until the money is sure"
    again = WEB.post(f"/v1/orders/{order_id}/payments", body)
    assert (again.status, again.body) == (200, answer.body)
    events = settled(bus)
    assert len(of(events, "OrderReleased")) == 1
    assert read(order_id)["holds"] == []


def test_an_order_without_a_payment_waits_for_one(bus: Bus) -> None:
    placed = place(order(pays=None))

    assert placed["payment_status"] == "NONE"
    assert [hold["blocks"] for hold in placed["holds"]] == [["ROUTE"]]
    assert of(settled(bus), "OrderReleased") == []


def test_an_order_worth_nothing_needs_no_payment(bus: Bus) -> None:
    free = order(pays=None)
    free["lines"][0]["unit_price"] = gbp(0)
    free["shipping"]["charge"] = gbp(0)

    placed = place(free)

    assert (placed["holds"], placed["payment_status"]) == ([], "NONE")
    assert len(of(settled(bus), "OrderReleased")) == 1


def test_what_a_marketplace_was_paid_is_captured_and_the_order_goes_on_at_once(bus: Bus) -> None:
    paid = {"provider": "external", "reference": "AMZ-1", "amount": gbp(2799)}

    placed = place(order(channel="market", payment=paid), by=Gateway(channel("market")))

    events = settled(bus)
    assert placed["payment_status"] == "CAPTURED"
    assert _outcomes(events) == [("capture", "DONE", 2799)]
    assert of(events, "OrderReleased")[0]["paid_by_channel"] is True
    assert money(placed["order_id"])["captured"] == 2799


def test_a_till_sale_is_captured_as_soon_as_it_is_authorised(bus: Bus) -> None:
    till = order("P-1", collected("1", 2, "carry_out"), shipping=None)
    till["payment"]["amount"] = gbp(9000)

    placed = place(till)

    events = settled(bus)
    assert _outcomes(events) == [("authorise", "DONE", 9000), ("capture", "DONE", 9000)]
    assert of(events, "OrderReleased") == [], "nothing has to be sourced"
    assert read(placed["order_id"])["payment_status"] == "CAPTURED"


def test_the_token_is_forgotten_once_the_provider_has_answered_and_shown_to_nobody(bus: Bus) -> None:
    placed = place()
    assert "tok_ok" not in str(money(placed["order_id"])) + str(placed)
    settled(bus)

    with running_as("orders"):
        stored = wiring.book().get(placed["order_id"])

    assert stored.payments[0].token is None


@pytest.mark.usefixtures("aws")
def test_payments_that_make_no_sense_are_refused() -> None:
    order_id = place(order(pays=None))["order_id"]
    path = f"/v1/orders/{order_id}/payments"
    good = {"payment_id": "P-1", "provider": "sandbox", "token": "tok_ok", "amount": gbp(2799)}

    refused(WEB.post(path, good | {"amount": gbp(2798)}), 422, "payment_amount_mismatch", "/amount")
    refused(WEB.post(path, good | {"amount": {"amount": 2799, "currency": "EUR"}}), 422, "currency_mismatch")
    refused(WEB.post(path, good | {"token": None}), 422, "invalid", "/token")
    refused(Gateway(channel("app")).post(path, good), 404, "not_found")
    assert WEB.post(path, good).status == 201
    refused(WEB.post(path, good | {"token": "tok_slow"}), 409, "payment_id_reused")
    refused(WEB.post(path, good | {"payment_id": "P-2"}), 409, "payment_in_progress")


def test_a_paid_order_takes_no_second_payment(bus: Bus) -> None:
    order_id = place()["order_id"]
    settled(bus)

    more = {"payment_id": "P-2", "provider": "sandbox", "token": "tok_ok", "amount": gbp(2799)}

    refused(WEB.post(f"/v1/orders/{order_id}/payments", more), 409, "nothing_to_pay")


@pytest.mark.usefixtures("aws")
def test_a_shopper_cannot_claim_to_have_paid_elsewhere() -> None:
    order_id = place(order(pays=None, customer={"customer_id": "C-1"}))["order_id"]
    claim = {"payment_id": "P-1", "provider": "external", "reference": "trust me", "amount": gbp(2799)}

    refused(Gateway(customer("C-1")).post(f"/v1/orders/{order_id}/payments", claim), 403, "provider_not_yours")
    assert OPS.post(f"/v1/orders/{order_id}/payments", claim).body["payment_status"] == "CAPTURED"


def test_money_that_lapsed_while_the_order_waited_is_set_aside_anew_before_it_is_released(bus: Bus) -> None:
    order_id = place()["order_id"]
    hold = {"hold_id": "H-1", "type": "FRAUD", "blocks": ["ROUTE"], "reason": "velocity"}
    assert WEB.post(f"/v1/orders/{order_id}/holds", hold).status == 201
    settled(bus)

    later = clock.rfc3339(clock.now() + timedelta(days=8))
    assert OPS.put("/v1/testing/clock", {"now": later}).status == 200
    assert WEB.delete(f"/v1/orders/{order_id}/holds/H-1").status == 200
    events = settled(bus)

    assert [(kind, outcome) for kind, outcome, _ in _outcomes(events)] == [("reauthorise", "DONE")]
    assert len(of(events, "OrderReleased")) == 1
    assert money(order_id)["authorised"] == 2799


def test_money_that_is_not_given_a_second_time_holds_the_order_and_calls_a_person(bus: Bus) -> None:
    order_id = place(order(pays="once"))["order_id"]
    settled(bus)
    later = clock.rfc3339(clock.now() + timedelta(days=8))
    assert OPS.put("/v1/testing/clock", {"now": later}).status == 200
    bus.deliver("orders", routed(order_id, opened(order_id, l1=2)))

    events = settled(bus)

    assert _outcomes(events) == [("reauthorise", "DECLINED", 2799)]
    assert [hold["type"] for hold in read(order_id)["holds"]] == ["PAYMENT"]
    assert [one["kind"] for one in OPS.get("/v1/exceptions").body["items"]] == ["PAYMENT_LOST"]


def test_an_order_is_paid_by_a_gift_card_and_a_card(bus: Bus) -> None:
    body = order(pays=None)
    tenders = [
        {"payment_id": "gift", "provider": "sandbox", "token": "tok_ok", "amount": gbp(1000)},
        {"payment_id": "card", "provider": "sandbox", "token": "tok_timeout_applied", "amount": gbp(1799)},
    ]
    order_id = place(body | {"payments": tenders})["order_id"]
    assert len(of(settled(bus), "OrderReleased")) == 1
    bus.deliver("orders", routed(order_id, opened(order_id, l1=2)))
    bus.deliver("orders", step("Shipped", order_id, "SHIPPED", 4, progress("1", shipped=2)))
    settled(bus)
    captures = money(order_id)["captures"]
    assert [(one["payment_id"], one["amount"]["amount"]) for one in captures] == [("gift", 1000), ("card", 1799)]

    refused(WEB.post("/v1/orders", order("W-2") | {"payments": tenders}), 422, "invalid", "/payments")
    twice = [tenders[0], tenders[1] | {"payment_id": "gift"}]
    refused(WEB.post("/v1/orders", order("W-3", pays=None) | {"payments": twice}), 422, "invalid")


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    with running() as server:
        yield server


def test_a_channel_pays_through_stripe_if_it_is_configured_so(
    bus: Bus, stripe: StripeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "provider_of", lambda channel_: "stripe" if channel_ == "web" else "sandbox")
    for module in ("functions.orders.api", "functions.orders.payments"):
        monkeypatch.setattr(f"{module}.provider_of", wiring.provider_of)
    adapter = Stripe(stripe.key, base_url=stripe.url)
    monkeypatch.setattr("functions.orders.payments.provider_named", lambda name: {"stripe": adapter}[name])
    payments.use_cases.cache_clear()
    try:
        body = order(pays=None)
        refused(WEB.post("/v1/orders", order("W-2")), 422, "provider_not_enabled", "/payment/provider")
        stripe.failing = ["", "silent"]
        card = {"provider": "stripe", "token": "pm_card_visa", "amount": gbp(2799)}
        order_id = place(body | {"payment": card})["order_id"]
        settled(bus)
        bus.deliver("orders", routed(order_id, opened(order_id, l1=2)))
        for version, count in ((4, 1), (5, 2)):
            left = progress("1", shipped=count, packed=2 - count)
            bus.deliver("orders", step("Shipped", order_id, "SHIPPED", version, left))
            settled(bus)

        taken = [one["amount_received"] for one in stripe.intents.values()]
        assert taken == [1599, 1200], "the card lets the rest go with the first capture: it was set aside anew"
        assert (money(order_id)["captured"], money(order_id)["authorised"]) == (2799, 2799)
    finally:
        payments.use_cases.cache_clear()
