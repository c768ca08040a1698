"""A simulation follows what a contender leaves on the shelves for later orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.fulfilment.domain import simulation as simulations
from functions.fulfilment.domain.demand import Share
from functions.fulfilment.domain.explanation import Decision
from functions.fulfilment.domain.profiles import BUILT_IN, Terms
from functions.fulfilment.domain.replaying import Seen, made
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.simulation import Contender, Simulation, replayed

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


def decisions(count: int, **shelves: int) -> list[Decision]:
    """Orders of one mug each as they were decided: A is cheaper, and what one takes the next does not see."""
    left, found = shelves or {"A": 2, "B": 2}, []
    for number in range(count):
        choices = tuple(
            Candidate(name, fixed_cost=cost, cost_per_kg=0, unit_cost=0, stock={"MUG": left[name]})
            for name, cost in (("A", 100), ("B", 200))
            if left[name]
        )
        seen = Seen((Want("1", "MUG", 1),), choices, {"A": "store", "B": "dc"})
        plan = made(seen, BUILT_IN).plan
        (given,) = plan.assignments
        left[given.location_id] -= 1
        share = Share("1", "MUG", given.location_id, 1)
        found.append(
            Decision(f"O-{number}", 1, AT + timedelta(minutes=number), "released", (share,), (), plan, seen=seen)
        )
    return found


def run(told: Sequence[Decision], *terms: Terms) -> Simulation:
    contenders = tuple(Contender(f"p{number}", 1, one) for number, one in enumerate(terms))
    after, _ = replayed(Simulation("s", AT, AT + timedelta(days=1), contenders), told)
    return after


def test_what_was_decided_so_leaves_what_was_left() -> None:
    (same,) = run(decisions(4), Terms()).contenders
    assert (same.different, same.ahead, same.figures.unfilled) == (0, {}, 0)


def test_a_contender_does_not_take_the_same_unit_twice() -> None:
    (dear,) = run(decisions(4), Terms(kinds=("dc",))).contenders
    assert dear.figures.units == 4
    assert dear.figures.unfilled == 2, "B had two units, however often it was seen with two"
    assert dear.ahead == {"MUG": {"A": -2}}


def test_what_a_contender_leaves_lying_is_there_for_later_orders() -> None:
    told = decisions(3, A=3, B=2)
    (contender,) = run(told, Terms(preferred=("B",), preference=150)).contenders
    assert contender.figures.unfilled == 0
    assert contender.ahead == {"MUG": {"A": -2, "B": 2}}
    assert told[2].seen is not None
    assert [one.stock for one in simulations.as_left(told[2].seen, contender.ahead).choices] == [{"MUG": 3}, {}]


def test_more_than_is_followed_is_said_to_be_approximate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulations, "MAX_FOLLOWED", 1)
    after = run(decisions(2), Terms(kinds=("dc",)))
    assert (after.approximate, after.contenders[0].ahead) == (2, {})


def _priced(seen: Seen) -> Seen:
    return replace(seen, choices=tuple(replace(one, unit_price={"MUG": 5}) for one in seen.choices))


def test_a_price_of_stock_that_would_have_been_another_is_said_to_be_approximate() -> None:
    told = decisions(3, A=9, B=9)
    priced = [
        replace(
            one, seen=replace(one.seen, choices=tuple(replace(it, unit_price={"MUG": 5}) for it in one.seen.choices))
        )
        for one in told
        if one.seen
    ]
    other = Terms(kinds=("dc",))
    assert (run(told, other).approximate, run(told, Terms()).approximate) == (0, 0)
    assert run(priced, other).approximate == 2, "the first one saw what was there"
    assert run(priced, Terms()).approximate == 0


def test_what_would_lie_at_a_place_that_was_no_choice_is_said_to_be_approximate() -> None:
    after = run(decisions(3, A=1, B=9), Terms(kinds=("dc",)))
    assert after.approximate == 2, "nothing was seen of A any more, where the unit would still lie"
