"""A round through a queue: it ends, is followed by another where news came meanwhile, and is begun anew when lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from functions.fulfilment.domain.rounds import LOST_AFTER, Round, advanced, begun

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
LATER = AT + timedelta(seconds=1)


def first() -> Round:
    found = begun(Round("QUEUE"), "time", at=AT)
    assert found is not None
    return found


def test_a_round_goes_on_behind_whom_it_has_looked_at_and_ends() -> None:
    going = advanced(first(), "k", at=LATER)
    assert (going.after, going.over) == ("k", False)
    assert advanced(going, None, at=LATER).over


def test_news_during_a_round_has_one_other_follow_it_however_often_it_comes() -> None:
    going = advanced(first(), "k", at=LATER)
    noted = begun(going, "rates_changed", at=LATER)
    assert noted is not None
    assert (noted.after, noted.again) == ("k", True)
    assert begun(noted, "rates_changed", at=LATER) is None
    another = advanced(noted, None, at=LATER)
    assert (another.after, another.again, another.over) == ("", False, False)


def test_a_round_of_which_nothing_was_heard_is_begun_anew() -> None:
    going = advanced(first(), "k", at=AT)
    assert begun(going, "time", at=AT + LOST_AFTER - timedelta(seconds=1), after="a") == Round(
        "QUEUE", "time", "k", again=True, over=False, at=AT
    )
    again = begun(going, "time", at=AT + LOST_AFTER, after="a")
    assert again is not None
    assert (again.after, again.over) == ("a", False)
