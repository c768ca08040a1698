"""The published instances of multi-item fulfilment: cost against the linear programme that knows all rates.

Recreated after Jasin and Sinha, Operations Research 63 (2015), section 5, and Ma, Manufacturing & Service Operations
Management (2023), section 6: 20 items; order types of up to 5 of them, 5 random ones per size with random odds; orders
from 10 cities by population; 5 fulfilment centres that each carry an item with a chance of 3/4 and hold what the cities
nearest to them want in T = 10,000 arrivals, and half a standard deviation more. A package costs $8.759, each unit
$0.423 + $0.000541 per mile; a unit that nobody ships comes from a place twice as dear. The cities are the largest of
the census of 2020. The papers do not print where their centres are: those are ours.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean
from typing import Any

from functions.fulfilment import solver
from functions.fulfilment.domain.routing.fluid import fluid_model
from functions.fulfilment.domain.routing.groups import grouped
from functions.fulfilment.domain.routing.joint import Claim, joint_model
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.routing.programme import prices_of
from functions.fulfilment.domain.routing.search import Search
from shared.geo import Geo, distance_km

ITEMS, SIZES, TYPES_PER_SIZE, ARRIVALS = 20, 5, 5, 10_000
CARRY, SAFETY = 0.75, 0.5
PACKAGE, UNIT, UNIT_MILE = 8_759_000, 423_000, 541
"""In millionths of a dollar."""
NOWHERE, ENDLESS = "nowhere", 1e6
KM_PER_MILE = 1.609_344
SOLVED_EVERY = 500
"""Arrivals between two runs of the price job."""

CITIES = (
    (8_804_190, Geo(40.71, -74.01)), (3_898_747, Geo(34.05, -118.24)), (2_746_388, Geo(41.88, -87.63)),
    (2_304_580, Geo(29.76, -95.37)), (1_608_139, Geo(33.45, -112.07)), (1_603_797, Geo(39.95, -75.17)),
    (1_434_625, Geo(29.42, -98.49)), (1_386_932, Geo(32.72, -117.16)), (1_304_379, Geo(32.78, -96.80)),
    (1_013_240, Geo(37.34, -121.89)),
)  # fmt: skip
CENTRES = (Geo(40.54, -75.63), Geo(34.11, -117.29), Geo(39.70, -86.40), Geo(32.97, -97.34), Geo(33.42, -112.17))


@dataclass(frozen=True)
class Instance:
    """`types`: the items of each order type; `odds` of an arrival by (type, city), the rest are empty; `stock` by
    centre and item."""

    types: tuple[tuple[int, ...], ...]
    odds: tuple[tuple[float, ...], ...]
    stock: tuple[tuple[int, ...], ...]
    unit_costs: tuple[tuple[int, ...], ...]
    """By city, then centre; the last one is nowhere."""

    def arrivals(self, rng: random.Random) -> Iterator[tuple[int, int]]:
        """(type, city) of each order that wants anything."""
        flat = [(kind, city) for kind in range(len(self.types)) for city in range(len(CITIES))]
        odds = [self.odds[kind][city] for kind, city in flat]
        empty = max(0.0, 1.0 - sum(odds))
        for chosen in rng.choices([*flat, None], [*odds, empty], k=ARRIVALS):
            if chosen is not None:
                yield chosen


def make(seed: int) -> Instance:
    """One random instance."""
    rng = random.Random(f"published {seed}")
    types = [tuple(rng.sample(range(ITEMS), size)) for size in range(1, SIZES + 1) for _ in range(TYPES_PER_SIZE)]
    sizes = [rng.random() for _ in range(SIZES + 1)]
    odds = []
    for size in range(1, SIZES + 1):
        parts = [rng.random() for _ in range(TYPES_PER_SIZE)]
        odds += [sizes[size] / sum(sizes) * part / sum(parts) for part in parts]
    people = sum(count for count, _ in CITIES)
    rates = tuple(tuple(one * count / people for count, _ in CITIES) for one in odds)
    miles = [[distance_km(city, centre) / KM_PER_MILE for centre in CENTRES] for _, city in CITIES]
    costs = [[UNIT + round(UNIT_MILE * far) for far in row] for row in miles]
    costs = [[*row, 2 * max(row)] for row in costs]
    wanted: Counter[tuple[int, int]] = Counter()
    for item in range(ITEMS):
        carries = [centre for centre in range(len(CENTRES)) if rng.random() < CARRY]
        for city in range(len(CITIES)):
            if carries:
                nearest = min(carries, key=lambda centre: miles[city][centre])
                asked = sum(rates[kind][city] for kind, items in enumerate(types) if item in items)
                wanted[nearest, item] += asked  # type: ignore[assignment] # a Counter of floats
    stock = tuple(tuple(_bought(wanted[centre, item]) for item in range(ITEMS)) for centre in range(len(CENTRES)))
    return Instance(tuple(types), rates, stock, tuple(map(tuple, costs)))


def _bought(chance: float) -> int:
    units: float = ARRIVALS * chance + SAFETY * (ARRIVALS * chance * (1 - chance)) ** 0.5
    return round(units)


def programme(instance: Instance, stock: Sequence[Sequence[int]], arrivals: float) -> tuple[float, list[list[float]]]:
    """The optimum of the papers' linear programme (millionths of a dollar: no policy costs less on average), and what
    one more unit would save, by centre and item. It is the programme that the price job solves for a family."""
    spots = {(str(item), str(centre)): float(stock[centre][item]) for centre in range(len(CENTRES))
             for item in range(ITEMS)}  # fmt: skip
    endless = {(str(item), NOWHERE): ENDLESS for item in range(ITEMS)}
    claims = [
        Claim(
            tuple((str(item), 1) for item in items),
            arrivals * instance.odds[kind][city],
            {place: (float(PACKAGE * (2 if place == NOWHERE else 1)), float(unit))
             for place, unit in zip([*map(str, range(len(CENTRES))), NOWHERE], instance.unit_costs[city], strict=True)},
        )
        for kind, items in enumerate(instance.types)
        for city in range(len(CITIES))
    ]  # fmt: skip
    model = joint_model(spots | endless, claims, {}, {}, penalty=10.0 * PACKAGE)
    cost, duals = solver.optimum(model)
    prices = dict(zip(spots, prices_of(duals, len(spots)), strict=True))
    return cost, [[prices[str(item), str(centre)] for item in range(ITEMS)] for centre in range(len(CENTRES))]


class Policy:
    """Serves orders as they come: each item from the nearest, or exactly; with prices made anew as stock goes down, by
    the price job's transport LP of each item, or by its programme of a family, which knows what is ordered together."""

    def __init__(self, instance: Instance, *, exact: bool, prices: str = "") -> None:
        self.cost: int = 0
        self._instance = instance
        self._exact, self._by = exact, prices
        self.left = [list(row) for row in instance.stock]
        self._prices = [[0] * ITEMS for _ in CENTRES]
        mean_lines = mean(len(items) for items in instance.types)
        self._shared = PACKAGE / mean_lines**0.5

    def look(self, arrivals_left: int) -> None:
        """What the price job would do now."""
        if self._by == "joint":
            found = programme(self._instance, self.left, arrivals_left)[1]
            self._prices = [[round(price) for price in row] for row in found]
        if self._by != "by item":
            return
        for item in range(ITEMS):
            online = [
                arrivals_left * sum(self._instance.odds[kind][city] for kind, items in enumerate(self._instance.types)
                                    if item in items)
                for city in range(len(CITIES))
            ]  # fmt: skip
            stock = [float(row[item]) for row in self.left]
            costs = [[self._shared + cost for cost in row[:-1]] for row in self._instance.unit_costs]
            never = 2 * self._shared + max(row[-1] for row in self._instance.unit_costs)
            model = fluid_model(stock, online, [0.0] * len(stock), costs, margin=0.0, penalty=never)
            for centre, price in enumerate(prices_of(solver.optimum(model)[1], len(stock))):
                self._prices[centre][item] = round(price)

    def serve(self, kind: int, city: int) -> None:
        """One order."""
        items = self._instance.types[kind]
        chosen = self._cheapest(items, city) if self._exact else self._nearest(items, city)
        for item, centre in zip(items, chosen, strict=True):
            self.cost += self._instance.unit_costs[city][centre]
            if centre < len(CENTRES):
                assert self.left[centre][item] > 0, "oversold"
                self.left[centre][item] -= 1
        self.cost += sum(PACKAGE * (2 if centre == len(CENTRES) else 1) for centre in set(chosen))

    def _nearest(self, items: Sequence[int], city: int) -> list[int]:
        costs = self._instance.unit_costs[city]
        order = sorted(range(len(CENTRES)), key=lambda centre: costs[centre])
        return [next((c for c in order if self.left[c][item] > 0), len(CENTRES)) for item in items]

    def _cheapest(self, items: Sequence[int], city: int) -> list[int]:
        costs = self._instance.unit_costs[city]
        wants = [Want(str(n), str(item), 1, cancel_penalty=1 << 50) for n, item in enumerate(items)]
        choices = [
            Candidate(
                str(centre),
                PACKAGE,
                0,
                costs[centre],
                {str(item): self.left[centre][item] for item in items if self.left[centre][item] > 0},
                unit_price={str(item): self._prices[centre][item] for item in items},
            )
            for centre in range(len(CENTRES))
        ]
        choices.append(Candidate(NOWHERE, 2 * PACKAGE, 0, costs[-1], {str(item): 1 for item in items}))
        groups = grouped(wants, choices)
        opened = Search(groups, [one.fixed_cost for one in choices]).run().opened
        found = {int(want.line_id): place for group in groups for want, place, _ in group.serve(opened)}
        return [found[n] for n in range(len(items))]


