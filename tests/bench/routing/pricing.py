"""Opportunity prices during a simulated week, by the product's own formulas, from what the retailer can see."""

from __future__ import annotations

from typing import Protocol

from functions.fulfilment import solver
from functions.fulfilment.domain.routing.beliefs import Belief
from functions.fulfilment.domain.routing.fluid import fluid_model
from functions.fulfilment.domain.routing.prices import breadth_price, breadth_worth, order_price, walk_in_price
from functions.fulfilment.domain.routing.programme import Solve, prices_of
from tests.bench.routing import world
from tests.bench.routing.world import DAYS, Week

LEAST_LOG_SD = 0.1
MEAN_LINES = sum((n + 1) * share for n, share in enumerate(world.LINES_PER_ORDER))


class Prices(Protocol):
    """`of`: of one more unit taken, where so many lie. `renew`: make them anew, so many days into the week."""

    def of(self, item: int, node: int, units: int) -> int: ...

    def begin(self, week: Week) -> None: ...

    def renew(self, day: float, units: list[list[int]]) -> None: ...

    def saw(self, item: int) -> None: ...


class NoPrices:
    """Stock costs nothing."""

    def of(self, item: int, node: int, units: int) -> int:
        return 0

    def begin(self, week: Week) -> None:
        pass

    def renew(self, day: float, units: list[list[int]]) -> None:
        pass

    def saw(self, item: int) -> None:
        pass


class ClosedForm:
    """Margin x chance that walk-in customers come for the unit before the week ends.

    `learn`: the forecast of an item is corrected by its sales every time; else it stands as it was.
    """

    def __init__(self, *, learn: bool = True) -> None:
        self._learn = learn

    def begin(self, week: Week) -> None:
        self.week = week
        sd = max(LEAST_LOG_SD, week.log_sd)
        self._market_sd = sd / 2
        self.levels = [Belief.of_forecast(1.0, log_sd=sd) for _ in week.items]
        self._expected = [sum(item.online) + sum(item.walk_in) for item in week.forecast]
        self._sold = [0] * len(week.items)
        self._chances: dict[tuple[int, int, int], int] = {}
        self.days, self._renewed = float(DAYS), 0.0

    def renew(self, day: float, units: list[list[int]]) -> None:
        self.days = DAYS - day
        self._chances.clear()
        if day and self._learn:
            for item, sold in enumerate(self._sold):
                missed = sum(
                    rate
                    for rate, left, had in zip(
                        self.week.forecast[item].walk_in, units[item], self.week.opening[item], strict=True
                    )
                    if not left or not had
                )  # nobody sees the customers who came in vain
                seen = max(0.0, self._expected[item] - missed) * (day - self._renewed)
                self.levels[item] = self.levels[item].seen(sold, days=seen)
        self._sold = [0] * len(self.week.items)
        self._renewed = day

    def saw(self, item: int) -> None:
        self._sold[item] += 1

    def walk_in(self, item: int, node: int) -> Belief:
        """What is believed of one place's customers."""
        return self.levels[item].times(self.week.forecast[item].walk_in[node]).blurred(self._market_sd)

    def of(self, item: int, node: int, units: int) -> int:
        key = (item, node, units)
        if key not in self._chances:
            if self.week.nodes[node].is_dc:
                self._chances[key] = 0
            else:
                margin = self.week.items[item].margin
                self._chances[key] = walk_in_price(margin, units, self.walk_in(item, node), days=self.days)
        return self._chances[key]


SHARED = 1.0 - world.LINES_PER_ORDER[0] / MEAN_LINES
"""Of all order lines, those that other items are ordered with."""


class TransportPrices(ClosedForm):
    """The dearest of the closed form, what a unit saves later orders by the duals of the item's transport LP over the
    rest of the week, and the price of breadth. Solved for a low, a middle and a high demand."""

    def __init__(self, *, learn: bool = True, solve: Solve = solver.duals) -> None:
        super().__init__(learn=learn)
        self._solve = solve

    def begin(self, week: Week) -> None:
        super().begin(week)
        parcels = [
            min(
                world.label(node, x, y) + (world.DC_PARCEL if node.is_dc else world.STORE_PARCEL) for node in week.nodes
            )
            for x, y in week.regions
        ]
        usual = [
            sum(cost * rate for cost, rate in zip(parcels, item.online, strict=True)) / sum(item.online)
            for item in week.forecast
        ]
        self._breadth = [breadth_worth(parcel, line_units=1.0, shared=SHARED) for parcel in usual]
        # One line's part of a usual order's parcel from each node to each region.
        self._costs = [
            [
                (world.label(node, x, y) + (world.DC_PARCEL if node.is_dc else world.STORE_PARCEL)) / MEAN_LINES**0.5
                + world.unit_cost(node)
                for node in week.nodes
            ]
            for x, y in week.regions
        ]

    def renew(self, day: float, units: list[list[int]]) -> None:
        super().renew(day, units)
        self._duals = [
            [
                self._order_price(item, node, left, dual)
                for node, (left, dual) in enumerate(zip(row, duals, strict=True))
            ]
            for item, row in enumerate(units)
            for duals in [self._mean_duals(item, row)]
        ]

    def _order_price(self, item: int, node: int, left: int, dual: float) -> int:
        if self.week.nodes[node].is_dc:
            return round(dual)
        taken = self.walk_in(item, node).chance_of(left, days=self.days)
        return round(order_price(dual, margin=self.week.items[item].margin, taken=taken))

    def _mean_duals(self, item: int, stock: list[int]) -> list[float]:
        believed, places = self.week.forecast[item], len(self.week.nodes)
        levels = self.levels[item].levels()
        rows = []
        for level in levels:
            factor = level * self.levels[item].units_per_day * self.days
            model = fluid_model(
                stock,
                [rate * factor for rate in believed.online],
                [rate * factor for rate in believed.walk_in],
                self._costs,
                margin=believed.margin,
                penalty=world.penalty(believed),
            )
            duals = self._solve(model)
            assert duals is not None, "a transport LP of one item takes milliseconds"
            rows.append(prices_of(duals, places))
        return [sum(column) / len(levels) for column in zip(*rows, strict=True)]

    def of(self, item: int, node: int, units: int) -> int:
        breadth = breadth_price(self._breadth[item], units, self.week.opening[item][node])
        return max(super().of(item, node, units), self._duals[item][node], breadth)
