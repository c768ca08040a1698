"""The price table: what a unit of an item is worth at each place, as the price job found it last.

A page holds the duals of stock, what is believed of the customers who come to each counter, and what the last units
are worth to orders that want other items too. The price of a unit is the dearest of the dual and both closed forms at
the units that lie there now, so it rises as they run out between two runs. A page that has grown old keeps the closed
forms only, and one that is older still nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from functions.fulfilment.domain.routing.beliefs import Belief
from functions.fulfilment.domain.routing.prices import breadth_price, walk_in_price

HORIZON_DAYS = 7.0
"""For how long what lies there has to last: until replenishment, of which fulfilment is told nothing."""
DUALS_HOLD = timedelta(hours=36)
"""A table made less often than daily says what stock was worth, not what it is worth."""
RATES_HOLD = timedelta(days=14)
UNCHANGED_SHARE, UNCHANGED_MINOR = 0.05, 5
"""A price that moved by no more than the larger of both is not worth a write."""


@dataclass(frozen=True)
class Posted:
    """At one place: what a unit saves later orders by the `dual` of its stock, in minor units; the counter's demand as
    Gamma(`shape`, `days`); what its last unit is worth to orders that want more than the item (`breadth`), and the most
    units that lay there of late."""

    dual: int = 0
    shape: float = 0.0
    days: float = 0.0
    breadth: float = 0.0
    opening: float = 0.0

    def at(self, units: int, *, margin: int, duals_hold: bool) -> int:
        """The price of a unit where so many lie."""
        closed = breadth_price(self.breadth, units, self.opening)
        if margin > 0 and self.shape > 0.0 and self.days > 0.0:
            closed = max(closed, walk_in_price(margin, units, Belief(self.shape, self.days), days=HORIZON_DAYS))
        return max(closed, self.dual) if duals_hold else closed

    def differs(self, other: Posted) -> bool:
        """Whether a plan would notice."""
        moved = (_moved(mine, theirs) for mine, theirs in zip(self._worth, other._worth, strict=True))
        return abs(self.dual - other.dual) > max(UNCHANGED_MINOR, UNCHANGED_SHARE * self.dual) or any(moved)

    @property
    def _worth(self) -> tuple[float, float, float]:
        return self.shape / self.days if self.days else 0.0, self.breadth, self.opening


def _moved(mine: float, theirs: float) -> bool:
    return abs(mine - theirs) > UNCHANGED_SHARE * max(mine, theirs)


NOTHING = Posted()


@dataclass(frozen=True)
class PricePage:
    """The prices of one item. `version`: the run of the job that made it (0: none)."""

    sku: str
    version: int = 0
    at: datetime | None = None
    places: dict[str, Posted] = field(default_factory=dict)

    def price(self, location_id: str, units: int, *, margin: int | None, now: datetime) -> int:
        """The opportunity price (minor units) of a unit there where so many may be promised; 0 if nothing is known."""
        if self.at is None or now - self.at > RATES_HOLD:
            return 0
        posted = self.places.get(location_id, NOTHING)
        return posted.at(units, margin=margin or 0, duals_hold=now - self.at <= DUALS_HOLD)

    def opening(self, location_id: str) -> float:
        """The most units that lay there of late, when the page was made."""
        return self.places.get(location_id, NOTHING).opening

    def outdated_by(self, places: Mapping[str, Posted], now: datetime) -> bool:
        """Whether these prices are worth storing: a plan would notice, or the page is half-way to being stale."""
        if self.at is None or now - self.at >= DUALS_HOLD / 2 or places.keys() != self.places.keys():
            return True
        return any(posted.differs(self.places[location_id]) for location_id, posted in places.items())
