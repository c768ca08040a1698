"""The demo's morning on the deployed stack; every scene checks its own end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from infra.local.demo import play
from infra.local.demo.summary import CHANNELS, outcome, show
from infra.local.stack import LocalStack

pytestmark = pytest.mark.e2e


@pytest.fixture
def empty_stack(tmp_path: Path) -> Iterator[LocalStack]:
    """A stack of its own: the play counts stock, so nobody else may sell from it."""
    with LocalStack.start(tmp_path / "stack", attended=True) as running:
        yield running


def test_the_morning_ends_as_told(empty_stack: LocalStack, capsys: pytest.CaptureFixture[str]) -> None:
    summary = play(empty_stack, Console(width=160))
    played = capsys.readouterr().out
    for told in (
        "worklist   3 OPEN",
        "wave       3 orders",
        "A2 1xCANDLE  A10 1xCUSHION",
        "re-routed to Leeds",
        "bay 3, blue Mini",
    ):
        assert told in played
    assert {placed.channel for placed, _, _ in summary.orders} == set(CHANNELS)
    outcomes = Counter(outcome(order) for _, order, _ in summary.orders)
    assert outcomes["CANCELLED"] == 1
    assert outcomes["OVERSOLD"] == 1
    assert summary.audit["ok"]
    assert summary.stock["GAME"] == {"on_hand": 0, "allocated": 0, "available": 0}
    show(summary, Console(width=160))
    shown = capsys.readouterr().out
    assert "Ann Lee over three channels" in shown
    assert "points" in summary.loyalty
    assert " 0 points" not in summary.loyalty
    assert "£" in shown
    assert "of postage" in shown, "what the rate card charges stands beside what was reckoned"
