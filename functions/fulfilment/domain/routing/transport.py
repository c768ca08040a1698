"""The transport problem of a few lines and places: successive shortest paths (Ahuja, Magnanti, Orlin 1993, ch. 9)."""

from __future__ import annotations

from collections.abc import Sequence

UNREACHED = 1 << 200


def transport(
    demands: Sequence[int], supplies: Sequence[int], costs: Sequence[Sequence[int]], penalties: Sequence[int]
) -> list[list[int]]:
    """The cheapest flow of line x place; what is left of a line costs its penalty per unit.

    Of plans that cost the same, one that fills more. Needed only where lines of one SKU claim different weights: then
    filling the dearest penalty from the cheapest place is not exact any more.
    """
    lines, places = range(len(demands)), range(len(supplies))
    fill_first = sum(demands) + 1  # scales costs so that a unit left over weighs less than any difference of cost
    flow = [[0] * len(supplies) for _ in lines]
    unfilled = list(demands)
    left = list(supplies)
    while True:
        path, gain = _best_path(flow, unfilled, left, costs, penalties, fill_first)
        if gain <= 0:
            return flow
        amount = min(unfilled[path[0]], left[path[-1]])
        back = [(path[i + 1], path[i]) for i in range(1, len(path) - 1, 2)]
        amount = min([amount, *(flow[line][place] for line, place in back)])
        for i in range(0, len(path), 2):
            flow[path[i]][path[i + 1]] += amount
        for line, place in back:
            flow[line][place] -= amount
        unfilled[path[0]] -= amount
        left[path[-1]] -= amount
        assert all(left[place] >= 0 for place in places), "more taken than there is"


def _best_path(
    flow: list[list[int]],
    unfilled: list[int],
    left: list[int],
    costs: Sequence[Sequence[int]],
    penalties: Sequence[int],
    scale: int,
) -> tuple[list[int], int]:
    """The augmenting path line, place, line, place ... that saves most per unit (Bellman-Ford), and its saving."""
    lines, places = range(len(unfilled)), range(len(left))
    at_line = [-(penalties[line] * scale + 1) if unfilled[line] else UNREACHED for line in lines]
    at_place = [UNREACHED] * len(left)
    from_line: list[int] = [-1] * len(left)
    from_place: list[int] = [-1] * len(unfilled)
    changed = True
    while changed:
        changed = False
        for line in lines:
            if at_line[line] == UNREACHED:
                continue
            for place in places:
                reached = at_line[line] + costs[line][place] * scale
                if reached < at_place[place]:
                    at_place[place], from_line[place], changed = reached, line, True
        for place in places:
            if at_place[place] == UNREACHED:
                continue
            for line in lines:
                reached = at_place[place] - costs[line][place] * scale
                if flow[line][place] and reached < at_line[line]:
                    at_line[line], from_place[line], changed = reached, place, True
    ends = [place for place in places if left[place] and at_place[place] != UNREACHED]
    if not ends:
        return [], 0
    end = min(ends, key=lambda place: (at_place[place], place))
    path = [end]
    while True:
        line = from_line[path[0]]
        path.insert(0, line)
        if from_place[line] < 0:
            return path, -at_place[end]
        path.insert(0, from_place[line])