POLICIES: dict[str, dict[str, Any]] = {
    "nearest": {"exact": False},
    "exact, no prices": {"exact": True},
    "exact + prices by item": {"exact": True, "prices": "by item"},
    "exact + prices of the family": {"exact": True, "prices": "joint"},
}


def ratios(seeds: Sequence[int]) -> dict[str, float]:
    """By policy, the mean of its cost over the linear programme's, one sequence of arrivals per instance."""
    found: dict[str, list[float]] = {name: [] for name in POLICIES}
    for seed in seeds:
        instance = make(seed)
        bound, _ = programme(instance, instance.stock, ARRIVALS)
        arrivals = list(instance.arrivals(random.Random(f"arrivals {seed}")))
        for name, options in POLICIES.items():
            found[name].append(played(Policy(instance, **options), arrivals) / bound)
    return {name: mean(values) for name, values in found.items()}


def played(policy: Policy, arrivals: Sequence[tuple[int, int]]) -> int:
    """What it costs, in millionths of a dollar."""
    for start, end in pairwise([*range(0, len(arrivals), SOLVED_EVERY), len(arrivals)]):
        policy.look(round(ARRIVALS * (len(arrivals) - start) / len(arrivals)))
        for kind, city in arrivals[start:end]:
            policy.serve(kind, city)
    return policy.cost
