"""The Stripe adapter over HTTP, against an endpoint that speaks Stripe's wire format."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import stripe

from functions.orders.providers.asking import definite
from functions.orders.providers.port import EXPIRED, Authorisation, Declined, Done, Outcome, Unknown
from functions.orders.providers.stripe_adapter import Stripe
from tests.support.stripe_server import StripeServer, running


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with running() as state:
        yield state


@pytest.fixture
def provider(server: StripeServer) -> Stripe:
    return Stripe(server.key, base_url=server.url)


def authorised(provider: Stripe, *, method: str = "pm_card_visa", key: str = "O-1.p1") -> Authorisation:
    said = provider.authorise(key=key, token=method, amount=1000, currency="GBP")
    assert isinstance(said, Done), said
    return Authorisation(key, said.reference)


def test_money_is_set_aside_for_manual_capture_until_stripes_own_date(server: StripeServer, provider: Stripe) -> None:
    said = provider.authorise(key="K", token="pm_card_visa", amount=1000, currency="GBP")
    assert isinstance(said, Done)
    assert (said.reference, said.expires_at) == ("pi_1", datetime.fromtimestamp(1_900_000_000, UTC))
    assert (server.intents["pi_1"]["amount"], server.intents["pi_1"]["currency"]) == (1000, "gbp")


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("pm_card_chargeDeclined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
        ("pm_card_authenticationRequired", "authentication_required"),
    ],
)
def test_a_no_is_a_no_with_its_reason(provider: Stripe, method: str, code: str) -> None:
    assert provider.authorise(key="K", token=method, amount=1000, currency="GBP") == Declined(code)


@pytest.mark.parametrize("how", ["lost", "silent", "error", "limited", "busy"])
def test_no_definite_answer_is_unknown_and_the_same_key_again_settles_it_once(
    server: StripeServer, provider: Stripe, how: str
) -> None:
    about = authorised(provider)
    server.failing = [how]

    def call() -> Outcome:
        return provider.capture(key="C", authorisation=about, amount=1000)

    assert call() == Unknown()
    assert definite(provider, call, key="C", pause=lambda _: None) == Done()
    assert server.intents["pi_1"]["amount_received"] == 1000


def test_an_authorisation_that_timed_out_is_made_once(server: StripeServer, provider: Stripe) -> None:
    server.failing = ["", "silent"]  # the customer is made, the intent's answer is lost
    assert provider.authorise(key="K", token="pm_card_visa", amount=1000, currency="GBP") == Unknown()
    assert provider.authorise(key="K", token="pm_card_visa", amount=1000, currency="GBP") == Done()
    assert list(server.intents) == ["pi_1"]


def test_a_card_that_allows_it_is_captured_in_parts(server: StripeServer, provider: Stripe) -> None:
    about = authorised(provider, method="pm_card_parts")
    assert provider.capture(key="C1", authorisation=about, amount=400) == Done()
    assert provider.capture(key="C2", authorisation=about, amount=600) == Done()
    assert server.intents["pi_1"]["amount_received"] == 1000


def test_a_card_that_does_not_is_set_aside_anew_for_the_rest(server: StripeServer, provider: Stripe) -> None:
    about = authorised(provider)
    assert provider.capture(key="C1", authorisation=about, amount=400) == Done()
    assert provider.capture(key="C2", authorisation=about, amount=600) == Declined(EXPIRED)
    said = provider.reauthorise(key="K2", authorisation=about, amount=600, currency="GBP")
    assert isinstance(said, Done)
    assert provider.capture(key="C3", authorisation=Authorisation("K2", said.reference), amount=600) == Done()
    assert [one["amount_received"] for one in server.intents.values()] == [400, 600]
    assert provider.capture(key="C1", authorisation=about, amount=400) == Done(), "a repeat is no second capture"


def test_a_card_that_is_not_good_a_second_time(provider: Stripe) -> None:
    about = authorised(provider, method="pm_card_once")
    said = provider.reauthorise(key="K2", authorisation=about, amount=600, currency="GBP")
    assert said == Declined("do_not_honor")


def test_voiding_and_refunding(server: StripeServer, provider: Stripe) -> None:
    first, second = authorised(provider, key="A"), authorised(provider, key="B")
    assert provider.void(key="V", authorisation=first) == Done()
    assert provider.void(key="V", authorisation=first) == Done()
    assert server.intents["pi_1"]["status"] == "canceled"
    assert provider.capture(key="C", authorisation=second, amount=800) == Done()
    assert provider.void(key="V2", authorisation=second) == Done(), "the rest was let go with the capture"
    assert provider.refund(key="R1", authorisation=second, amount=500) == Done()
    assert provider.refund(key="R1", authorisation=second, amount=500) == Done()
    assert provider.refund(key="R2", authorisation=second, amount=400) == Declined("charge_already_refunded")
    assert sum(one["amount"] for one in server.refunds) == 500


def test_a_key_for_something_else_or_a_wrong_secret_is_ours_to_mend(server: StripeServer, provider: Stripe) -> None:
    authorised(provider, key="K")
    with pytest.raises(stripe.StripeError):
        provider.authorise(key="K", token="pm_card_visa", amount=999, currency="GBP")
    with pytest.raises(stripe.AuthenticationError):
        Stripe("sk_wrong", base_url=server.url).authorise(key="X", token="pm_card_visa", amount=1, currency="GBP")


def test_nothing_that_is_sent_is_logged(provider: Stripe, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        authorised(provider)
    assert "pm_card_visa" not in caplog.text
    assert "sk_test" not in caplog.text
