"""Real baskets through the deployed stack."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from infra.local.replay import EXCERPT, play
from infra.local.stack import LocalStack

pytestmark = pytest.mark.e2e

ORDERS = 24


def test_real_orders_end_sourced_and_shipped_and_a_second_run_changes_nothing(
    stack: LocalStack, tmp_path: Path
) -> None:
    console = Console(stderr=True)
    report = play(stack, EXCERPT, orders=ORDERS // 2, console=console)
    assert report.ok, report.to_json()
    assert report.placed_now == ORDERS // 2

    longer = play(stack, EXCERPT, orders=ORDERS, ship=True, console=console)
    assert longer.ok, longer.to_json()
    assert (longer.placed_now, longer.tally.orders) == (ORDERS // 2, ORDERS)
    assert (longer.tally.sourced, longer.tally.shipped, longer.tally.unfilled) == (ORDERS, ORDERS, 0)

    again = play(stack, EXCERPT, orders=ORDERS, ship=True, console=console)
    assert again.placed_now == 0
    assert again.to_json()["units"] == longer.to_json()["units"]
    assert again.ok
