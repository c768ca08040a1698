"""Asking a provider: unknown outcomes are looked up, never guessed."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from functions.orders.providers.asking import MAX_QUESTIONS, OutcomeUnknown, definite
from functions.orders.providers.port import Authorisation, Declined, Done, NeverHeardOf, Outcome, Unknown


@dataclass
class Scripted:
    """A provider that answers what it was told to; keeps what it was asked."""

    calls: list[Outcome]
    look_ups: list[Outcome | NeverHeardOf] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def authorise(self, *, key: str, token: str, amount: int, currency: str) -> Outcome:
        self.asked.append("authorise")
        return self.calls.pop(0)

    def reauthorise(self, *, key: str, authorisation: Authorisation, amount: int, currency: str) -> Outcome:
        return self.authorise(key=key, token="", amount=amount, currency=currency)

    def capture(self, *, key: str, authorisation: Authorisation, amount: int) -> Outcome:
        raise AssertionError("not asked for in these tests")

    def void(self, *, key: str, authorisation: Authorisation) -> Outcome:
        raise AssertionError("not asked for in these tests")

    def refund(self, *, key: str, authorisation: Authorisation, amount: int) -> Outcome:
        raise AssertionError("not asked for in these tests")

    def look_up(self, *, key: str) -> Outcome | NeverHeardOf:
        self.asked.append("look_up")
        return self.look_ups.pop(0)


def _ask(provider: Scripted) -> Done | Declined:
    return definite(
        provider,
        lambda: provider.authorise(key="K", token="tok_ok", amount=1, currency="GBP"),
        key="K",
        pause=lambda _seconds: None,
    )


def test_a_definite_word_is_taken_at_once() -> None:
    provider = Scripted([Declined("card_declined")])

    assert _ask(provider) == Declined("card_declined")
    assert provider.asked == ["authorise"]


def test_a_time_out_is_looked_up_before_anything_is_asked_again() -> None:
    provider = Scripted([Unknown()], [Unknown(), Done()])

    assert _ask(provider) == Done()
    assert provider.asked == ["authorise", "look_up", "look_up"]


def test_a_call_that_the_provider_never_heard_of_is_made_again() -> None:
    provider = Scripted([Unknown(), Done()], [NeverHeardOf()])

    assert _ask(provider) == Done()
    assert provider.asked == ["authorise", "look_up", "authorise"]


def test_a_provider_that_cannot_tell_leaves_the_operation_open() -> None:
    provider = Scripted([Unknown()], [Unknown()] * MAX_QUESTIONS)

    with pytest.raises(OutcomeUnknown):
        _ask(provider)
