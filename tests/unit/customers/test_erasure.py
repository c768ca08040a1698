"""The job of an erasure: complete when every service has spoken, whatever the order in which they do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import permutations

import pytest

from functions.customers.domain import erasure as jobs
from functions.customers.domain.erasure import Erasure, ErasureStatus

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
JOB = Erasure("E-1", ("C-1",), AT, subjects=("digest",))
SAID: dict[str, Callable[[Erasure], Erasure]] = {
    "customers": lambda job: jobs.receipt_given(job, "customers", 7, at=AT),
    "inventory": lambda job: jobs.receipt_given(job, "inventory", 0, at=AT),
    "found": lambda job: jobs.orders_found(job, ["O-1", "O-2"]),
    "first": lambda job: jobs.order_erased(job, "O-1", at=AT),
    "second": lambda job: jobs.order_erased(job, "O-2", at=AT),
    "work": lambda job: jobs.work_erased(jobs.work_erased(job, "O-1", 2, at=AT), "O-2", 3, at=AT),
}


@pytest.mark.parametrize("order", list(permutations(SAID))[::7])
def test_it_is_done_when_the_last_word_is_said_and_not_before(order: tuple[str, ...]) -> None:
    job = JOB
    assert job.status is ErasureStatus.PENDING
    for name in order:
        assert not job.done
        job = SAID[name](SAID[name](job))
        assert job.status is ErasureStatus.RUNNING
    assert job.done
    ended = jobs.completed(job, at=AT)
    assert (ended.status, ended.subjects) == (ErasureStatus.COMPLETED, ())
    records = {one.service: one.records for one in ended.receipts}
    assert records == {"customers": 7, "inventory": 0, "orders": 2, "fulfilment": 5, "platform": 0}


def test_somebody_without_orders_is_done_too() -> None:
    job = jobs.orders_found(SAID["inventory"](SAID["customers"](JOB)), [])
    assert job.done


def test_it_names_the_orders_that_it_waits_for() -> None:
    assert SAID["first"](SAID["found"](JOB)).waiting == ("O-2",)
