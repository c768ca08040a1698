"""CPU per decision: what `plan` takes with its whole explanation, by process time."""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from statistics import median

from functions.fulfilment.domain.routing.plan import plan
from functions.fulfilment.domain.routing.problem import Candidate, Want

RUNS = 3
PLANS = 400
MIX = ((1, 0.62), (2, 0.2), (3, 0.1), (5, 0.05), (10, 0.03))
Problem = tuple[list[Want], list[Candidate]]


def problem(rng: random.Random, *, nodes: int, lines: int, having: float, most: int, units: int) -> Problem:
    """Each node has an item with the chance `having`, then up to `most` of it; a line wants up to `units`."""
    skus = [f"SKU{n}" for n in range(lines)]
    wants = [Want(str(n), sku, rng.randint(1, units), rng.choice((200, 900, 2500))) for n, sku in enumerate(skus)]
    places = []
    for n in range(nodes):
        distance = rng.uniform(5, 900)
        label = 320 if distance < 50 else 390 if distance < 200 else 460 if distance < 600 else 690
        stock = {sku: rng.randint(1, most) for sku in skus if rng.random() < having}
        dc = rng.random() < 0.1
        places.append(
            Candidate(
                f"L{n:03d}",
                label + (60 if dc else 150),
                30 + int(distance / 15),
                20 if dc else 60,
                stock,
                unit_price={sku: rng.randint(0, 300) for sku in stock},
                distance_km=distance,
            )
        )
    return wants, places


def _mixed(rng: random.Random) -> Problem:
    (lines,) = rng.choices([size for size, _ in MIX], [share for _, share in MIX])
    return problem(rng, nodes=50, lines=lines, having=0.7, most=12, units=2)


def _thin(rng: random.Random, nodes: int) -> Problem:
    return problem(rng, nodes=nodes, lines=10, having=0.3 if nodes < 100 else 0.1, most=3, units=4)


def measure(runs: int = RUNS, plans: int = PLANS) -> Iterator[tuple[str, ...]]:
    """(case, plans, median, p99, most, aim, share proven)"""
    cases: tuple[tuple[str, str, Callable[[random.Random], Problem]], ...] = (
        ("order mix, 50 nodes", "2", _mixed),
        ("10 lines of thin stock, 50 nodes", "10", lambda rng: _thin(rng, 50)),
        ("10 lines of thin stock, 500 nodes", "40", lambda rng: _thin(rng, 500)),
    )
    for name, aim, draw in cases:
        middles, tails, tops, proven = [], [], [], 0
        for _ in range(runs):
            rng = random.Random(name)
            taken = []
            for _ in range(plans):
                wants, places = draw(rng)
                gc.collect(0)
                began = time.process_time()
                answer = plan(wants, places)
                taken.append((time.process_time() - began) * 1000)
                proven += answer.proven_optimal
            taken.sort()
            middles.append(median(taken))
            tails.append(taken[int(len(taken) * 0.99)])
            tops.append(taken[-1])
        figures = (f"{median(one):.2f}" for one in (middles, tails, tops))
        yield name, str(plans), *figures, aim, f"{proven / runs / plans:.1%}"
