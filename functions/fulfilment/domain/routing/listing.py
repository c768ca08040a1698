"""Few places and plenty of stock: every set of places that may be best, from a table of what each costs every SKU.

Where each place has all that is wanted of what it has, an order is an uncapacitated location problem, and a set costs
its setups and, SKU by SKU, the least figure of its rows. Of a place that has a part only, the table says what it costs
at best (`least`, as if it had the rest too) and by itself (`alone`): a set's cost lies between the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from functions.fulfilment.domain.routing.ascent import Ascent
from functions.fulfilment.domain.routing.groups import Group, bits

Row = list[int]
SWAPS = 6


class Listing:
    """Of the places of the mask `possible`; no lines of one SKU with several weights."""

    def __init__(self, groups: Sequence[Group], setups: Sequence[int], possible: int) -> None:
        self._setups = setups
        self._groups = groups
        self._nothing = [group.unmet[-1] for group in groups]
        tables = [(group.alone, group.unmet[-1]) for group in groups]
        self._alone = {place: [table.get(place, rest) for table, rest in tables] for place in bits(possible)}

    def guess(self, opened: int) -> int:
        """From this set, after the best change each time (open, leave or swap one place), a cheaper one: until none is,
        or some changes were made. Each SKU is served from one place here."""
        chosen = set(bits(opened)) & self._alone.keys()
        total, best = self._total(chosen), chosen
        for _ in range(SWAPS):
            for left_out in (None, *chosen):
                kept = chosen - {left_out} if left_out is not None else chosen
                row = self._row(kept)
                setup = sum([self._setups[place] for place in kept])
                if left_out is not None and setup + sum(row) < total:
                    total, best = setup + sum(row), kept
                least = total - setup
                for place, other in self._alone.items():
                    if (cost := self._setups[place] + sum(map(min, row, other))) < least:
                        least, total, best = cost, setup + cost, kept | {place}
            if best is chosen:
                break
            chosen = best
        return sum([1 << place for place in chosen])

    def _total(self, chosen: set[int]) -> int:
        setup = sum([self._setups[place] for place in chosen])
        return setup + sum(self._row(chosen))

    def _row(self, chosen: set[int]) -> Row:
        rows = [self._alone[place] for place in chosen]
        return list(map(min, self._nothing, *rows)) if rows else self._nothing

    def all_better(
        self, possible: int, ascent: Ascent, *, below: Callable[[], int], offer: Callable[[int], None], most: int
    ) -> int:
        """Offer every set within the mask `possible` that may cost less than `below`, which offers lower. How many sets
        were looked at; more than `most` means that it was given up."""
        rows = self._least(possible)
        order = sorted(rows, key=lambda place: (ascent.slack[place], self._setups[place] + sum(self._alone[place])))
        coming = [(place, ascent.slack[place], self._setups[place], rows[place]) for place in order]
        rest: list[tuple[int, Row]] = []
        for _, _, setup, row in reversed(coming):
            before = rest[-1] if rest else (setup, row)
            rest.append((min(setup, before[0]), list(map(min, row, before[1]))))
        rest.reverse()
        looks, bound = 0, below()
        room = ascent.room(bound)
        stack: list[tuple[int, int, int, int, Row]] = [(0, 0, 0, 0, self._nothing)]
        while stack and looks <= most:
            first, opened, spent, setup, row = stack.pop()
            for index in range(first, len(coming)):
                looks += 1
                place, slack, own, costs = coming[index]
                least, others = rest[index]
                if spent + slack > room or setup + least + sum(map(min, row, others)) >= bound:
                    break
                joined = list(map(min, row, costs))
                if setup + own + sum(joined) < bound:
                    offer(opened | 1 << place)
                    bound = below()
                    room = ascent.room(bound)
                stack.append((index + 1, opened | 1 << place, spent + slack, setup + own, joined))
        return looks

    def _least(self, possible: int) -> dict[int, Row]:
        found = {}
        for place in bits(possible):
            row = self._alone[place]
            if any(group.mask & ~group.full & 1 << place for group in self._groups):
                row = [min(one, group.at_best(place)) for one, group in zip(row, self._groups, strict=True)]
            found[place] = row
        return found
