"""The exact search under limits: the plain search as the relaxation of ever smaller parts of the problem.

What stays together becomes one entry that a place gives whole or not at all; with `Search.most` the number of parcels
is part of the plain search. What the relaxation does not know (entries of one SKU share the places' stock; a parcel is
worth something) is looked at afterwards: where its answer breaks a rule, the part is divided in two that leave that
answer out, and no answer that keeps the rules. The part with the lowest bound is looked at first (best-first branch and
bound: Land and Doig 1960). All or nothing: unfilled units are made dearer than any plan.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from functions.fulfilment.domain.routing.entries import entries_of, unfilled_cost
from functions.fulfilment.domain.routing.groups import Served, bits, grouped
from functions.fulfilment.domain.routing.limits import Limits
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.routing.search import NODE_BUDGET, WORK_BUDGET, Search


@dataclass(frozen=True)
class Solved:
    """Which place gives how many units to which line; no plan within the limits costs less than `lower_bound`."""

    served: list[Served]
    total: int
    lower_bound: int
    nodes: int


def solved(
    wants: Sequence[Want], places: Sequence[Candidate], limits: Limits, *, node_budget: int = NODE_BUDGET
) -> Solved:
    """The cheapest split within the limits. Every want has a penalty, every place stock of something."""
    if not limits.ship_complete:
        return _split(wants, places, limits, node_budget=node_budget)
    nothing = sum(unfilled_cost(want) for want in wants)
    dearest = 1 + sum(place.fixed_cost for place in places)
    dearest += sum(want.quantity * max((place.cost_of(want) for place in places), default=0) for want in wants)
    raised = [replace(want, cancel_penalty=dearest) for want in wants]
    found = _split(raised, places, limits, node_budget=node_budget)
    complete = sum(units for _, _, units in found.served) == sum(want.quantity for want in wants)
    if not complete or found.total > nothing:
        bound = nothing if found.lower_bound >= dearest else min(found.lower_bound, nothing)
        return Solved([], nothing, bound, found.nodes)
    original = {want.line_id: want for want in wants}
    served = [(original[want.line_id], place, units) for want, place, units in found.served]
    return Solved(served, found.total, found.lower_bound, found.nodes)


def _split(wants: Sequence[Want], places: Sequence[Candidate], limits: Limits, *, node_budget: int) -> Solved:
    if limits.together or limits.min_parcel_value:
        return _Division(wants, places, limits, node_budget=node_budget).run()
    groups = grouped(wants, places)
    setups = [place.fixed_cost for place in places]
    found = Search(groups, setups, node_budget=node_budget, most=limits.max_parcels).run()
    served = [one for group in groups for one in group.serve(found.opened)]
    return Solved(served, found.total, found.lower_bound, found.nodes)


Key = tuple[int, int]
"""Entry and place."""


@dataclass(frozen=True)
class _Part:
    """The problem with more rules: places that are closed, places that must be used, and how many of an entry a place
    gives at least and at most."""

    closed: int = 0
    required: int = 0
    least: Mapping[Key, int] = field(default_factory=dict)
    most: Mapping[Key, int] = field(default_factory=dict)

    def at_most(self, key: Key, units: int) -> _Part:
        return replace(self, most={**self.most, key: units})

    def at_least(self, key: Key, units: int) -> _Part:
        return replace(self, least={**self.least, key: units}, required=self.required | 1 << key[1])


@dataclass(frozen=True)
class _Relaxed:
    """The cheapest answer of a part, some rules left aside. `room`: what each place could give at most."""

    units: Mapping[Key, int]
    used: int
    total: int
    bound: int
    room: Mapping[Key, int]


class _Division:
    """Divides the problem until the best answer of a part keeps every rule."""

    def __init__(self, wants: Sequence[Want], places: Sequence[Candidate], limits: Limits, *, node_budget: int) -> None:
        self._entries = entries_of(wants, limits)
        self._places = places
        self._limits = limits
        self._budget = node_budget
        self._room = {
            (e, p): units
            for e, entry in enumerate(self._entries)
            for p, place in enumerate(places)
            if (units := entry.room(place))
        }
        self._costs = {(e, p): self._entries[e].cost(places[p]) for e, p in self._room}
        self._best: Mapping[Key, int] = {}
        self._best_total = sum(unfilled_cost(want) for want in wants)
        self._nodes = self._work = 0

    def run(self) -> Solved:
        """The cheapest answer; when the budget ends first, the best one seen and an honest lower bound."""
        numbers = count()
        root = self._relaxed(_Part())
        self._dive(_Part(), root)
        waiting = [(root.bound, next(numbers), _Part(), root)] if root else []
        unproven = self._best_total
        while waiting and waiting[0][0] < min(unproven, self._best_total):
            if self._nodes >= self._budget or self._work >= WORK_BUDGET:
                unproven = min(unproven, waiting[0][0])
                break
            _, _, part, relaxed = heapq.heappop(waiting)
            children = self._children(part, relaxed)
            if children is None:  # keeps every rule: nothing in this part is cheaper than its bound
                self._offer(relaxed)
                unproven = min(unproven, relaxed.bound)
                continue
            for child in children:
                answer = self._relaxed(child)
                if answer and answer.bound < self._best_total:
                    heapq.heappush(waiting, (answer.bound, -next(numbers), child, answer))
        return Solved(self._served(), self._best_total, min(unproven, self._best_total), self._nodes)

    def _offer(self, relaxed: _Relaxed) -> None:
        if relaxed.total < self._best_total:
            self._best, self._best_total = relaxed.units, relaxed.total

    def _dive(self, part: _Part, relaxed: _Relaxed | None) -> None:
        """A first answer: forbid what breaks a rule until nothing does."""
        while relaxed and relaxed.bound < self._best_total and self._work < WORK_BUDGET // 4:
            children = self._children(part, relaxed)
            if children is None:
                return self._offer(relaxed)
            if not children:
                return None
            part = children[0]
            relaxed = self._relaxed(part)
        return None

    def _children(self, part: _Part, relaxed: _Relaxed) -> list[_Part] | None:
        """The part in pieces without this answer; None when the answer keeps every rule."""
        for (sku, place), units in self._taken(relaxed.units).items():
            if units > self._places[place].stock.get(sku, 0):
                key = max(
                    ((e, p) for e, p in relaxed.units if p == place and sku in self._entries[e].takes),
                    key=lambda one: (relaxed.units[one] - part.least.get(one, 0), one),
                )
                there = relaxed.units[key]
                return [part.at_most(key, there - 1), part.at_least(key, there)]
        for place in bits(relaxed.used | part.required):
            if self._worth(relaxed.units, place) >= self._limits.min_parcel_value:
                continue
            if not part.required >> place & 1:
                bit = 1 << place
                return [replace(part, closed=part.closed | bit), replace(part, required=part.required | bit)]
            more = [
                key
                for key, room in relaxed.room.items()
                if key[1] == place and self._entries[key[0]].worth and relaxed.units.get(key, 0) < room
            ]
            if not more:
                return []
            key = max(more, key=lambda one: (self._entries[one[0]].worth, one))
            there = relaxed.units.get(key, 0)
            return [part.at_least(key, there + 1), part.at_most(key, there)]
        return None

    def _taken(self, units: Mapping[Key, int]) -> Counter[tuple[str, int]]:
        taken: Counter[tuple[str, int]] = Counter()
        for (e, place), given in units.items():
            for sku, each in self._entries[e].takes.items():
                taken[sku, place] += given * each
        return taken

    def _worth(self, units: Mapping[Key, int], place: int) -> int:
        return sum(given * self._entries[e].worth for (e, p), given in units.items() if p == place)

    # ------------------------------------------------------------ one part

    def _relaxed(self, part: _Part) -> _Relaxed | None:
        """The cheapest answer by the plain search; None when nothing keeps the part's rules."""
        room = self._room_in(part)
        if room is None:
            return None
        reserved: Counter[int] = Counter()
        fixed = sum(self._places[place].fixed_cost for place in bits(part.required))
        for key, least in part.least.items():
            reserved[key[0]] += least
            fixed += least * self._costs[key]
        if any(least > self._entries[e].quantity for e, least in reserved.items()):
            return None
        most = self._limits.max_parcels
        if most is not None:
            most -= part.required.bit_count()
            if most < 0:
                return None
        wants = [want for e, entry in enumerate(self._entries) for want in entry.without(reserved[e], name=str(e))]
        units: Counter[Key] = Counter(part.least)
        found = None
        if wants:
            places = self._stripped(part, room)
            groups = grouped(wants, places)
            setups = [place.fixed_cost for place in places]
            budget = max(0, self._budget - self._nodes)
            found = Search(groups, setups, node_budget=budget, most=most, uncounted=part.required).run()
            for group in groups:
                for _, place, given in group.serve(found.opened):
                    units[int(group.sku), place] += given
        self._nodes += 1 + (found.nodes if found else 0)
        self._work += len(self._room) + (found.work if found else 0)
        given_units = {key: given for key, given in units.items() if given}
        used = part.required
        for _, place in given_units:
            used |= 1 << place
        total, bound = (found.total, found.lower_bound) if found else (0, 0)
        return _Relaxed(given_units, used, fixed + total, fixed + bound, room)

    def _room_in(self, part: _Part) -> dict[Key, int] | None:
        """What each place could give of each entry beside what is reserved there; None when more is reserved than there
        is, or when a place that must be used cannot reach the least value of a parcel."""
        held = self._taken(part.least)
        if any(units > self._places[place].stock.get(sku, 0) for (sku, place), units in held.items()):
            return None
        room: dict[Key, int] = {}
        worth: Counter[int] = Counter()
        for key, most in self._room.items():
            e, place = key
            if part.closed >> place & 1:
                continue
            own = part.least.get(key, 0)
            units = min(most, part.most.get(key, most))
            for sku, each in self._entries[e].takes.items():
                others = held[sku, place] - own * each
                units = min(units, (self._places[place].stock.get(sku, 0) - others) // each)
            if units < own:
                return None
            if units:
                room[key] = units
                worth[place] += units * self._entries[e].worth
        poor = {place for place in range(len(self._places)) if worth[place] < self._limits.min_parcel_value}
        if any(part.required >> place & 1 for place in poor):
            return None
        return {key: units for key, units in room.items() if key[1] not in poor}

    def _stripped(self, part: _Part, room: Mapping[Key, int]) -> list[Candidate]:
        """The places as the plain search sees them: an entry is an item, what is reserved is gone and paid for."""
        stock: list[dict[str, int]] = [{} for _ in self._places]
        prices: list[dict[str, int]] = [{} for _ in self._places]
        for (e, place), units in room.items():
            stock[place][str(e)] = units - part.least.get((e, place), 0)
            prices[place][str(e)] = self._costs[e, place]
        return [
            Candidate(
                place.location_id, 0 if part.required >> p & 1 else place.fixed_cost, 0, 0, stock[p], None, prices[p]
            )
            for p, place in enumerate(self._places)
        ]

    def _served(self) -> list[Served]:
        served: list[Served] = []
        for e, entry in enumerate(self._entries):
            giving = sorted((self._costs[key], key[1], units) for key, units in self._best.items() if key[0] == e)
            if entry.whole:
                served += [(want, place, want.quantity) for _, place, _ in giving for want in entry.wants]
                continue
            left = [(place, units) for _, place, units in giving]
            for want in entry.wants:
                missing = want.quantity
                while missing and left:
                    place, units = left.pop(0)
                    taken = min(missing, units)
                    served.append((want, place, taken))
                    missing -= taken
                    if units > taken:
                        left.insert(0, (place, units - taken))
        return served
