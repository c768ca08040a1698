"""A place that pauses hands on its open work, however much there is."""

from __future__ import annotations

from typing import Any

import pytest

from functions.fulfilment.service import pausing
from functions.fulfilment.service.pausing import PausingService
from tests.component.fulfilment.test_queue import Told, asked
from tests.component.fulfilment.world import World, line, place

ORDERS = [f"O-{number}" for number in range(5)]


@pytest.fixture(autouse=True)
def two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pausing, "MAX_MOVED", 2)


def busy_store(world: World) -> None:
    """Five orders are open at S1; S2 has everything, too."""
    world.stock("MUG", S1=5)
    for order_id in ORDERS:
        world.routed(order_id, line("1", "MUG", 1))
    world.stock("MUG", S2=9)
    world.talk()


def moved(told: Told) -> list[str]:
    """Which orders are asked for at the other place."""
    return sorted(order_id for order_id, plan in asked(told) if plan == [("S2", 1)])


def test_all_open_work_of_a_place_that_pauses_is_handed_on_in_a_round(world: World) -> None:
    busy_store(world)
    world.say(place("S1", version=2, paused=True))
    first = world.heard()
    assert len(moved(first)) == 2, "as many as one message looks at"
    own = [data for kind, data in first if kind == "QueueAdvanced.v1"]
    assert [one["subject"] for one in own] == ["PAUSED#S1"]
    world.advance(own[0])
    rest = world.talk()
    assert sorted(moved(first) + moved(rest)) == ORDERS
    world.advance(own[0])
    assert world.talk() == [], "a step that is told again finds that it is done"


def test_a_round_ends_when_the_place_opens_again(world: World) -> None:
    busy_store(world)
    world.say(place("S1", version=2, paused=True))
    first = world.heard()
    world.say(place("S1", version=3))
    (step,) = [data for kind, data in first if kind == "QueueAdvanced.v1"]
    world.advance(step)
    assert moved(world.talk()) == []


def test_a_place_that_begins_no_round_is_caught(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_round(*_given: Any) -> None:
        return

    monkeypatch.setattr(PausingService, "_begin", no_round)
    with pytest.raises(ValueError, match="not enough values"):
        test_a_round_ends_when_the_place_opens_again(world)
