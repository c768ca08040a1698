"""A proven lower bound of what a week must cost anybody, even with hindsight: Lagrangian relaxation of the shelves.

Every order and every visit chooses for itself at its own cost + a price per unit; the bound is what they choose minus
what the whole opening stock is worth at these prices. True for any prices >= 0 (weak duality); better ones come by
subgradient steps. An order's own problem is solved exactly: every way to part its few lines into parcels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from tests.bench.routing import world
from tests.bench.routing.world import Week

STEPS = 300
Matrix = NDArray[np.float64]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def partitions(count: int) -> Iterator[list[list[int]]]:
    """Every way to part 0..count-1 into groups."""
    if count == 0:
        yield []
        return
    last = count - 1
    for smaller in partitions(last):
        yield [*smaller, [last]]
        for index in range(len(smaller)):
            yield [[*group, last] if n == index else group for n, group in enumerate(smaller)]


class _Orders:
    """All orders of so many lines: item numbers (order x line) and parcel costs (order x node)."""

    def __init__(self, week: Week, lines: int) -> None:
        chosen = [order for order in week.orders if len(order.items) == lines]
        self.items: Numbers = np.array([order.items for order in chosen], dtype=np.int64).reshape(len(chosen), lines)
        self.parcels: Matrix = np.array(
            [[world.parcel_cost(node, order) for node in week.nodes] for order in chosen], dtype=np.float64
        ).reshape(len(chosen), len(week.nodes))
        self.lines = lines

    def cheapest(self, unit: Matrix, penalties: Matrix, taken: Matrix) -> float:
        """The sum of the orders' least costs; adds to `taken` (item x node) which units they choose."""
        if not len(self.items):
            return 0.0
        rows = np.arange(len(self.items))
        best = np.full(len(rows), np.inf)
        parts: list[tuple[list[list[int]], Flags, list[Numbers]]] = []
        for partition in partitions(self.lines):
            cost, nodes = np.zeros(len(rows)), []
            for group in partition:
                at = self.parcels + unit[self.items[:, group]].sum(axis=1)
                node = at.argmin(axis=1)
                value = at[rows, node]
                refused = penalties[self.items[:, group]].sum(axis=1)
                nodes.append(np.where(value < refused, node, -1))
                cost += np.minimum(value, refused)
            better = cost < best
            best = np.where(better, cost, best)
            parts.append((partition, better, nodes))
        open_rows: Flags = np.ones(len(rows), dtype=np.bool_)
        for partition, better, nodes in reversed(parts):  # the last one that was better is the best
            chosen = better & open_rows
            open_rows &= ~better
            for group, node in zip(partition, nodes, strict=True):
                served = chosen & (node >= 0)
                for line in group:
                    np.add.at(taken, (self.items[served, line], node[served]), 1.0)
        return float(best.sum())


@dataclass(frozen=True)
class Hindsight:
    """No rule whatever costs less than `cost`. `fill`: the part of all ordered units that are shipped at about that
    cost (the mean choice of the last third of the steps, which comes near to the optimum's: Shor 1985)."""

    cost: float
    fill: float


def lower_bound(week: Week, *, upper: float, steps: int = STEPS) -> Hindsight:
    """The best that could be done by whoever knows the week. `upper`: what some rule did cost (it only scales the
    steps)."""
    stock = np.array(week.opening, dtype=np.float64)
    margins = np.array([item.margin for item in week.items], dtype=np.float64)
    penalties = np.array([world.penalty(item) for item in week.items], dtype=np.float64)
    handling = np.array([world.unit_cost(node) for node in week.nodes], dtype=np.float64)
    visits = np.zeros_like(stock)
    for visit in week.visits:
        visits[visit.item, visit.node] += 1
    groups = [_Orders(week, lines) for lines in range(1, len(world.LINES_PER_ORDER) + 1)]
    prices = np.zeros_like(stock)
    best, best_prices, theta, idle = 0.0, prices, 1.0, 0
    shipped: list[float] = []
    for _ in range(steps):
        taken = np.zeros_like(stock)
        value = sum(group.cheapest(prices + handling, penalties, taken) for group in groups)
        shipped.append(float(taken.sum()))
        stays = prices < margins[:, None]
        value += float((np.where(stays, prices, margins[:, None]) * visits).sum() - (prices * stock).sum())
        taken += np.where(stays, visits, 0.0)
        if value > best:
            best, best_prices, idle = value, prices, 0
        else:
            idle += 1
            if idle >= 10:
                theta, idle, prices = theta / 2, 0, best_prices
        direction = taken - stock
        direction[(prices <= 0) & (direction < 0)] = 0.0
        length = float((direction**2).sum())
        if length == 0:
            break
        prices = np.maximum(0.0, prices + theta * max(upper - value, 1.0) / length * direction)
    ordered = sum(len(order.items) for order in week.orders)
    return Hindsight(best, mean(shipped[-max(1, len(shipped) // 3) :]) / max(1, ordered) if shipped else 0.0)
