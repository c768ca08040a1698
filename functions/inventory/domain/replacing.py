"""A hold in the place of others: what they give back is taken anew in the same step, and free at no moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from functions.inventory.domain.reservation import Reservation, Status, moved
from functions.inventory.domain.stock import Change, Counters, Movement, Short, Stock, hold
from functions.inventory.domain.units import Position


@dataclass(frozen=True)
class Given:
    """The live holds that end by another one."""

    holds: tuple[Reservation, ...] = ()

    @classmethod
    def of(cls, holds: Iterable[Reservation], *, now: int) -> Given:
        """Those of the holds that are live: the others have nothing to give."""
        return cls(tuple(one for one in holds if one.status_at(now) is Status.HELD))

    @property
    def positions(self) -> set[Position]:
        return {position for one in self.holds for position in one.held_at()}

    def ended(self) -> list[Reservation]:
        """The holds as they are from now on."""
        return [moved(one, Status.RELEASED) for one in self.holds]

    def at(self, position: Position) -> dict[int, int]:
        """Units given back at a position, by the second at which they would have lapsed."""
        units: dict[int, int] = {}
        for one in self.holds:
            if quantity := one.held_at().get(position, 0):
                units[one.until] = units.get(one.until, 0) + quantity
        return units

    def back(self, row: Stock) -> Stock:
        """The position with those units given back. Raises Short when one of the holds has been reclaimed there."""
        units = self.at(row.key)
        if not units:
            return row
        if any(row.lapses.get(second, 0) < quantity for second, quantity in units.items()):
            raise Short(row.key)
        left = {second: quantity - units.get(second, 0) for second, quantity in row.lapses.items()}
        return replace(row, counters=row.counters - Counters(held=sum(units.values())), lapses=left)


def hold_instead(
    row: Stock, quantity: int, given: Given, *, until: int, movement: Movement, loan: Counters | None = None
) -> Change:
    """As `stock.hold`, after what is given back at this position. Raises Short when fewer are available then."""
    units = given.at(row.key)
    if not units:
        return hold(row, quantity, until=until, movement=movement, loan=loan)
    after, total = given.back(row), sum(units.values())
    if quantity or loan:
        taken = hold(after, quantity, until=until, movement=movement, loan=loan)
    else:
        taken = Change(*row.key, movement)
    left, added = {second: after.lapses[second] for second in units}, dict(taken.lapses_added)
    if until in left:
        left[until] += added.pop(until, 0)
    floors = {name: least - (total if name == "free" else 0) for name, least in taken.floors.items()}
    return replace(
        taken,
        delta=taken.delta + Counters(held=-total),
        floors=floors | {"held": total},
        lapses_seen={second: row.lapses[second] for second in units},
        lapses_left=left,
        lapses_added=added,
        version=None,
    )
