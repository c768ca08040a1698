"""Who waits is woken by news that may help, in the order of placement, however many wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.fulfilment import facts
from functions.fulfilment.domain import settling
from functions.fulfilment.domain.demand import Demand
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.service import waking
from functions.fulfilment.service.sourcing import SourcingService
from shared.clock import rfc3339
from shared.events.inventory import ExclusionChanged, PoolChanged
from tests.component.fulfilment.test_profiles import activate, put
from tests.component.fulfilment.test_rate_cards import card
from tests.component.fulfilment.test_rate_cards import put as put_card
from tests.component.fulfilment.test_worklists import pass_time
from tests.component.fulfilment.test_worklists import real_time_afterwards as real_time_afterwards
from tests.component.fulfilment.world import World, item, line, place, released

Told = list[tuple[str, dict[str, Any]]]


def asked(told: Told) -> list[tuple[str, list[tuple[str, int]]]]:
    """Who asks for which units of which places."""
    return [
        (data["order_id"], [(one["location_id"], one["quantity"]) for one in data["allocations"]])
        for kind, data in told
        if kind == "AllocationRequested.v1"
    ]


def waits(world: World, order_id: str, quantity: int, *, hour: int = 10) -> None:
    """An order that inventory has confirmed there is nothing for."""
    order = released(order_id, line("1", "MUG", quantity), placed_at=f"2026-11-21T{hour:02d}:00:00.000Z")
    world.say(order)
    world.grant(world.asked())
    world.talk()


def queueing(world: World, **body: Any) -> None:
    put(world, "rest", unroutable="queue", **body)
    activate(world, "rest")
    world.talk()


def test_an_order_that_has_waited_before_is_found_again_when_it_waits_once_more(world: World) -> None:
    world.say(item("MUG", version=2, backorderable=True))
    waits(world, "O-1", 1)
    world.stock("MUG", S1=1)
    world.grant(world.asked())
    (opened,) = world.told("OrderRouted.v1")["fulfilment_orders"]
    world.stock("MUG", S1=3)  # nobody waits: whoever did is forgotten
    world.stock("MUG", S1=0)
    world.step(opened["fulfilment_order_id"], "reject", {"reason": "NOT_FOUND"})
    world.refuse(world.asked(), world.position("MUG", "S1", 0))
    world.heard()
    world.stock("MUG", S2=1)
    assert asked(world.heard()) == [("O-1", [("S2", 1)])]


def test_units_that_are_given_up_later_are_told_with_those_that_had_no_place_before(world: World) -> None:
    world.stock("MUG", S1=1)
    routed = world.routed("O-1", line("1", "MUG", 3))
    assert routed["unfilled"] == [{"line_id": "1", "quantity": 2, "outcome": "OUT_OF_STOCK"}]
    world.step(routed["fulfilment_orders"][0]["fulfilment_order_id"], "reject", {"reason": "DAMAGED"})
    world.refuse(world.asked(), world.position("MUG", "S1", 0))
    assert world.told("OrderRouted.v1")["unfilled"] == [{"line_id": "1", "quantity": 3, "outcome": "OUT_OF_STOCK"}]


def test_a_wider_pool_serves_who_waits(world: World) -> None:
    queueing(world)
    world.say(PoolChanged(channel="web", location_ids=("DC",), threshold=0, version=1))
    world.talk()
    world.stock("MUG", S1=5)
    waits(world, "O-1", 1)
    world.say(PoolChanged(channel="web", location_ids=None, threshold=0, version=2))
    assert asked(world.talk()) == [("O-1", [("S1", 1)])]


def test_an_exclusion_that_ends_serves_who_waits(world: World) -> None:
    queueing(world)
    world.say(ExclusionChanged(exclusion_id="E-1", sku="MUG", version=1))
    world.talk()
    world.stock("MUG", S1=5)
    waits(world, "O-1", 1)
    world.say(ExclusionChanged(exclusion_id="E-1", sku="MUG", gone=True, version=2))
    assert asked(world.talk()) == [("O-1", [("S1", 1)])]


def test_an_exclusion_that_ends_by_its_date_serves_who_waits(world: World) -> None:
    queueing(world)
    until = rfc3339(datetime.now(UTC) + timedelta(hours=1))
    world.say(ExclusionChanged(exclusion_id="E-1", sku="MUG", expires_at=until, version=1))
    world.talk()
    world.stock("MUG", S1=5)
    waits(world, "O-1", 1)
    pass_time(minutes=50)
    assert asked(world.talk()) == []
    pass_time(minutes=20)
    assert asked(world.talk()) == [("O-1", [("S1", 1)])]
    assert asked(world.talk()) == []


def test_another_profile_serves_who_waits_and_a_draft_wakes_nobody(world: World) -> None:
    queueing(world, excluded_location_ids=["S1"])
    world.stock("MUG", S1=5)
    waits(world, "O-1", 1)
    put(world, "rest", unroutable="queue", excluded_location_ids=["S2"])
    assert world.talk() == []
    activate(world, "rest")
    assert asked(world.talk()) == [("O-1", [("S1", 1)])]


def near_only() -> dict[str, Any]:
    """A card that has no rate for parcels that go far."""
    standard = card()["services"][0]
    return card(services=[standard | {"rates": [rate for rate in standard["rates"] if rate["zone"] == "near"]}])


def test_a_rate_card_with_another_zone_serves_who_waits(world: World) -> None:
    queueing(world)
    put_card(world, near_only())
    world.talk()
    world.stock("MUG", DC=5)  # London, for an order to Leeds
    waits(world, "O-1", 1)
    put_card(world, near_only() | {"holidays": {}})
    assert asked(world.talk()) == [], "looked at again, and still too far"
    put_card(world, card())
    assert asked(world.talk()) == [("O-1", [("DC", 1)])]


def test_a_rate_card_that_comes_into_force_by_its_date_serves_who_waits(world: World) -> None:
    queueing(world)
    put_card(world, near_only())
    put_card(world, card(effective_from=rfc3339(datetime.now(UTC) + timedelta(hours=1))))
    world.talk()
    world.stock("MUG", DC=5)
    waits(world, "O-1", 1)
    pass_time(minutes=50)
    assert asked(world.talk()) == []
    pass_time(minutes=20)
    assert asked(world.talk()) == [("O-1", [("DC", 1)])]
    assert asked(world.talk()) == []


def test_a_place_that_opens_again_serves_who_waits_because_of_a_limit(world: World) -> None:
    queueing(world, max_parcels=1, ship_complete=True)
    world.say(place("DC", version=2, paused=True))
    world.stock("MUG", S1=1, S2=1, DC=2)
    world.say(released("O-1", line("1", "MUG", 2)))
    assert asked(world.talk()) == [], "no parcel of two is to be had, and inventory need not be asked"
    world.say(place("DC", version=3))
    assert asked(world.talk()) == [("O-1", [("DC", 2)])]


def test_news_that_changes_nothing_for_who_waits_is_looked_at_once(world: World) -> None:
    queueing(world)
    waits(world, "O-1", 1)
    world.say(PoolChanged(channel="app", location_ids=(), threshold=0, version=1))
    assert asked(world.talk()) == []
    decisions = world.api.get("/v1/orders/O-1/routing").body["decisions"]
    assert len(decisions) == 1


def test_however_many_wait_in_vain_the_last_one_is_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "MAX_WOKEN", 2)
    queueing(world, ship_complete=True)
    for number in range(1, 6):
        waits(world, f"O-{number}", 1 if number == 5 else 9, hour=number)
    world.stock("MUG", S1=1)
    assert asked(world.talk()) == [("O-5", [("S1", 1)])]


def test_nobody_is_looked_at_for_whom_nothing_is_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    queueing(world)
    for number in range(1, 6):
        waits(world, f"O-{number}", 1, hour=number)
    looked, real = [], SourcingService.reconsider

    def reconsider(self: SourcingService, order_id: str, *rest: Any, **more: Any) -> Any:
        looked.append(order_id)
        return real(self, order_id, *rest, **more)

    monkeypatch.setattr(SourcingService, "reconsider", reconsider)
    world.stock("MUG", S1=2)
    assert asked(world.talk()) == [("O-1", [("S1", 1)]), ("O-2", [("S1", 1)])]
    assert looked == ["O-1", "O-2"]


def test_what_an_older_order_asks_for_is_not_given_to_a_younger_one(world: World) -> None:
    queueing(world)
    waits(world, "O-2", 2, hour=12)
    waits(world, "O-1", 2, hour=9)
    world.stock("MUG", S1=3)
    told = world.talk()
    assert asked(told) == [("O-1", [("S1", 2)]), ("O-2", [("S1", 1)])]
    first, second = (data for kind, data in told if kind == "AllocationRequested.v1")
    world.refuse(first, world.position("MUG", "S1", 0))
    assert asked(world.heard()) == [], "the truth is known"
    world.refuse(second, world.position("MUG", "S1", 0))
    world.heard()
    world.stock("MUG", S1=2)
    assert asked(world.talk()) == [("O-1", [("S1", 2)])]
    world.stock("MUG", S2=1)  # the older one is still being decided
    assert asked(world.talk()) == [("O-2", [("S2", 1)])]


def test_who_stood_back_for_an_older_order_is_served_when_that_one_takes_less(world: World) -> None:
    queueing(world)
    waits(world, "O-1", 2, hour=9)
    waits(world, "O-2", 2, hour=12)
    world.stock("MUG", S1=2)
    told = world.talk()
    assert asked(told) == [("O-1", [("S1", 2)])]
    world.cancel("O-1", "X-1", l1=2)
    world.heard()
    world.grant(next(data for kind, data in told if kind == "AllocationRequested.v1"))
    assert asked(world.talk()) == [("O-2", [("S1", 2)])]


# --------------------------------------------------------------------------- planted bugs


def _believes_notes_that_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Demand, "in_queue", property(lambda self: bool(self.waits)))


def _begins_no_round(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(waking.WakingService, "_begin", lambda *_given: None)


def _does_not_tell_of_rates(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(facts, "TERMS", facts.TERMS - {"rates"})


def _overlooks_cards_to_come(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(CopyRepository, "turning_points", lambda _: ())


def _nobody_stands_back(patch: pytest.MonkeyPatch) -> None:
    real = SourcingService.reconsider

    def reconsider(self: SourcingService, order_id: str, cause: Any, *, trigger: str, promised: Any = None) -> Any:
        return real(self, order_id, cause, trigger=trigger)

    patch.setattr(SourcingService, "reconsider", reconsider)


def _forgets_who_stood_back(patch: pytest.MonkeyPatch) -> None:
    real = SourcingService.stock_allocated

    def stock_allocated(self: SourcingService, event: Any, cause: Any) -> set[str]:
        real(self, event, cause)
        return set()

    patch.setattr(SourcingService, "stock_allocated", stock_allocated)


def _tells_only_the_newest_plan(patch: pytest.MonkeyPatch) -> None:
    real = settling.settled

    def settled(demand: Demand, plan: Any) -> Demand:
        after = real(demand, plan)
        return replace(after, routed=replace(after.routed, unfilled=plan.missing)) if after.routed else after

    patch.setattr(settling, "settled", settled)


PLANTED = (
    (_believes_notes_that_are_forgotten, test_an_order_that_has_waited_before_is_found_again_when_it_waits_once_more),
    (_begins_no_round, test_a_wider_pool_serves_who_waits),
    (_does_not_tell_of_rates, test_a_rate_card_with_another_zone_serves_who_waits),
    (_overlooks_cards_to_come, test_a_rate_card_that_comes_into_force_by_its_date_serves_who_waits),
    (_nobody_stands_back, test_what_an_older_order_asks_for_is_not_given_to_a_younger_one),
    (_forgets_who_stood_back, test_who_stood_back_for_an_older_order_is_served_when_that_one_takes_less),
    (_tells_only_the_newest_plan, test_units_that_are_given_up_later_are_told_with_those_that_had_no_place_before),
)


@pytest.mark.parametrize(("plant", "proof"), PLANTED, ids=[plant.__name__[1:] for plant, _ in PLANTED])
def test_a_planted_bug_is_caught(
    world: World, monkeypatch: pytest.MonkeyPatch, plant: Callable[[Any], None], proof: Callable[[World], None]
) -> None:
    plant(monkeypatch)
    with pytest.raises((AssertionError, ValueError)):
        proof(world)
