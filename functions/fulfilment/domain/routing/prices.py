"""Opportunity prices of stock: what is lost later when a unit leaves from here now.

Two losses in closed form, of which the dearer one counts (or what the duals say of later orders, if that is more):
- the walk-in customer who would have bought the unit: margin x P(demand until replenishment >= units here);
- the parcel that a later order needs because this place has run out of the item. It is the parcel's cost per unit of a
  usual line, falling due as the place sells out (inventory balancing: Golrezaei, Nazerzadeh, Rusmevichientong 2014,
  with a quadratic penalty). It asks no forecast: a place that is used faster than others gets dearer.
Without data the price is 0. Prices steer, they are not paid: no plan's cost in a report contains them.
"""

from __future__ import annotations

from dataclasses import dataclass

from functions.fulfilment.domain.routing.beliefs import Belief

BREADTH_SHARE = 0.5
"""Of a parcel's cost that the last units of an item at a place are worth to later orders: about one parcel in two is
avoided by them, since another place of the order may have the item as well."""
USUAL_LINE_UNITS = 20.0
"""Units per line assumed of an item before any order of it has been seen, weighing as much as one line."""


@dataclass(slots=True)
class LineSizes:
    """How many units an order line of an item asks for, learned from the lines seen."""

    units: float = USUAL_LINE_UNITS
    lines: float = 1.0

    def seen(self, units: int) -> None:
        """One more line."""
        self.units += units
        self.lines += 1

    @property
    def mean(self) -> float:
        return self.units / self.lines


def walk_in_price(margin: int, units: int, belief: Belief, *, days: float) -> int:
    """What a unit is expected to earn at the counter if it stays (minor units): the last one is asked for with the
    chance that so many customers come within the days until replenishment."""
    return round(margin * belief.chance_of(units, days=days)) if margin > 0 else 0


def order_price(dual: float, *, margin: int, taken: float) -> float:
    """What a unit is expected to save later orders if it stays: its dual, unless a customer at the counter has taken it
    by then (with the chance `taken`), who pays no more than the margin and cannot be asked to wait."""
    return (1.0 - taken) * dual + taken * min(dual, float(margin))


def breadth_worth(parcel_cost: float, *, line_units: float, shared: float = 1.0) -> float:
    """What the last unit of an item at a place is worth to later orders that would need one more parcel without it
    (minor units). `shared`: of the item's order lines, those that other items are ordered with; no others save one."""
    return BREADTH_SHARE * parcel_cost * shared / max(1.0, line_units)


def breadth_price(worth: float, units: int, opening_units: float) -> int:
    """The same of a unit where so many lie, when `opening_units` lay there before: at the last receipt, or of late."""
    if opening_units <= 0:
        return 0
    gone = min(1.0, max(0.0, 1.0 - units / opening_units))
    return round(worth * gone * gone)
