"""Plays a week under one rule and adds up what it cost."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.routing import world
from tests.bench.routing.rules import Choice, Rule, Shelves
from tests.bench.routing.world import Order, Visit, Week

MAX_TRIES = 4
PRICED_PER_DAY = 3
"""Runs of the price job, which has one every hour: more of them would double the time of this for little."""


@dataclass
class Outcome:
    """Money in minor units. Opportunity prices are not part of it: they steer only."""

    shipping: int = 0
    unfilled: int = 0
    lost_walk_ins: int = 0
    parcels: int = 0
    orders: int = 0
    units: int = 0
    filled: int = 0
    visits: int = 0
    sold: int = 0
    """Visits that found what they came for."""

    @property
    def cost(self) -> int:
        return self.shipping + self.unfilled + self.lost_walk_ins

    @property
    def parcels_per_order(self) -> float:
        return self.parcels / max(1, self.orders)

    @property
    def fill(self) -> float:
        return self.filled / max(1, self.units)

    @property
    def served(self) -> float:
        """Of all customers' units, online and at counters, those that somebody got."""
        return (self.filled + self.sold) / max(1, self.units + self.visits)


def play(week: Week, rule: Rule, *, failing: float = 0.0) -> Outcome:
    """The whole week. `failing`: the chance that a store does not find what it should pick; it is written off there
    and the line routed again, the place excluded."""
    shelves, outcome = Shelves(week), Outcome()
    rule.prices.begin(week)
    run = -1
    for number, (at, event) in enumerate(week.events):
        if int(at * PRICED_PER_DAY) > run:
            run = int(at * PRICED_PER_DAY)
            rule.prices.renew(run / PRICED_PER_DAY, shelves.units)
        if isinstance(event, Visit):
            outcome.visits += 1
            if shelves.units[event.item][event.node] > 0:
                outcome.sold += 1
                shelves.units[event.item][event.node] -= 1
                rule.prices.saw(event.item)
            else:
                outcome.lost_walk_ins += week.items[event.item].margin
        else:
            for item in event.items:
                rule.prices.saw(item)
            _ship(week, rule, shelves, outcome, event, random.Random(number) if failing else None, failing)
    return outcome


def _ship(
    week: Week,
    rule: Rule,
    shelves: Shelves,
    outcome: Outcome,
    order: Order,
    rng: random.Random | None,
    failing: float,
) -> None:
    left: Sequence[int] = order.items
    tried: frozenset[Choice] = frozenset()
    parcels = filled = 0
    for attempt in range(MAX_TRIES):
        chosen = rule.decide(week, shelves, order, left, tried)
        failed = []
        nodes = set()
        for item, node in chosen:
            assert shelves.units[item][node] > 0, "oversold"
            shelves.units[item][node] -= 1
            last = attempt == MAX_TRIES - 1
            if rng and not week.nodes[node].is_dc and not last and rng.random() < failing:
                failed.append((item, node))
                continue
            nodes.add(node)
            filled += 1
            outcome.shipping += world.unit_cost(week.nodes[node])
        parcels += len(nodes)
        outcome.shipping += sum(world.parcel_cost(week.nodes[node], order) for node in nodes)
        given = {item for item, _ in chosen}
        outcome.unfilled += sum(world.penalty(week.items[item]) for item in left if item not in given)
        if not failed:
            break
        tried |= set(failed)
        left = [item for item, _ in failed]
    outcome.parcels += parcels
    outcome.orders += bool(parcels)
    outcome.units += len(order.items)
    outcome.filled += filled
