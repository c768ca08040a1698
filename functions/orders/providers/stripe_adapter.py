"""Stripe behind the port: PaymentIntents with manual capture, through Stripe's own library.

No card data passes here: `token` is the id of a payment method that the channel's page got from Stripe itself. The
payment method is kept at Stripe with a customer without a name, so that lapsed money can be set aside anew. What was
asked under an idempotency key is answered the same again by Stripe, so asking again is how an outcome is looked up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import stripe

from functions.orders.providers.port import EXPIRED, Authorisation, Declined, Done, NeverHeardOf, Outcome, Unknown

LAPSES = timedelta(days=7)
"""Where the charge does not say (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method)."""
_IN_PARTS = "+parts"
"""Marks the reference of an intent that may be captured more than once; else the first capture lets the rest go."""
_GONE = frozenset({"payment_intent_unexpected_state", "charge_expired_for_capture"})
_BUSY = 409
_OVER = frozenset({"canceled", "succeeded"})

logging.getLogger("stripe").setLevel(logging.WARNING)  # at DEBUG it would log what is sent


class Stripe:
    """Implements `PaymentProvider`. `base_url` is another endpoint that speaks Stripe's protocol, for tests."""

    def __init__(self, api_key: str, *, base_url: str | None = None) -> None:
        addresses: Any = {"api": base_url} if base_url else {}
        client = stripe.StripeClient(api_key, base_addresses=addresses, max_network_retries=0)
        self._v1: Any = client.v1  # requests are built as mappings: Stripe documents them as such

    def authorise(self, *, key: str, token: str, amount: int, currency: str) -> Outcome:
        def ask() -> Outcome:
            options = {"idempotency_key": f"{key}.customer"}
            customer = self._v1.customers.create({"metadata": {"operation": key}}, options)
            return self._set_aside(key, customer.id, token, amount, currency, {"setup_future_usage": "off_session"})

        return _said(ask)

    def reauthorise(self, *, key: str, authorisation: Authorisation, amount: int, currency: str) -> Outcome:
        def ask() -> Outcome:
            before = self._v1.payment_intents.retrieve(_intent(authorisation))
            return self._set_aside(key, before.customer, before.payment_method, amount, currency, {"off_session": True})

        return _said(ask)

    def capture(self, *, key: str, authorisation: Authorisation, amount: int) -> Outcome:
        in_parts = {"final_capture": False} if authorisation.reference.endswith(_IN_PARTS) else {}

        def ask() -> Outcome:
            wanted = {"amount_to_capture": amount, **in_parts}
            self._v1.payment_intents.capture(_intent(authorisation), wanted, {"idempotency_key": key})
            return Done()

        return _said(ask, gone=lambda: Declined(EXPIRED))

    def void(self, *, key: str, authorisation: Authorisation) -> Outcome:
        def ask() -> Outcome:
            self._v1.payment_intents.cancel(_intent(authorisation), {}, {"idempotency_key": key})
            return Done()

        def gone() -> Outcome:
            """Nothing is left to give back, or what is left lapses by itself."""
            intent = self._v1.payment_intents.retrieve(_intent(authorisation))
            over = intent.status in _OVER or intent.amount_received > 0
            return Done() if over else Declined("payment_intent_unexpected_state")

        return _said(ask, gone=gone)

    def refund(self, *, key: str, authorisation: Authorisation, amount: int) -> Outcome:
        def ask() -> Outcome:
            wanted = {"payment_intent": _intent(authorisation), "amount": amount}
            given = self._v1.refunds.create(wanted, {"idempotency_key": key})
            return Declined("refund_failed") if given.status in ("failed", "canceled") else Done()

        return _said(ask)

    def look_up(self, *, key: str) -> Outcome | NeverHeardOf:  # noqa: ARG002 - the same call again is the question
        return NeverHeardOf()

    def _set_aside(
        self, key: str, customer: str, method: str, amount: int, currency: str, more: Mapping[str, Any]
    ) -> Outcome:
        wanted = {
            "amount": amount,
            "currency": currency.lower(),
            "customer": customer,
            "payment_method": method,
            "payment_method_types": ["card"],
            "payment_method_options": {"card": {"request_multicapture": "if_available"}},
            "capture_method": "manual",
            "confirm": True,
            "error_on_requires_action": True,
            "expand": ["latest_charge"],
            "metadata": {"operation": key},
            **more,
        }
        intent = self._v1.payment_intents.create(wanted, {"idempotency_key": key})
        if intent.status == "processing":  # the remembered answer would stay so: ask for the intent itself
            intent = self._v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
        if intent.status == "requires_capture":
            return _given(intent)
        return Unknown() if intent.status == "processing" else Declined(intent.status)


def _given(intent: Any) -> Done:
    charge = intent.to_dict().get("latest_charge")
    card = charge.get("payment_method_details", {}).get("card", {}) if isinstance(charge, Mapping) else {}
    in_parts = card.get("multicapture", {}).get("status") == "available"
    until = card.get("capture_before") or int((datetime.fromtimestamp(intent.created, UTC) + LAPSES).timestamp())
    reference = intent.id + (_IN_PARTS if in_parts else "")
    return Done(reference=reference, expires_at=datetime.fromtimestamp(until, UTC))


def _intent(authorisation: Authorisation) -> str:
    return authorisation.reference.removesuffix(_IN_PARTS)


def _said(ask: Callable[[], Outcome], *, gone: Callable[[], Outcome] | None = None) -> Outcome:
    """What Stripe's answer means. Raises for what no repeat can cure: a wrong key or request is ours to mend."""
    try:
        return ask()
    except stripe.CardError as error:
        return Declined(error.error.decline_code or error.code or "card_declined" if error.error else "card_declined")
    except stripe.InvalidRequestError as error:
        if error.code in _GONE and gone is not None:
            return gone()
        if error.http_status == _BUSY:
            return Unknown()
        if error.code:
            return Declined(error.code)
        raise
    except (stripe.APIConnectionError, stripe.RateLimitError):
        return Unknown()
    except stripe.APIError as error:
        if error.http_status is not None and error.http_status < 500 and error.http_status != _BUSY:
            raise
        return Unknown()
