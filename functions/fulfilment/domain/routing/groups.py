"""What the lines of one SKU cost together, given which places are open: they share the places' stock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.routing.transport import transport

Served = tuple[Want, int, int]
"""A line, the index of a place, and how many units it gives."""
Shelf = tuple[Mapping[str, int], Mapping[str, int]]
"""Stock and prices by SKU."""


def bits(mask: int) -> Iterator[int]:
    """The indexes of the bits that are set, ascending."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


class Group:
    """The lines of one SKU. Sets of places are bit masks over the candidates' indexes.

    The least cost given the open places is exact: as all lines have the same weight, the cheapest places fill the
    dearest penalties first (an exchange argument); where lines of one SKU claim different weights, a transport
    problem is solved. Either way the saving is a submodular function of the set of open places, which the search uses.
    """

    def __init__(
        self,
        wants: Sequence[Want],
        candidates: Sequence[Candidate],
        shelves: Sequence[Shelf],
        own: Mapping[int, Sequence[int]],
    ) -> None:
        """`shelves` of the candidates; `own`: by weight and place, what a unit costs there without its price."""
        self.wants = sorted(wants, key=lambda want: (-_penalty(want), want.line_id))
        self.sku = self.wants[0].sku
        self.need = sum(want.quantity for want in self.wants)
        self.unmet = [0]
        """`unmet[n]`: what leaving n units costs at least, those with the lowest penalties."""
        for want in reversed(self.wants):
            self.unmet += [self.unmet[-1] + n * _penalty(want) for n in range(1, want.quantity + 1)]
        self.mixed = len({want.weight_grams for want in self.wants}) > 1
        self.supplies: dict[int, tuple[int, int]] = {}
        """By the place's index: cost of a unit (of the lightest line) and units in stock; useless places are absent."""
        self.mask = self.full = 0
        """Places that give some, and those that have all that is wanted."""
        lightest, dearest = own[min(want.weight_grams for want in self.wants)], _penalty(self.wants[0])
        sku, need = self.sku, self.need
        for index, (stocks, prices) in enumerate(shelves):
            stock = stocks.get(sku, 0)
            if stock > 0 and (cost := lightest[index] + prices.get(sku, 0)) <= dearest:
                self.mask |= 1 << index
                if stock >= need:
                    self.full |= 1 << index
                    stock = need
                self.supplies[index] = (cost, stock)
        self.rising = sorted([(cost, index, stock) for index, (cost, stock) in self.supplies.items()])
        """(cost, place, stock), cheapest first."""
        self._by_cost = [(supply, 1 << supply[1]) for supply in self.rising]
        self._costs = [{i: candidates[i].cost_of(want) for i in self.supplies} for want in self.wants] * self.mixed
        self._memo: dict[int, int] = {0: self.unmet[-1]}

    def cost(self, opened: int) -> int:
        """The least cost of these lines with the places of the mask open, setup apart."""
        key = opened & self.mask
        known = self._memo.get(key)
        if known is None:
            known = self._mixed_cost(key) if self.mixed else self._uniform_cost(key)
            self._memo[key] = known
        return known

    def serve(self, opened: int) -> list[Served]:
        """Which place gives how many units to which line, at that least cost."""
        key = opened & self.mask
        if self.mixed:
            places = list(bits(key))
            flow = self._flow(places)
            return [
                (want, places[i], units)
                for want, row in zip(self.wants, flow, strict=True)
                for i, units in enumerate(row)
                if units
            ]
        served: list[Served] = []
        supplies = self._open(key)
        index, left = next(((i, stock) for _, i, stock in supplies[:1]), (-1, 0))
        position = 0
        for want in self.wants:
            missing = want.quantity
            while missing and position < len(supplies) and supplies[position][0] <= _penalty(want):
                taken = min(missing, left)
                served.append((want, index, taken))
                missing, left = missing - taken, left - taken
                if not left:
                    position += 1
                    _, index, left = supplies[position] if position < len(supplies) else (0, -1, 0)
        return served

    @cached_property
    def alone(self) -> dict[int, int]:
        """By place, the least cost of these lines if it alone is open, setup apart."""
        if self.mixed:
            return {index: self.cost(1 << index) for index in self.supplies}
        need, cheap = self.need, self.unmet[1]
        return {
            index: need * cost if stock == need and cost <= cheap else self._filled([(cost, stock)])
            for index, (cost, stock) in self.supplies.items()
        }

    def at_best(self, index: int) -> int:
        """The least cost of these lines if the place had all that is wanted of what it has, setup apart."""
        if index not in self.supplies:
            return self.unmet[-1]
        return self._filled([(self.supplies[index][0], self.need)])

    def _open(self, key: int) -> list[tuple[int, int, int]]:
        return [supply for supply, bit in self._by_cost if key & bit]

    def _uniform_cost(self, key: int) -> int:
        if key.bit_count() * 4 < len(self._by_cost):
            return self._filled(sorted([self.supplies[index] for index in bits(key)]))
        return self._filled((cost, stock) for (cost, _, stock), bit in self._by_cost if key & bit)

    def _filled(self, offers: Iterable[tuple[int, int]]) -> int:
        """What `offers` (cost, stock), cheapest first, leave to pay: they serve the dearest penalties."""
        total, left, unmet = 0, self.need, self.unmet
        for cost, stock in offers:
            taken = min(stock, left)
            while taken and cost > unmet[left - taken + 1] - unmet[left - taken]:
                taken -= 1
            total += taken * cost
            left -= taken
            if taken < stock or not left:
                break
        return total + unmet[left]

    def _mixed_cost(self, key: int) -> int:
        places = list(bits(key))
        total = 0
        for i, row in enumerate(self._flow(places)):
            total += sum(self._costs[i][place] * units for place, units in zip(places, row, strict=True))
            total += (self.wants[i].quantity - sum(row)) * _penalty(self.wants[i])
        return total

    def _flow(self, places: Sequence[int]) -> list[list[int]]:
        return transport(
            [want.quantity for want in self.wants],
            [self.supplies[place][1] for place in places],
            [[costs[place] for place in places] for costs in self._costs],
            [_penalty(want) for want in self.wants],
        )


def _penalty(want: Want) -> int:
    assert want.cancel_penalty is not None, "the problem was not completed by with_penalties"
    return want.cancel_penalty


def grouped(wants: Sequence[Want], candidates: Sequence[Candidate]) -> list[Group]:
    """One group per SKU, by SKU."""
    by_sku: dict[str, list[Want]] = defaultdict(list)
    for want in wants:
        by_sku[want.sku].append(want)
    own = {
        weight: [one.unit_cost + one.unit_risk + one.weight_cost(weight) for one in candidates]
        for weight in {want.weight_grams for want in wants}
    }
    shelves = [(one.stock, one.unit_price) for one in candidates]
    return [Group(by_sku[sku], candidates, shelves, own) for sku in sorted(by_sku)]
