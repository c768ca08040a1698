"""Something goes wrong at every call and delivery while shoppers are recognised and their carts hold stock.

In `check` a seeded slice of all faults, all crashes around joins and all planted bugs; everything in `deep`.
"""

from __future__ import annotations

from unittest.mock import patch

import pytest

from tests.faults.customers.planted import PLANTED
from tests.faults.customers.ways import WAYS, look
from tests.faults.proving import Planted, Proving
from tests.support import faulty_flow
from tests.support.faults import Insistent, Kind, faults
from tests.support.gateway import Answer

SLICES = 8
"""One fault in so many is tried in `check`."""

PROVING = Proving(WAYS, look)


@pytest.mark.parametrize("name", WAYS)
def test_whatever_goes_wrong_once_the_end_is_as_if_nothing_had(name: str) -> None:
    assert len(faults(PROVING.good(name).places)) > 40
    PROVING.some(name, one_in=SLICES)


@pytest.mark.deep
@pytest.mark.parametrize("name", WAYS)
def test_every_single_fault(name: str) -> None:
    PROVING.each(name)


@pytest.mark.parametrize("kind", [Kind.CRASH_BEFORE, Kind.CRASH_AFTER])
def test_a_join_is_made_also_when_its_caller_never_asks_again(kind: Kind) -> None:
    """Either nothing of the statement was kept, or it is kept and all three accounts are one."""
    name = "an account joins two"
    good, kept = PROVING.good(name).seen, 0
    crashes = [one for one in faults(PROVING.good(name).places) if one.kind is kind and "POST" in one.what]
    assert len(crashes) >= 3
    with patch.object(faulty_flow, "MAX_TRIES", 1), patch.object(Insistent, "post", _gives_up):
        for fault in crashes:
            seen = PROVING.run(name, fault).seen
            if any(query.startswith("channel=app") for query, _, _ in seen[0]):
                assert seen == good, fault
                kept += 1
            else:
                assert len(seen[1]) == 2, fault
    assert kept, "no crash came after the record was kept: proves nothing"


def _gives_up(self: Insistent, path: str, body: object = None, **options: object) -> object:
    try:
        return self.send("POST", path, body, **options)
    except AssertionError:
        return Answer(201, {}, {})


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    PROVING.catches(bug, monkeypatch)
