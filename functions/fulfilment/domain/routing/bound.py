"""A lower bound by duals: each place's setup is shared out among the SKUs, which then choose freely.

The linear relaxation of facility location with `units <= stock * open` gives, for any prices `m >= 0` with
sum over SKUs(m * stock) <= setup, the bound: sum over SKUs of the cheapest way at unit cost + price (weak duality).
Prices are scaled integers, so that the bound is proven and not a matter of rounding. Better prices come by subgradient
steps (Held, Wolfe, Crowder 1974); any number of steps is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.fulfilment.domain.routing.groups import Group

SCALE = 1 << 12
PATIENCE = 2

Prices = list[dict[int, float]]
"""Per part and place: the share of the place's setup that the part bears (the whole share, not per unit)."""


@dataclass(frozen=True)
class Part:
    """Units that choose together in the relaxation; `supplies` (cost, place, stock) over every useful place."""

    demands: tuple[tuple[int, int], ...]
    supplies: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Dual:
    """`bound`: no plan of the parts, undecided setups included, costs less. `prices` that prove it, `steps` taken.

    `shut`: the undecided places that no plan below `enough` opens (reduced-cost fixing).
    """

    bound: int
    prices: Prices
    shut: int
    steps: int


@dataclass(frozen=True)
class _Relaxed:
    """The relaxation's optimum at some prices: scaled cost, use of each place by part, and each part's cutoff: a dearer
    offer would not be taken."""

    scaled: int
    usage: list[dict[int, float]]
    per_unit: list[dict[int, int]]
    cutoffs: list[int]


def parts_of(groups: Sequence[Group]) -> list[Part]:
    """One part per SKU; of a SKU with lines of several weights none is used (their least cost is added apart)."""
    return [
        Part(
            tuple((want.cancel_penalty or 0, want.quantity) for want in group.wants),
            tuple((cost, place, stock) for place, (cost, stock) in sorted(group.supplies.items())),
        )
        for group in groups
        if not group.mixed
    ]


def even_prices(parts: Sequence[Part], setups: Sequence[int]) -> Prices:
    """To start with: each setup in proportion to the units that a part could take there."""
    units: dict[int, int] = {}
    for part in parts:
        for _, place, stock in part.supplies:
            units[place] = units.get(place, 0) + stock
    return [{place: setups[place] * stock / units[place] for _, place, stock in part.supplies} for part in parts]


def dual_bound(
    parts: Sequence[Part], setups: Sequence[int], prices: Prices, *, free: int, undecided: int, enough: int, steps: int
) -> Dual:
    """A proven lower bound of these parts and of the setups of undecided places.

    Places of the mask `free` cost no setup any more, places in neither mask are shut. Stops early once the bound
    reaches `enough`, and after so many `steps`.
    """
    parts = _scaled(parts, free | undecided)
    current = [{place: share for place, share in row.items() if undecided >> place & 1} for row in prices]
    sharers = _sharers(current)
    step, idle, taken = 1.0, 0, 0
    best = _evaluate(parts, setups, current, undecided=undecided)
    best_prices = current
    while taken < steps and idle < PATIENCE and _ceiling(best.scaled) < enough:
        taken += 1
        current = _improved(best_prices, best.usage, setups, sharers, step=step)
        relaxed = _evaluate(parts, setups, current, undecided=undecided)
        if relaxed.scaled > best.scaled:
            best, best_prices, idle = relaxed, current, 0
        else:
            idle += 1
            step /= 2
    shut = _shut(parts, setups, best, undecided=undecided, enough=enough)
    return Dual(_ceiling(best.scaled), best_prices, shut, taken + 1)


def _scaled(parts: Sequence[Part], possible: int) -> list[Part]:
    """The parts with what is possible still, at scaled costs: every step looks at each offer again."""
    return [
        Part(
            tuple((penalty * SCALE, quantity) for penalty, quantity in part.demands),
            tuple((cost * SCALE, place, stock) for cost, place, stock in part.supplies if possible >> place & 1),
        )
        for part in parts
    ]


