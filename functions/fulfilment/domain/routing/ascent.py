"""Shares to start with, and a first proven bound, by dual ascent (Erlenkotter 1978, with stocks).

What a SKU pays per unit rises level by level, the SKUs in turn. A place that is cheaper takes the difference as its
share, until its setup is paid; from then on it gives units for nothing, and a SKU whose wants are met by such places
rests. What all pay in the end is a bound by the duality of linear programmes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from functions.fulfilment.domain.routing.groups import Group, bits

SCALE = 1 << 6
"""Shares are scaled integers, so that a bound is proven and not a matter of rounding."""
FAR = 1 << 60

Shares = list[dict[int, int]]
"""Per part and place: what the part bears of the place's setup, scaled."""


@dataclass(frozen=True)
class Part:
    """Units that choose together. `unmet[n]`: what leaving n costs at least; `rising`: offers (cost, place, stock),
    cheapest first. Costs are scaled."""

    need: int
    unmet: tuple[int, ...]
    rising: tuple[tuple[int, int, int], ...]

    @cached_property
    def offers(self) -> list[tuple[int, int, int]]:
        """(place, cost, stock), most stock first."""
        return sorted([(place, cost, stock) for cost, place, stock in self.rising], key=lambda one: (-one[2], one[0]))

    @cached_property
    def costs(self) -> list[list[int]]:
        """By units: what so many from each offer cost, of those that have so many."""
        return [[units * cost for _, cost, stock in self.offers if stock >= units] for units in range(1, self.need + 1)]


def parts_of(groups: Sequence[Group]) -> list[Part]:
    """One part per SKU; of a SKU with lines of several weights none is used (their least cost is added apart)."""
    parts = []
    for group in groups:
        if group.mixed:
            continue
        unmet = tuple([cost * SCALE for cost in group.unmet])
        rising = tuple([(cost * SCALE, place, stock) for cost, place, stock in group.rising])
        parts.append(Part(group.need, unmet, rising))
    return parts


class Ascent:
    """`paid`: the places that are paid for in full; `slack`: what is left of each setup, scaled."""

    def __init__(self, parts: Sequence[Part], setups: Sequence[int], *, undecided: int) -> None:
        self._setups = setups
        self.slack = [setup * SCALE for setup in setups]
        self._bidders = [_Bidder(part, undecided, self.slack) for part in parts]
        live = self._bidders
        while live:
            live = [bidder for bidder in live if bidder.raised()]
        self.paid = sum([1 << place for place in bits(undecided) if not self.slack[place]])
        proven = all(part.unmet[-1] == part.need * part.unmet[1] for part in parts)
        self._value = sum([bidder.value for bidder in self._bidders]) if proven else 0
        self._undecided = undecided

    @property
    def bound(self) -> int:
        """No plan costs less; 0 where the penalties of a SKU's lines differ, of which the ascent knows too little."""
        return -(-self._value // SCALE)

    def room(self, enough: int) -> int:
        """A plan that costs less than `enough` opens places of no more slack in all: it would be paid on top."""
        return (enough - 1) * SCALE - self._value if self._value else FAR

    def shut(self, enough: int) -> int:
        """The undecided places that no plan below `enough` opens."""
        room = self.room(enough)
        return sum([1 << place for place in bits(self._undecided) if self.slack[place] > room])

    def shares(self) -> Shares:
        """What the parts bear; what nobody pays for yet is borne by all alike."""
        found = [bidder.shares() for bidder in self._bidders]
        sharers: dict[int, list[dict[int, int]]] = {}
        for shares in found:
            for place in shares:
                sharers.setdefault(place, []).append(shares)
        for place, rows in sharers.items():
            rest = self._setups[place] * SCALE - sum([row[place] for row in rows])
            for row in rows:
                row[place] += rest // len(rows)
        return found


class _Bidder:
    """One part in the ascent."""

    def __init__(self, part: Part, possible: int, slack: list[int]) -> None:
        self._unmet, self._left = part.unmet, part.need
        self._coming = [offer for offer in reversed(part.rising) if possible >> offer[1] & 1]
        self._paying: list[tuple[int, int]] = []
        self._level = self._coming[-1][0] if self._coming else 0
        self._slack = slack
        self.value = self._level * self._left
        self._possible = possible
        self._part = part
        self._paid_at: dict[int, int] = {}

    def raised(self) -> bool:
        """Pay more, up to the next place that becomes worth it or is paid. False when there is no reason to."""
        slack, paying = self._slack, []
        rise = FAR
        for place, stock in self._paying:
            if slack[place] < stock:
                slack[place] = 0
                self._left -= stock
                self._paid_at[place] = self._level
            else:
                paying.append((place, stock))
                rise = min(rise, slack[place] // stock)
        self._paying = paying
        most = self._unmet[self._left] - self._unmet[self._left - 1] if self._left > 0 else 0
        if self._level >= most:
            return False
        following = self._coming[-1][0] if self._coming else FAR
        rise = min(rise, min(most, following) - self._level)
        for place, stock in paying:
            slack[place] -= stock * rise
        self._level += rise
        self.value += rise * self._left
        if self._level == following:
            _, place, stock = self._coming.pop()
            paying.append((place, stock))
        return True

    def shares(self) -> dict[int, int]:
        """By place, what it pays of the setup."""
        return {
            place: max(0, self._paid_at.get(place, self._level) - cost) * stock
            for cost, place, stock in self._part.rising
            if self._possible >> place & 1
        }
