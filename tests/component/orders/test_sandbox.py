"""The sandbox provider: a little processor with a book of its own, idempotent by key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from functions.orders.providers.port import Authorisation, Declined, Done, NeverHeardOf, Unknown
from functions.orders.providers.sandbox import Sandbox
from shared.aws import client
from shared.dynamo.table import Table

pytestmark = pytest.mark.usefixtures("aws")


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def _sandbox(clock: Clock | None = None) -> Sandbox:
    return Sandbox(Table(client("dynamodb"), "sandbox"), clock=clock or Clock())


def _authorised(amount: int = 1000) -> Sandbox:
    sandbox = _sandbox()
    assert sandbox.authorise(key="A", token="tok_ok", amount=amount, currency="GBP") == Done()
    return sandbox


def test_the_same_key_takes_the_money_once() -> None:
    sandbox = _authorised(1000)

    for _ in range(3):
        assert sandbox.capture(key="C1", authorisation=Authorisation("A"), amount=600) == Done()

    assert sandbox.capture(key="C2", authorisation=Authorisation("A"), amount=400) == Done()
    assert sandbox.capture(key="C3", authorisation=Authorisation("A"), amount=1) == Declined("exceeds_authorisation")


def test_nothing_is_captured_after_a_void_and_a_repeated_void_is_one() -> None:
    sandbox = _authorised(1000)

    for _ in range(2):
        assert sandbox.void(key="V", authorisation=Authorisation("A")) == Done()

    assert sandbox.capture(key="C", authorisation=Authorisation("A"), amount=1) == Declined("exceeds_authorisation")
    assert sandbox.void(key="V2", authorisation=Authorisation("A")) == Declined("no_such_authorisation")


def test_nothing_can_be_taken_or_given_back_without_an_authorisation() -> None:
    sandbox = _sandbox()
    sandbox.authorise(key="A", token="tok_declined", amount=1000, currency="GBP")

    assert sandbox.look_up(key="A") == Declined("card_declined")
    assert sandbox.capture(key="C", authorisation=Authorisation("A"), amount=1) == Declined("exceeds_authorisation")
    assert sandbox.void(key="V", authorisation=Authorisation("A")) == Declined("no_such_authorisation")


def test_a_time_out_that_was_applied_is_found_by_looking_up() -> None:
    sandbox = _sandbox()

    assert sandbox.authorise(key="A", token="tok_timeout_applied", amount=1, currency="GBP") == Unknown()
    assert sandbox.look_up(key="A") == Done()
    assert sandbox.authorise(key="A", token="tok_timeout_applied", amount=1, currency="GBP") == Done()


def test_a_time_out_that_was_lost_is_not_known_and_goes_through_the_second_time() -> None:
    sandbox = _sandbox()

    assert sandbox.authorise(key="A", token="tok_timeout_lost", amount=1, currency="GBP") == Unknown()
    assert sandbox.look_up(key="A") == NeverHeardOf()
    assert sandbox.authorise(key="A", token="tok_timeout_lost", amount=1, currency="GBP") == Done()


def test_a_slow_authorisation_is_decided_later() -> None:
    clock = Clock()
    sandbox = _sandbox(clock)

    assert sandbox.authorise(key="A", token="tok_slow", amount=1, currency="GBP") == Unknown()
    assert sandbox.look_up(key="A") == Unknown()
    clock.now += timedelta(seconds=3)
    assert sandbox.look_up(key="A") == Done()
