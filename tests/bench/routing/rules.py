"""The rules that are compared: each answers which node ships each line of an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from functions.fulfilment.domain.routing.groups import grouped
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.routing.search import Search
from tests.bench.routing import world
from tests.bench.routing.pricing import NoPrices, Prices
from tests.bench.routing.world import Order, Week

Choice = tuple[int, int]
"""(item, node)"""
MUST_FILL = 1_000_000
"""Orders were accepted: units are filled whenever some place has them, however dear its stock has become."""
REPICK_COST = 500
"""What a failed pick is taken to cost: one more parcel, roughly."""


class Shelves:
    """Units by item and node while the week runs."""

    def __init__(self, week: Week) -> None:
        self.units = [list(row) for row in week.opening]

    def with_stock(self, item: int, tried: frozenset[Choice]) -> list[int]:
        """Nodes that have the item and have not failed to find it for this order."""
        return [node for node, units in enumerate(self.units[item]) if units > 0 and (item, node) not in tried]


class Rule(Protocol):
    """Decides one order. `tried`: where a pick for this order has failed."""

    prices: Prices

    def decide(
        self, week: Week, shelves: Shelves, order: Order, items: Sequence[int], tried: frozenset[Choice]
    ) -> list[Choice]: ...


class Ranked:
    """Each line from the first node that has it: nearest first, or distribution centres first."""

    def __init__(self, *, dc_first: bool) -> None:
        self.prices: Prices = NoPrices()
        self._dc_first = dc_first

    def decide(
        self, week: Week, shelves: Shelves, order: Order, items: Sequence[int], tried: frozenset[Choice]
    ) -> list[Choice]:
        found = []
        for item in items:
            nodes = shelves.with_stock(item, tried)
            if nodes:
                found.append((item, min(nodes, key=lambda node: self._rank(week, order, node))))
        return found

    def _rank(self, week: Week, order: Order, node: int) -> tuple[bool, float]:
        place = week.nodes[node]
        return self._dc_first and not place.is_dc, world.distance_km(place, order.x, order.y)


class FewestSplits:
    """As few parcels as possible; among those the nearest places."""

    def __init__(self) -> None:
        self.prices: Prices = NoPrices()

    def decide(
        self, week: Week, shelves: Shelves, order: Order, items: Sequence[int], tried: frozenset[Choice]
    ) -> list[Choice]:
        wants = [Want(str(n), week.items[item].sku, 1, cancel_penalty=10**9) for n, item in enumerate(items)]
        choices = _candidates(week, shelves, order, items, tried)
        setups = [1_000_000 + round(one.distance_km or 0) for one in choices]
        flat = [Candidate(one.location_id, setup, 0, 0, one.stock) for one, setup in zip(choices, setups, strict=True)]
        return _solved(week, wants, flat, items)


class Exact:
    """The product's router: the exact cheapest split, with the opportunity prices it is given."""

    def __init__(self, prices: Prices, *, failing: float = 0.0) -> None:
        self.prices = prices
        self._failing = failing

    def decide(
        self, week: Week, shelves: Shelves, order: Order, items: Sequence[int], tried: frozenset[Choice]
    ) -> list[Choice]:
        wants = [Want(str(n), week.items[item].sku, 1, cancel_penalty=MUST_FILL) for n, item in enumerate(items)]
        choices = _candidates(week, shelves, order, items, tried, prices=self.prices, failing=self._failing)
        return _solved(week, wants, choices, items)


def _candidates(
    week: Week,
    shelves: Shelves,
    order: Order,
    items: Sequence[int],
    tried: frozenset[Choice],
    *,
    prices: Prices | None = None,
    failing: float = 0.0,
) -> list[Candidate]:
    stock: dict[int, dict[str, int]] = {}
    asked: dict[int, dict[str, int]] = {}
    for item in items:
        sku = week.items[item].sku
        for node in shelves.with_stock(item, tried):
            units = shelves.units[item][node]
            stock.setdefault(node, {})[sku] = units
            if prices:
                asked.setdefault(node, {})[sku] = prices.of(item, node, units)
    found = []
    for node in stock:
        place = week.nodes[node]
        extra = 0 if place.is_dc else round(failing * REPICK_COST)
        found.append(world.candidate(place, order, stock[node], asked.get(node), failing=extra))
    return sorted(found, key=lambda one: (one.distance_km or 0.0, one.location_id))


def _solved(week: Week, wants: list[Want], choices: list[Candidate], items: Sequence[int]) -> list[Choice]:
    groups = grouped(wants, choices)
    opened = Search(groups, [one.fixed_cost for one in choices]).run().opened
    numbers = {node.name: number for number, node in enumerate(week.nodes)}
    return [
        (items[int(want.line_id)], numbers[choices[place].location_id])
        for group in groups
        for want, place, _ in group.serve(opened)
    ]
