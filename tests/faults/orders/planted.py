"""Bugs that do no harm as long as nothing goes wrong: each must be found by some fault."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.fulfilment.domain import settling
from functions.inventory.service.allocation import AllocationService
from functions.orders import settlement
from functions.orders.domain import cancelling, following, returning
from functions.orders.providers.port import Authorisation, Declined, Done, Outcome, PaymentProvider
from shared import relay
from shared.aws import client
from shared.ids import new_id
from shared.relay import Relay
from tests.faults.proving import Planted
from tests.support.faults import Kind


def _ignores_refused_entries(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(relay, "_put", lambda entries: client("events").put_events(Entries=entries))


def _relay_swallows_errors(patch: pytest.MonkeyPatch) -> None:
    real = Relay.__call__

    def call(self: Relay, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        try:
            return real(self, event, context)
        except ClientError:
            return {"batchItemFailures": []}

    patch.setattr(Relay, "__call__", call)


def _guesses_that_silence_is_a_no(patch: pytest.MonkeyPatch) -> None:
    def definite(provider: PaymentProvider, call: Callable[[], Outcome], *, key: str, **_: Any) -> Done | Declined:
        said = call()
        return said if isinstance(said, Done | Declined) else Declined("time-out")

    patch.setattr(settlement, "definite", definite)


def _asks_under_a_new_key_each_time(patch: pytest.MonkeyPatch) -> None:
    real = settlement._call

    def call(provider: PaymentProvider, order: Any, payment: Any, operation: Any) -> Outcome:
        return real(provider, order, payment, replace(operation, operation_id=new_id()))

    patch.setattr(settlement, "_call", call)
    patch.setattr(settlement, "_authorisation", lambda order, _: Authorisation(order.operations[0].operation_id))


def _receives_a_repeat_again(patch: pytest.MonkeyPatch) -> None:
    real = returning.receive
    patch.setattr(returning, "receive", lambda *given, step, **more: real(*given, step=new_id(), **more))


def _cancels_once_more_when_asked_again(patch: pytest.MonkeyPatch) -> None:
    real = cancelling.request_cancel

    def request_cancel(order: Any, *, request_id: str, **more: Any) -> Any:
        if order.cancellation(request_id) is not None:
            request_id += ".again"
        return real(order, request_id=request_id, **more)

    patch.setattr(cancelling, "request_cancel", request_cancel)


def _believes_whatever_came_last(patch: pytest.MonkeyPatch) -> None:
    real, number = following.progress, itertools.count(1000)

    def progress(order: Any, fulfilment_order_id: str, told: Any, change: Any) -> Any:
        return real(order, fulfilment_order_id, replace(told, version=next(number)), change)

    patch.setattr(following, "progress", progress)


def _adds_the_units_of_a_change_again(patch: pytest.MonkeyPatch) -> None:
    real = settling.with_more
    patch.setattr(settling, "with_more", lambda demand, change_id, lines: real(demand, new_id(), lines))


def _takes_an_old_state_of_a_return_for_new(patch: pytest.MonkeyPatch) -> None:
    real, number = AllocationService._take_back, itertools.count(1000)

    def take_back(self: AllocationService, event: Any, told: Any, cause: Any) -> None:
        real(self, event, replace(told, version=next(number)), cause)

    patch.setattr(AllocationService, "_take_back", take_back)


PLANTED = (
    Planted("refused entries are ignored", "place", Kind.PARTLY_REFUSED, "orders.relay", _ignores_refused_entries),
    Planted("the relay swallows errors", "place", Kind.THROTTLED, "relay PutEvents", _relay_swallows_errors),
    Planted("silence is a no", "place", Kind.UNKNOWN_AFTER, "provider authorise", _guesses_that_silence_is_a_no),
    Planted("a new key per try", "place", Kind.CRASH_AFTER, "provider authorise", _asks_under_a_new_key_each_time),
    Planted("a new key per capture", "ship", Kind.CRASH_AFTER, "provider capture", _asks_under_a_new_key_each_time),
    Planted("a receipt counts twice", "return", Kind.CRASH_AFTER, "POST receive", _receives_a_repeat_again),
    Planted("a cancel counts twice", "cancel", Kind.CRASH_AFTER, "POST cancel", _cancels_once_more_when_asked_again),
    Planted("the last news wins", "ship", Kind.AGAIN_AT_THE_END, "orders.consumer", _believes_whatever_came_last),
    Planted("units added twice", "change", Kind.TWICE, "OrderLinesAdded", _adds_the_units_of_a_change_again),
    Planted(
        "old states of a return", "return", Kind.AGAIN_AT_THE_END, "ReturnReceived",
        _takes_an_old_state_of_a_return_for_new,
    ),
)  # fmt: skip
