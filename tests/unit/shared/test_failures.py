"""One thing that is broken keeps nobody behind it from being looked at, and is not swept under the carpet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.orders.reconciler import Reconciler
from shared.cause import Cause
from shared.clock import now
from shared.errors import Busy
from shared.failures import Failures
from tests.support.local_aws import running_as


@pytest.fixture(autouse=True)
def inside_a_function() -> Iterator[None]:
    with running_as("orders"):
        yield


def test_the_others_are_done_and_what_went_wrong_is_raised_at_the_end() -> None:
    failures, done = Failures(), []
    for number in range(4):
        with failures.of(f"O-{number}"):
            if number == 1:
                raise KeyError("broken")
            if number == 2:
                raise Busy("a rival has it")
            done.append(number)
    assert (done, failures.busy) == ([0, 3], True)
    with pytest.raises(ExceptionGroup) as raised:
        failures.end()
    assert [type(one) for one in raised.value.exceptions] == [KeyError], "who is busy is looked at again"


def test_without_failures_nothing_is_raised() -> None:
    failures = Failures()
    with failures.of("O-1"):
        pass
    failures.end()
    assert not failures.busy


def test_an_order_that_cannot_be_looked_at_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    class Book:
        def to_look_at(self, **_: object) -> list[str]:
            return ["O-1", "O-2", "O-3"]

    looked = []

    def look(_self: Reconciler, order_id: str, _cause: Cause) -> None:
        looked.append(order_id)
        if order_id == "O-2":
            raise AssertionError("nobody thought of this")

    monkeypatch.setattr(Reconciler, "_look", look)
    reconciler = Reconciler(Book(), None, now)  # type: ignore[arg-type]  # nothing else of them is used
    with pytest.raises(ExceptionGroup):
        reconciler.run(Cause("run", "reconcile", "service:orders", now(), "run"))
    assert looked == ["O-1", "O-2", "O-3"]
