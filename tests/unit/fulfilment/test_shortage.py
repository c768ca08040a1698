"""Which work gives units up when a place has fewer than are promised there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from functions.fulfilment.domain.shortage import GivenUp, give_up, lying
from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.work import FulfilmentOrder, WorkLine

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def work(number: int, *quantities: int, status: Status = Status.OPEN, **fields: str) -> FulfilmentOrder:
    lines = tuple(WorkLine(str(index), "MUG", quantity) for index, quantity in enumerate(quantities, 1))
    opened = NOON + timedelta(minutes=number)
    order = FulfilmentOrder(f"O{number}.1", f"O{number}", "S1", "ship", 1, opened, lines, status)
    return replace(order, **fields)  # type: ignore[arg-type]  # texts only


def given(orders: list[FulfilmentOrder], usable: int) -> list[GivenUp]:
    return give_up(orders, sku="MUG", location_id="S1", usable=usable)


def test_the_newest_untouched_work_gives_up_just_enough() -> None:
    orders = [work(1, 2), work(3, 1, 2), work(2, 2)]
    assert given(orders, 7) == []
    assert given(orders, 6) == [GivenUp("O3.1", {"1": 1})]
    assert given(orders, 3) == [GivenUp("O3.1", {"1": 1, "2": 2}), GivenUp("O2.1", {"1": 1})]
    assert sum(sum(one.lines.values()) for one in given(orders, -5)) == 7


def test_goods_in_hand_are_left_to_those_who_hold_them() -> None:
    orders = [work(1, 2, status=Status.PICKED), work(2, 2, status=Status.ACKNOWLEDGED), work(3, 2)]
    assert given(orders, 1) == [GivenUp("O3.1", {"1": 2})]


def test_what_lies_elsewhere_or_has_left_counts_for_nothing() -> None:
    assert lying(work(1, 2, location_id="S2"), "MUG", "S1") == 0
    assert lying(work(1, 2), "CUP", "S1") == 0
    assert lying(work(1, 2, status=Status.SHIPPED), "MUG", "S1") == 0
    assert lying(work(1, 2, status=Status.READY), "MUG", "S1") == 2
    assert lying(work(1, 2, status=Status.READY, destination_id="S2"), "MUG", "S1") == 0
    handed = replace(work(1, 2, status=Status.READY), lines=(WorkLine("1", "MUG", 2, handed=1),))
    assert lying(handed, "MUG", "S1") == 1


def test_giving_up_again_gives_up_nothing() -> None:
    orders = [work(1, 2), work(2, 2)]
    (first,) = given(orders, 3)
    lighter = [orders[0], replace(orders[1], lines=(WorkLine("1", "MUG", 2 - first.lines["1"]),))]
    assert given(lighter, 3) == []
