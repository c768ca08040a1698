"""Where orders stand at the end of a replay."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.replay.standing import Standing, Tally, standing

STAGES = (
    *("ordered", "cancelled", "unsourced", "backordered", "allocated"),
    *("picked", "packed", "shipped", "ready", "fulfilled", "returned"),
)


def order(status: str = "PROCESSING", *, flags: tuple[str, ...] = (), holds: int = 0, **units: int) -> dict[str, Any]:
    quantities = dict.fromkeys(STAGES, 0) | units
    quantities["ordered"] = sum(units.values())
    line = {"quantities": quantities, "flags": list(flags)}
    return {"status": status, "holds": [{}] * holds, "lines": [line], "shipments": [{}] * bool(units.get("shipped"))}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (order("FULFILLED", fulfilled=2), Standing.OVER),
        (order("CANCELLED", cancelled=2), Standing.OVER),
        (order(unsourced=2), Standing.MOVING),
        (order(unsourced=1, allocated=1), Standing.MOVING),
        (order(unsourced=2, holds=1), Standing.NEEDS_A_PERSON),
        (order(unsourced=2, flags=("OVERSOLD",)), Standing.NEEDS_A_PERSON),
        (order(allocated=2), Standing.AT_A_LOCATION),
        (order(backordered=1, packed=1), Standing.AT_A_LOCATION),
        (order(backordered=2), Standing.WAITS_FOR_STOCK),
        (order(shipped=2), Standing.ON_ITS_WAY),
    ],
)
def test_an_order_is_over_or_somebodys_to_act_on_or_still_moving(given: dict[str, Any], expected: Standing) -> None:
    assert standing(given) is expected


def test_the_figures_count_units_without_a_place_as_unfilled() -> None:
    tally = Tally()
    tally.add(order(shipped=3))
    tally.add(order(shipped=1, cancelled=2))
    tally.add(order(backordered=4))
    assert (tally.orders, tally.sourced, tally.shipped, tally.unfilled) == (3, 1, 2, 6)
    assert tally.parcels_per_order == 1.0
