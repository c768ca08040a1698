"""The programme of items that are ordered together: its duals are what one more unit would save."""

from __future__ import annotations

import random

import pytest

from functions.fulfilment.domain.routing.fluid import fluid_model
from functions.fulfilment.domain.routing.joint import Claim, Spot, joint_model
from functions.fulfilment.domain.routing.programme import prices_of
from functions.fulfilment.solver import optimum

PENALTY, MARGIN = 3000.0, 700.0


def world(rng: random.Random) -> tuple[dict[Spot, float], list[Claim], dict[Spot, float]]:
    places, skus = [f"P{n}" for n in range(rng.randint(1, 4))], [f"S{n}" for n in range(rng.randint(1, 3))]
    stock = {(sku, place): float(rng.randint(1, 5)) for sku in skus for place in places if rng.random() < 0.7}
    claims = []
    for _ in range(rng.randint(1, 4)):
        chosen = rng.sample(skus, rng.randint(1, len(skus)))
        ways = {place: (rng.uniform(200, 700), rng.uniform(10, 90)) for place in places if rng.random() < 0.9}
        claims.append(Claim(tuple((sku, rng.randint(1, 2)) for sku in chosen), rng.uniform(0.2, 4), ways))
    return stock, claims, {spot: rng.uniform(0, 3) for spot in stock if rng.random() < 0.5}


@pytest.mark.parametrize("seed", range(25))
def test_the_duals_are_what_one_more_unit_would_save(seed: int) -> None:
    stock, claims, walk_in = world(random.Random(seed))
    margins = dict.fromkeys((sku for sku, _ in stock), MARGIN)

    def solved(units: dict[Spot, float]) -> tuple[float, list[float]]:
        return optimum(joint_model(units, claims, walk_in, margins, penalty=PENALTY))

    cost, rows = solved(stock)
    for spot, price in zip(stock, prices_of(rows, len(stock)), strict=True):
        saved = (cost - solved(stock | {spot: stock[spot] + 1e-3})[0]) / 1e-3
        lost = (solved(stock | {spot: stock[spot] - 1e-3})[0] - cost) / 1e-3
        assert saved - 1e-2 <= price <= lost + 1e-2


@pytest.mark.parametrize("seed", range(10))
def test_of_one_item_it_is_the_transport_programme(seed: int) -> None:
    rng = random.Random(seed)
    places, regions = rng.randint(1, 5), rng.randint(1, 4)
    stock = [float(rng.randint(1, 6)) for _ in range(places)]
    online, walk_in = [rng.uniform(0.1, 5) for _ in range(regions)], [rng.uniform(0, 3) for _ in range(places)]
    parcels = [[rng.uniform(100, 900) for _ in range(places)] for _ in range(regions)]
    apart, _ = optimum(fluid_model(stock, online, walk_in, parcels, margin=MARGIN, penalty=PENALTY))
    together = joint_model(
        {("MUG", str(place)): units for place, units in enumerate(stock)},
        [
            Claim((("MUG", 1),), units, {str(place): (cost, 0.0) for place, cost in enumerate(row)})
            for units, row in zip(online, parcels, strict=True)
        ],
        {("MUG", str(place)): units for place, units in enumerate(walk_in)},
        {"MUG": MARGIN},
        penalty=PENALTY,
    )
    assert optimum(together)[0] == pytest.approx(apart)


def test_a_unit_that_saves_a_parcel_is_worth_the_parcel() -> None:
    """The lamp lies at A only; a mug at A travels with it, a mug at B needs a parcel of its own."""
    stock = {("MUG", "A"): 1.0, ("MUG", "B"): 9.0, ("LAMP", "A"): 9.0}
    both = Claim((("LAMP", 1), ("MUG", 1)), 3.0, {"A": (400.0, 10.0), "B": (450.0, 15.0)})
    _, rows = optimum(joint_model(stock, [both], {}, {}, penalty=PENALTY))
    assert prices_of(rows, 3) == pytest.approx([455.0, 0.0, 0.0])
