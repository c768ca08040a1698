"""A lower bound by duals: each place's setup is shared out among the SKUs, which then choose by themselves.

For any shares `m >= 0` with sum over SKUs(m) <= setup, no plan costs less than the sum over SKUs of the cheapest way to
serve that SKU alone when a place costs its share (Lagrangian decomposition: Guignard and Kim 1987). A few units are
served in whole parcels, by a small knapsack (so a place that gives one of three wanted units bears its whole share: far
tighter than the linear relaxation where stock is thin); of many units the linear relaxation is taken.
The first shares come from the `ascent`, better ones by subgradient steps (Held, Wolfe, Crowder 1974; length after
Polyak 1969); any number of steps is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import add

from functions.fulfilment.domain.routing.ascent import FAR, SCALE, Part, Shares
from functions.fulfilment.domain.routing.groups import bits

WHOLE_UNITS = 8
"""A part that needs no more units than this is served exactly."""
PACE = 1.0
PATIENCE = 2


@dataclass(frozen=True)
class Proof:
    """`shut`: the undecided places that no plan below the bound asked for opens (reduced-cost fixing). `shares` that
    prove it, and how many parts use each place at them."""

    shut: int
    shares: Shares
    users: Mapping[int, int]


class Dual:
    """The bound of these parts and of the setups of undecided places.

    Places of the mask `free` cost no setup any more, places in neither mask are shut. `bound` is proven from the first
    evaluation on; `used` are the places that some part chose at the shares that prove it, `effort` the offers that one
    step looks at.
    """

    def __init__(
        self, parts: Sequence[Part], setups: Sequence[int], shares: Shares, *, free: int, undecided: int
    ) -> None:
        self._setups = setups
        self._undecided = undecided
        self._markets: list[_Whole | _Fluid] = []
        self._sharers: dict[int, list[tuple[_Whole | _Fluid, int]]] = {}
        for part, row in zip(parts, shares, strict=True):
            possible = [(free | undecided) >> place & 1 for place, _, _ in part.offers]
            offers = list(compress(part.offers, possible))
            prices = [row[place] if undecided >> place & 1 else 0 for place, _, _ in offers]
            market: _Whole | _Fluid
            if part.need <= WHOLE_UNITS:
                market = _Whole(part, offers, prices, [list(compress(costs, possible)) for costs in part.costs])
            else:
                market = _Fluid(part, offers, prices)
            self._markets.append(market)
            for index, (place, _, _) in enumerate(offers):
                if undecided >> place & 1:
                    self._sharers.setdefault(place, []).append((market, index))
        self.effort = sum(len(market.places) for market in self._markets)
        self._pace, self._idle = PACE, 0
        self._value = self._evaluated()
        self._best, self._best_prices = self._value, [market.prices for market in self._markets]
        self.used = self._chosen()

    @property
    def bound(self) -> int:
        return -(-self._best // SCALE)

    def step(self, enough: int) -> bool:
        """Try better shares, aiming at the bound `enough`. False when there is nothing left to try."""
        if not self._moved(enough * SCALE - self._value):
            return False
        self._value = self._evaluated()
        if self._value > self._best:
            self._best, self._best_prices, self._idle = self._value, [one.prices for one in self._markets], 0
            self.used = self._chosen()
        else:
            self._idle += 1
            if self._idle >= PATIENCE:
                self._pace, self._idle = self._pace / 2, 0
        return True

    def proof(self, enough: int) -> Proof:
        """What the best shares say of plans below `enough`."""
        for market, prices in zip(self._markets, self._best_prices, strict=True):
            if market.prices is not prices:  # else it was served at them last
                market.prices = prices
                market.serve()
        value = self._best
        slack = {place: self._setups[place] * SCALE for place in bits(self._undecided)}
        for market in self._markets:
            for place, saving in market.savings():
                if place in slack:
                    slack[place] -= saving
        shut = sum(1 << place for place, rest in slack.items() if -(-(value + rest) // SCALE) >= enough)
        shares = [dict(zip(market.places, market.prices, strict=True)) for market in self._markets]
        users = Counter(market.places[index] for market in self._markets for index in market.used)
        return Proof(shut, shares, users)

    def _evaluated(self) -> int:
        return sum([market.serve() for market in self._markets])

    def _chosen(self) -> int:
        used = 0
        for market in self._markets:
            for index in market.used:
                used |= 1 << market.places[index]
        return used

    def _moved(self, gap: int) -> bool:
        """Move each setup's shares towards the parts that use the place, keeping their sum at the setup."""
        moves = []
        norm = 0.0
        for place in bits(self._chosen() & self._undecided):
            sharers = self._sharers[place]
            if len(sharers) == 1:
                continue
            uses = [market.used.get(index, 0.0) for market, index in sharers]
            mean = sum(uses) / len(uses)
            slopes = [use - mean for use in uses]
            steep = sum([slope * slope for slope in slopes])
            if steep > 1e-9:
                norm += steep
                moves.append((place, sharers, slopes))
        if not moves or gap <= 0:
            return False
        length = self._pace * gap / norm
        for market in self._markets:
            market.prices = market.prices.copy()
        for place, sharers, slopes in moves:
            raised = [
                max(0.0, market.prices[index] + length * slope)
                for (market, index), slope in zip(sharers, slopes, strict=True)
            ]
            _shared_out(sharers, raised, self._setups[place] * SCALE)
        return True


