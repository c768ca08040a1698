"""What a change of the order means for its demand: more units once, and cancels that are of use only as a whole."""

from __future__ import annotations

from dataclasses import replace

from functions.fulfilment.domain.cancelling import decide
from functions.fulfilment.domain.demand import CancelRequest, Demand, Line
from functions.fulfilment.domain.settling import with_more


def demand(*lines: Line) -> Demand:
    return Demand("O-1", lines=lines)


def test_units_are_added_to_known_and_new_lines_once_per_change() -> None:
    before = demand(Line("1", "MUG", 2, "ship", None))
    more = (Line("1", "MUG", 1, "ship", None), Line("2", "VASE", 4, "ship", None))

    after = with_more(before, "C-1", more)

    assert [(line.line_id, line.quantity) for line in after.lines] == [("1", 3), ("2", 4)]
    assert with_more(after, "C-1", more) is after


def test_a_cancel_of_all_or_none_stops_nothing_when_a_part_has_gone_too_far() -> None:
    before = demand(replace(Line("1", "MUG", 2, "ship", None), placed=1))
    request = CancelRequest("X-1", (("1", 2),), all_or_none=True)

    decision = decide(before, request, (), limit=10)

    (said,) = decision.demand.cancellations
    assert (said.cancelled, said.refused, said.withdrawn) == ((), (("1", 2),), ())
    assert (decision.demand.lines, decision.stopped) == (before.lines, ())


def test_a_cancel_of_all_or_none_stops_everything_when_nothing_has() -> None:
    request = CancelRequest("X-1", (("1", 2),), all_or_none=True)

    decision = decide(demand(Line("1", "MUG", 2, "ship", None)), request, (), limit=10)

    assert decision.demand.cancellations[0].cancelled == (("1", 2),)
