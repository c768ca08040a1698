"""Which places may ship: hard filters with their reasons, and what lateness and the steps of weight cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from functions.fulfilment.domain.calendar import Calendar
from functions.fulfilment.domain.choices import Choices, Chooser, Errand
from functions.fulfilment.domain.demand import Demand, Destination, Line
from functions.fulfilment.domain.network import Copies, Item, Place, Position, StockPage
from functions.fulfilment.domain.profiles import BUILT_IN, LATE_PER_DAY, WAIT_PER_DAY
from functions.fulfilment.domain.rate_card import RateBook, RateCard, Service, Step, Tariff, Zone
from functions.fulfilment.domain.replaying import made as made_again
from functions.fulfilment.domain.routing.plan import Reason, plan
from functions.fulfilment.domain.routing.problem import Want
from functions.fulfilment.domain.sourcing import planned_by, source
from functions.fulfilment.domain.states import SHIP
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
    made, found, _ = planned_by(errand("express", days=1), [want()], where, where.available)
    planned = made.plan
    assert [one.location_id for one in planned.assignments] == ["A"]
    assert found.legs["A"].arrives_on.isoformat() == "2026-11-25"
    assert {term.kind: term.amount for term in planned.terms}["lateness"] == WAIT_PER_DAY + LATE_PER_DAY


def test_a_day_of_lateness_costs_more_than_a_dearer_place_that_is_in_time() -> None:
    where = copies(place("LATE", cutoff="11:00"), replace(place("OK"), handling_per_parcel=LATE_PER_DAY))
    planned = planned_by(errand(days=2), [want()], where, where.available)[0].plan
    assert [one.location_id for one in planned.assignments] == ["OK"]
    planned = planned_by(errand(), [want()], where, where.available)[0].plan
    assert [one.location_id for one in planned.assignments] == ["LATE"]


def test_a_profile_says_what_waiting_and_lateness_count_for() -> None:
    where = copies(place("LATE", cutoff="11:00"), replace(place("OK"), handling_per_parcel=LATE_PER_DAY))
    hurried = replace(BUILT_IN, terms=replace(BUILT_IN.terms, wait_per_day=LATE_PER_DAY + 1))
    patient = replace(BUILT_IN, terms=replace(BUILT_IN.terms, wait_per_day=0, late_per_day=0))
    for profile, days, best in ((hurried, None, "OK"), (patient, 2, "LATE"), (patient, None, "LATE")):
        made, _, seen = planned_by(errand(days=days), [want()], where, where.available, profile=profile)
        assert [one.location_id for one in made.plan.assignments] == [best]
        again = {name: made_again(seen, one).plan.total for name, one in (("hurried", hurried), ("patient", patient))}
        assert again["hurried"] > again["patient"], "another profile reckons what was seen by its own terms"


def test_a_split_order_is_told_what_each_parcel_costs_by_the_steps_of_the_card() -> None:
    where = copies(place("A"), place("B"), units=2)
    demand = Demand("O-1", lines=(Line("1", "MUG", 4, SHIP),), destination=Destination("GB", LEEDS))
    found = source(demand, where, at=MONDAY)
    amount = STANDARD.tariffs[0].amount(800)
    assert [(one.location_id, one.weight_grams, one.amount) for one in found.postage] == [
        ("A", 800, amount),
        ("B", 800, amount),
    ]


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
