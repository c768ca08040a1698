"""Which places may ship: hard filters with their reasons, and what lateness and the steps of weight cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from functions.fulfilment.domain.calendar import Calendar
from functions.fulfilment.domain.choices import LATE_PER_DAY, WAIT_PER_DAY, Choices, Chooser, Errand
from functions.fulfilment.domain.demand import Destination
from functions.fulfilment.domain.network import Copies, Item, Place, Position, StockPage
from functions.fulfilment.domain.rate_card import RateBook, RateCard, Service, Step, Tariff, Zone
from functions.fulfilment.domain.routing.plan import Reason, plan
from functions.fulfilment.domain.routing.problem import Want
from functions.fulfilment.domain.sourcing import planned_for
from shared.geo import Geo

MONDAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEEDS, LONDON = Geo(53.8, -1.55), Geo(51.5, -0.12)
STEPS = (Step(1000, 320), Step(5000, 560))
STANDARD = Service("standard", (Tariff("near", STEPS, 40, 2),))
EXPRESS = Service("express", (Tariff("near", (Step(0, 900),), 0, 1),), guaranteed=True, max_weight_grams=2000)
CARD = RateCard("gb", 1, "GBP", (Zone("near", up_to_km=100),), (STANDARD, EXPRESS), MONDAY)


def place(name: str, *, geo: Geo | None = LEEDS, cutoff: str | None = None) -> Place:
    return Place(name, "store", "GB", 1, geo, ("ship",), cutoff=cutoff, calendar=Calendar("Europe/London"))


def copies(*places: Place, units: int = 9) -> Copies:
    page = StockPage("MUG", 1, MONDAY, {one.location_id: Position(units, 0, 0, 0, 0, 1) for one in places})
    return Copies(
        {one.location_id: one for one in places}, {"MUG": Item("MUG", 1, 400)}, {"MUG": page}, book=RateBook((CARD,))
    )


def errand(service: str = "standard", *, days: int | None = None, at: datetime = MONDAY) -> Errand:
    promised = None if days is None else MONDAY + timedelta(days=days)
    return Errand(Destination("GB", LEEDS), service, at, promised)


def want(quantity: int = 1, grams: int = 400) -> Want:
    return Want("1", "MUG", quantity, grams)


def chosen(where: Copies, what: Errand, *wants: Want) -> Choices:
    return Chooser(where, what, wants or (want(),)).choose(where.places.values(), where.available)


def reasons(found: Choices) -> dict[str, Reason]:
    return {one.location_id: one.reason for one in found.excluded}


def test_a_place_that_the_card_does_not_reach_is_too_far() -> None:
    assert reasons(chosen(copies(place("A"), place("B", geo=LONDON)), errand())) == {"B": Reason.TOO_FAR}


def test_what_is_too_heavy_for_the_service_does_not_travel_by_it() -> None:
    where = copies(place("A"))
    assert reasons(chosen(where, errand("express"), want(grams=2001))) == {"A": Reason.ATTRIBUTE}
    assert reasons(chosen(where, errand("express"), want(quantity=9, grams=2000))) == {}


def test_a_guaranteed_promise_leaves_out_who_would_break_it_and_says_whether_it_was_the_cut_off() -> None:
    where = copies(place("LATE", cutoff="11:00"), place("OK", cutoff="18:00"))
    assert reasons(chosen(where, errand("express", days=1))) == {"LATE": Reason.PAST_CUTOFF}
    assert reasons(chosen(where, errand("express", days=0))) == {
        "LATE": Reason.PROMISE_MISS,
        "OK": Reason.PROMISE_MISS,
    }


def test_late_is_better_than_never_where_no_place_keeps_the_promise() -> None:
    where = copies(place("A", cutoff="11:00"))
    planned, found = planned_for(errand("express", days=1), [want()], where, where.available)
    assert [one.location_id for one in planned.assignments] == ["A"]
    assert found.legs["A"].arrives_on.isoformat() == "2026-11-25"
    assert {term.kind: term.amount for term in planned.terms}["lateness"] == WAIT_PER_DAY + LATE_PER_DAY


def test_a_day_of_lateness_costs_more_than_a_dearer_place_that_is_in_time() -> None:
    where = copies(place("LATE", cutoff="11:00"), replace(place("OK"), handling_per_parcel=LATE_PER_DAY))
    planned, _ = planned_for(errand(days=2), [want()], where, where.available)
    assert [one.location_id for one in planned.assignments] == ["OK"]
    planned, _ = planned_for(errand(), [want()], where, where.available)
    assert [one.location_id for one in planned.assignments] == ["LATE"]


def test_an_order_that_travels_as_one_parcel_costs_what_the_card_says_to_the_cent() -> None:
    where = copies(place("A"))
    for quantity, grams in ((1, 400), (3, 333), (3, 334), (7, 701), (12, 999), (1, 0)):
        wants = [want(quantity, grams)]
        found = chosen(copies(place("A"), units=99), errand(), *wants)
        total = plan(wants, found.candidates).total
        assert total == STANDARD.tariffs[0].amount(quantity * grams), (quantity, grams)
    assert where.card(MONDAY) is CARD


def test_a_full_day_moves_the_parcel_to_the_next_and_full_days_leave_the_place_out() -> None:
    full = replace(place("A"), parcels_per_day=2)
    where = copies(full)
    days = [f"2026-11-{day}" for day in (23, 24, 25, 26, 27)]
    one_day = replace(where, taken={("A", days[0]): 2})
    assert chosen(one_day, errand()).legs["A"].departure.day == days[1]
    assert reasons(chosen(replace(where, taken={("A", day): 2 for day in days}), errand())) == {
        "A": Reason.CAPACITY_FULL
    }


def test_what_is_remembered_of_departures_ends_with_the_cut_off() -> None:
    where = copies(place("A", cutoff="13:00"))
    days = [
        chosen(where, errand(at=MONDAY + timedelta(minutes=minutes))).legs["A"].departure.day
        for minutes in (0, 59, 60, 0)
    ]
    assert days == ["2026-11-23", "2026-11-23", "2026-11-24", "2026-11-23"]
