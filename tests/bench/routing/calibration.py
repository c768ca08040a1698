"""How the simulated week was set: three simple rules above the hindsight bound, on seeds that are not reported.

    python -m tests.bench.routing.calibration

The aims were set in a world in which nearest-with-stock lies 54-63 % above the bound, fewest-splits 28-33 % and exact
without prices 19-22 %; what else was in it nobody wrote down. The open figures of `world` were chosen until these three
lay there, and then left alone. No opportunity price takes part, so none can have been favoured on purpose.
"""

from __future__ import annotations

from statistics import mean

from tests.bench.routing.bound import lower_bound
from tests.bench.routing.pricing import NoPrices
from tests.bench.routing.rules import Exact, FewestSplits, Ranked
from tests.bench.routing.week import play
from tests.bench.routing.world import make

SEEDS = (11, 12, 13, 14)
BOUND_STEPS = 600
MEASURED = {"nearest": "54-63 %", "fewest splits": "28-33 %", "exact, myopic": "19-22 %"}


def above(nodes: int) -> dict[str, float]:
    """By rule, the mean of its cost over the bound, less one."""
    found: dict[str, list[float]] = {name: [] for name in MEASURED}
    for seed in SEEDS:
        week = make(seed, nodes=nodes, log_sd=0.5)
        costs = [play(week, rule).cost for rule in (Ranked(dc_first=False), FewestSplits(), Exact(NoPrices()))]
        bound = lower_bound(week, upper=min(costs), steps=BOUND_STEPS).cost
        for name, cost in zip(MEASURED, costs, strict=True):
            found[name].append(cost / bound - 1)
    return {name: mean(shares) for name, shares in found.items()}


if __name__ == "__main__":
    for count in (20, 50):
        for rule, share in above(count).items():
            print(f"{count} nodes, {rule}: {share:+.1%} (measured elsewhere: {MEASURED[rule]})")