def _shared_out(sharers: Sequence[tuple[_Whole | _Fluid, int]], wanted: Sequence[float], setup: int) -> None:
    """Set the shares in proportion to what is wanted; they sum to no more than the setup."""
    whole = sum(wanted)
    for (market, index), share in zip(sharers, wanted, strict=True):
        market.prices[index] = int(share * setup / whole * (1 - 1e-12)) if whole > 0 else setup // len(sharers)


class _Whole:
    """A part that needs few units, served in whole units: which places, and how many from each."""

    def __init__(
        self, part: Part, offers: Sequence[tuple[int, int, int]], prices: list[int], costs: list[list[int]]
    ) -> None:
        self.places = [place for place, _, _ in offers]
        self.prices = prices
        self.used: dict[int, float] = {}
        self._need, self._unmet = part.need, part.unmet
        self._costs = costs
        self._best: list[int] = []
        self._value = 0

    def serve(self) -> int:
        """The least cost at these prices. A place that gives n units is among the need - n + 1 cheapest for n."""
        need = self._need
        if need == 1 and self.prices:
            totals = list(map(add, self.prices, self._costs[0]))
            lowest = min(totals)
            self._best = [0, lowest]
            self._value = min(lowest, self._unmet[1])
            self.used = {totals.index(lowest): 1.0} if lowest <= self._unmet[1] else {}
            return self._value
        if need == 2 and self.prices:
            return self._serve_two()
        options: dict[int, list[tuple[int, int]]] = {}
        for units, costs in enumerate(self._costs, 1):
            totals = list(map(add, self.prices, costs))
            if not totals:
                break
            if units == need:
                lowest = min(totals)
                options.setdefault(totals.index(lowest), []).append((units, lowest))
            else:
                for index in sorted(range(len(totals)), key=totals.__getitem__)[: need - units + 1]:
                    options.setdefault(index, []).append((units, totals[index]))
        best = [0] + [FAR] * need
        using: list[tuple[int, ...]] = [()] * (need + 1)
        for index, choices in options.items():
            for have in range(need, 0, -1):
                for units, total in choices:
                    if units <= have and best[have - units] + total < best[have]:
                        best[have] = best[have - units] + total
                        using[have] = (*using[have - units], index)
        totals = list(map(add, best, reversed(self._unmet)))
        self._best, self._value = best, min(totals)
        self.used = dict.fromkeys(using[totals.index(self._value)], 1.0)
        return self._value

    def _serve_two(self) -> int:
        """Two units come together from one place, or each from its own, or are not served."""
        unmet = self._unmet
        singles = list(map(add, self.prices, self._costs[0]))
        one = min(singles)
        first = singles.index(one)
        singles[first] = FAR
        other = min(singles)
        using: tuple[int, ...] = (first, singles.index(other))
        two = one + other
        pairs = list(map(add, self.prices, self._costs[1]))
        if pairs and (together := min(pairs)) <= two:
            using, two = (pairs.index(together),), together
        self._best = [0, one, two]
        self._value = min(two, one + unmet[1], unmet[2])
        chosen = using if self._value == two else (first,) if self._value == one + unmet[1] else ()
        self.used = dict.fromkeys(chosen, 1.0)
        return self._value

    def savings(self) -> list[tuple[int, int]]:
        """By place, what its being free would save at most."""
        need, unmet = self._need, self._unmet
        rest = [
            min([self._best[have] + unmet[need - units - have] for have in range(need - units + 1)])
            for units in range(1, need + 1)
        ]
        lowest = [FAR] * len(self.places)
        for costs, other in zip(self._costs, rest, strict=True):
            for index, cost in enumerate(costs):
                if cost + other < lowest[index]:
                    lowest[index] = cost + other
        return [
            (place, self._value - least)
            for place, least in zip(self.places, lowest, strict=True)
            if least < self._value
        ]


class _Fluid:
    """A part that needs many units, served by the linear relaxation: a share is paid per unit of stock."""

    def __init__(self, part: Part, offers: Sequence[tuple[int, int, int]], prices: list[int]) -> None:
        self.places = [place for place, _, _ in offers]
        self.prices = prices
        self.used: dict[int, float] = {}
        self._need, self._unmet, self._offers = part.need, part.unmet, offers
        self._cutoff = 0

    def serve(self) -> int:
        """The least cost at these prices: cheapest offers to dearest penalties."""
        offers = sorted(
            (cost + price // stock, index, stock)
            for index, ((_, cost, stock), price) in enumerate(zip(self._offers, self.prices, strict=True))
        )
        self.used = {}
        self._cutoff = total = 0
        left = self._need
        for cost, index, stock in offers:
            taken = 0
            while taken < stock and left and cost < self._unmet[left] - self._unmet[left - 1]:
                taken, left = taken + 1, left - 1
            if not taken:
                break
            total += taken * cost
            self._cutoff = cost
            self.used[index] = taken / stock
        if left:
            self._cutoff = max(self._cutoff, self._unmet[left] - self._unmet[left - 1])
        return total + self._unmet[left]

    def savings(self) -> list[tuple[int, int]]:
        """By place, what its being free would save at most."""
        return [
            (place, stock * min(price // stock, self._cutoff - cost))
            for (place, cost, stock), price in zip(self._offers, self.prices, strict=True)
            if cost < self._cutoff
        ]