def _sharers(prices: Prices) -> list[tuple[int, list[int]]]:
    """The places whose setup several parts bear, with those parts."""
    found: dict[int, list[int]] = {}
    for number, shares in enumerate(prices):
        for place in shares:
            found.setdefault(place, []).append(number)
    return [(place, numbers) for place, numbers in found.items() if len(numbers) > 1]


def _ceiling(scaled: int) -> int:
    return -(-scaled // SCALE)


def _shut(parts: Sequence[Part], setups: Sequence[int], best: _Relaxed, *, undecided: int, enough: int) -> int:
    """Places whose setup, less what lower prices (down to the cutoffs, so at the same bound) ask of it, is too much."""
    slack = [setup * SCALE for setup in setups]
    for part, per_unit, cutoff in zip(parts, best.per_unit, best.cutoffs, strict=True):
        for cost, place, stock in part.supplies:
            if undecided >> place & 1:
                slack[place] -= stock * max(0, min(per_unit[place], cutoff - cost))
    return sum(
        1 << place
        for place in range(len(setups))
        if undecided >> place & 1 and _ceiling(best.scaled + slack[place]) >= enough
    )


def _evaluate(parts: Sequence[Part], setups: Sequence[int], prices: Prices, *, undecided: int) -> _Relaxed:
    total = 0
    usage: list[dict[int, float]] = []
    cutoffs: list[int] = []
    per_unit = _per_unit(parts, setups, prices, undecided)
    for part, asked in zip(parts, per_unit, strict=True):
        offers = sorted([(cost + asked.get(place, 0), place, stock) for cost, place, stock in part.supplies])
        cost, used, cutoff = _cheapest(part.demands, offers)
        total += cost
        usage.append(used)
        cutoffs.append(cutoff)
    return _Relaxed(total, usage, per_unit, cutoffs)


def _per_unit(parts: Sequence[Part], setups: Sequence[int], prices: Prices, undecided: int) -> list[dict[int, int]]:
    """Scaled whole prices per unit; what a place asks in all stays within its setup, also where floats rounded up."""
    left = [setup * SCALE for setup in setups]
    rounded: list[dict[int, int]] = []
    for part, shares in zip(parts, prices, strict=True):
        row = {}
        for _, place, stock in part.supplies:
            if undecided >> place & 1:
                row[place] = min(int(shares[place] * SCALE / stock), left[place] // stock)
                left[place] -= row[place] * stock
        rounded.append(row)
    return rounded


def _cheapest(
    demands: Sequence[tuple[int, int]], offers: Sequence[tuple[int, int, int]]
) -> tuple[int, dict[int, float], int]:
    """Cheapest offers to dearest penalties: the cost, the share of each place's stock used, and the cutoff."""
    used: dict[int, float] = {}
    total, cutoff = 0, 0
    position, left = 0, offers[0][2] if offers else 0
    for penalty, quantity in demands:
        missing = quantity
        while missing and position < len(offers) and offers[position][0] < penalty:
            cost, place, stock = offers[position]
            taken = min(missing, left)
            total += taken * cost
            cutoff = max(cutoff, cost)
            used[place] = used.get(place, 0.0) + taken / stock
            missing, left = missing - taken, left - taken
            if not left:
                position += 1
                left = offers[position][2] if position < len(offers) else 0
        total += missing * penalty
        if missing:
            cutoff = max(cutoff, penalty)
    return total, used, cutoff


def _improved(
    prices: Prices,
    usage: Sequence[Mapping[int, float]],
    setups: Sequence[int],
    sharers: Sequence[tuple[int, list[int]]],
    *,
    step: float,
) -> Prices:
    """Move each setup's shares towards the parts that use the place most, keeping their sum at the setup."""
    moved = [dict(shares) for shares in prices]
    for place, numbers in sharers:
        used = [usage[number].get(place, 0.0) for number in numbers]
        if not any(used):
            continue
        setup = setups[place]
        mean, pace = sum(used) / len(used), step * setup / 2
        raised = [
            max(0.0, prices[number][place] + pace * (one - mean)) for number, one in zip(numbers, used, strict=True)
        ]
        whole = sum(raised)
        for number, share in zip(numbers, raised, strict=True):
            moved[number][place] = share * setup / whole if whole > 0 else setup / len(numbers)
    return moved
