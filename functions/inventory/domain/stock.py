"""One position's counters, and the changes that they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum

from shared.errors import Conflict

COUNTERS = ("on_hand", "damaged", "quality_control", "display", "held", "allocated", "lent")


class BelowZero(Conflict):
    """The movement would leave fewer units than none, or more unavailable ones than there are."""

    code = "stock_below_zero"


class Short(Exception):
    """A position cannot give what is asked; the caller knows what that means."""


class MovementKind(StrEnum):
    """Why counters changed."""

    RECEIPT = "receipt"
    ADJUSTMENT = "adjustment"
    DAMAGE = "damage"
    HOLD = "hold"
    RELEASE = "release"
    EXPIRE = "expire"
    ALLOCATE = "allocate"
    DEALLOCATE = "deallocate"
    SHIP = "ship"
    RETURN = "return"
    COUNT = "count"
    UNAVAILABLE = "unavailable"
    AVAILABLE = "available"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    REVERSAL = "reversal"
    NONE = "none"
    """No counter moves: a hold kept or extended, the safety stock set."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Units by what they are; also the change of them."""

    on_hand: int = 0
    damaged: int = 0
    quality_control: int = 0
    display: int = 0
    held: int = 0
    allocated: int = 0
    lent: int = 0
    """Out to the cells of a hot position (see `domain.shards`); 0 anywhere else."""

    @property
    def unavailable(self) -> int:
        return self.damaged + self.quality_control + self.display

    @property
    def free(self) -> int:
        return self.on_hand - self.unavailable - self.held - self.allocated - self.lent

    def __add__(self, other: Counters) -> Counters:
        return Counters(*(getattr(self, name) + getattr(other, name) for name in COUNTERS))

    def __sub__(self, other: Counters) -> Counters:
        return Counters(*(getattr(self, name) - getattr(other, name) for name in COUNTERS))

    def nonzero(self) -> dict[str, int]:
        """The counters that are not zero, by name."""
        return {name: value for name in COUNTERS if (value := getattr(self, name))}


assert tuple(one.name for one in fields(Counters)) == COUNTERS


@dataclass(frozen=True, slots=True)
class Movement:
    """What the ledger will say of one change. `reference` names the document behind it: `reservation/R1`,
    `order/O-1`, or what the poster of a movement wrote."""

    id: str
    kind: MovementKind
    reason: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Stock:
    """One (sku, location) as stored. `lapses`: units of uncommitted holds by the second at which they lapse;
    `stored_free`: the copy of `free` that conditions compare with, which the audit checks."""

    sku: str
    location_id: str
    counters: Counters = Counters()
    safety: int = 0
    lapses: Mapping[int, int] = field(default_factory=dict)
    version: int = 0
    count_due: bool = False
    shards: int = 0
    """Over how many cells new holds are spread; 0: not at all."""
    cells: int = 0
    """How many cells may hold something."""
    stored_free: int | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        return self.sku, self.location_id

    @property
    def free(self) -> int:
        return self.counters.free

    @property
    def shortage(self) -> int:
        """Units that are promised (holds that have lapsed uncounted among them) and not there."""
        return max(0, -self.free)

    def lapsed(self, now: int) -> int:
        """Units of holds that have lapsed by `now` (epoch seconds) and are still counted as held."""
        return sum(quantity for second, quantity in self.lapses.items() if second <= now)

    def held(self, now: int) -> int:
        """Units of holds that are live."""
        return self.counters.held - self.lapsed(now)

    def available(self, now: int) -> int:
        """What may be promised here to anybody, when the place is open."""
        return max(0, self.free + self.lapsed(now) - self.safety)


@dataclass(frozen=True)
class Change:
    """What one command does to one position.

    Counters move by `delta`, so rivals' changes commute; `floors` name what each counter (or `free`) must be at least
    beforehand. `lapses` are new totals of buckets that must still be as `lapses_seen`; `lapses_added` commute.
    With `version`, nobody may have touched the row since it was read (0: it must not exist).
    """

    sku: str
    location_id: str
    movement: Movement
    delta: Counters = Counters()
    floors: Mapping[str, int] = field(default_factory=dict)
    lapses_added: Mapping[int, int] = field(default_factory=dict)
    lapses_seen: Mapping[int, int] = field(default_factory=dict)
    lapses_left: Mapping[int, int] = field(default_factory=dict)
    version: int | None = None
    safety: int | None = None
    count_due: bool | None = None
    shards: int | None = None
    cells: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.sku, self.location_id


def applied(stock: Stock, change: Change) -> Stock:
    """The position after the change. Raises Short when a floor or an expectation does not hold."""
    balances = {name: getattr(stock.counters, name) for name in COUNTERS} | {"free": stock.free, "cells": stock.cells}
    if any(balances[name] < least for name, least in change.floors.items()):
        raise Short(stock.key)
    if change.version is not None and change.version != stock.version:
        raise Short(stock.key)
    if any(stock.lapses.get(second, 0) != seen for second, seen in change.lapses_seen.items()):
        raise Short(stock.key)
    lapses = {**stock.lapses, **change.lapses_left}
    for second, quantity in change.lapses_added.items():
        lapses[second] = lapses.get(second, 0) + quantity
    return replace(
        stock,
        counters=stock.counters + change.delta,
        safety=stock.safety if change.safety is None else change.safety,
        lapses={second: quantity for second, quantity in lapses.items() if quantity},
        version=stock.version + 1,
        count_due=stock.count_due if change.count_due is None else change.count_due,
        shards=stock.shards if change.shards is None else change.shards,
        cells=stock.cells if change.cells is None else change.cells,
    )


def moved(
    stock: Stock, delta: Counters, movement: Movement, *, opening_safety: int = 0, count_due: bool | None = None
) -> Change:
    """Goods and what of them is unavailable, as people say they are.

    Raises BelowZero when on hand or a bucket would fall below zero, or unavailable exceed on hand. `free` may become
    negative: then promises exceed the goods, and that is what the counters have to say.
    """
    after = stock.counters + delta
    if min(after.on_hand, after.damaged, after.quality_control, after.display) < 0 or after.unavailable > after.on_hand:
        raise BelowZero(
            f"{stock.sku} at {stock.location_id}: {stock.counters.on_hand} on hand, "
            f"{stock.counters.unavailable} of them unavailable",
            extra={"sku": stock.sku, "location_id": stock.location_id},
        )
    safety = None if stock.version else opening_safety
    return Change(*stock.key, movement, delta, version=stock.version, safety=safety, count_due=count_due)


def hold(stock: Stock, quantity: int, *, until: int, movement: Movement, loan: Counters | None = None) -> Change:
    """Set units aside until the second `until`; `loan`: what the row lends or borrows with that. Raises Short when
    fewer are available."""
    delta = Counters(held=quantity) + (loan or Counters())
    needed = -delta.free
    if stock.free - stock.safety < needed:
        raise Short(stock.key)
    return Change(
        *stock.key,
        movement,
        delta,
        floors={"free": needed + stock.safety} | ({"cells": stock.cells} if delta.lent else {}),
        lapses_added={until: quantity} if quantity else {},
        version=None if stock.version else 0,
    )


def unhold(stock: Stock, quantity: int, *, until: int, movement: Movement) -> Change:
    """Give held units back. Raises Short when the hold has been reclaimed here already."""
    return replace(keep(stock, quantity, until=until, movement=movement), delta=Counters(held=-quantity))


def keep(stock: Stock, quantity: int, *, until: int, movement: Movement, released: int = 0) -> Change:
    """Held units do not lapse any more; `released` of them become free. Raises Short when they were reclaimed."""
    seen = stock.lapses.get(until, 0)
    if seen < quantity:
        raise Short(stock.key)
    return Change(
        *stock.key,
        movement,
        Counters(held=-released),
        floors={"held": quantity},
        lapses_seen={until: seen},
        lapses_left={until: seen - quantity},
    )


def extend(stock: Stock, quantity: int, *, until: int, later: int, movement: Movement) -> Change:
    """Held units lapse at another second. Raises Short when they were reclaimed."""
    kept = keep(stock, quantity, until=until, movement=movement)
    if later == until:
        return replace(kept, lapses_seen={}, lapses_left={})
    return replace(kept, lapses_added={later: quantity})


def reclaim(stock: Stock, *, now: int) -> Change | None:
    """Take back every hold that has lapsed; None when none has."""
    gone = {second: quantity for second, quantity in stock.lapses.items() if second <= now}
    if not gone:
        return None
    movement = Movement(f"lapse-{max(gone)}-{stock.version}", MovementKind.EXPIRE)
    return Change(
        *stock.key,
        movement,
        Counters(held=-sum(gone.values())),
        lapses_seen=gone,
        lapses_left=dict.fromkeys(gone, 0),
        version=stock.version,
    )


def found(stock: Stock, missing: int, *, reference: str) -> Change:
    """Goods left that the counter did not know of: so they were there. The position is flagged for a count."""
    reason = f"{missing} more left than were on hand"
    return Change(
        *stock.key,
        Movement(f"found-{reference}-{stock.version}", MovementKind.ADJUSTMENT, reason, reference),
        Counters(on_hand=missing),
        version=stock.version,
        count_due=True,
    )


def lapse_second(now: int, ttl_seconds: int, *, crowd: int) -> int:
    """When a hold made now lapses, as epoch seconds.

    On a position with many live buckets the second is rounded up (10 s, then 60 s), so that the stored row stays
    small however many holds a hot item takes.
    """
    grain = 1 if crowd < 60 else 10 if crowd < 120 else 60
    return -(-(now + ttl_seconds) // grain) * grain


def take_back(stock: Stock, delta: Counters, *, movement: Movement) -> Change:
    """Goods came back here, or were judged: `delta` of on hand and of what waits for a judgement.

    What a count or damage took off meanwhile is not taken off once more.
    """
    after = Counters(
        on_hand=max(delta.on_hand, -stock.counters.on_hand),
        quality_control=max(delta.quality_control, -stock.counters.quality_control),
    )
    return Change(*stock.key, movement, after, version=stock.version)


def written_off(stock: Stock, delta: Counters, *, movement: Movement) -> Change:
    """Units are not on the shelf, or damaged; those of them that were set aside are so no longer.

    What a count or damage wrote off meanwhile is not written off once more.
    """
    on_hand = max(delta.on_hand, stock.counters.unavailable - stock.counters.on_hand)
    damaged = min(delta.damaged, max(0, stock.counters.on_hand + on_hand - stock.counters.unavailable))
    after = Counters(on_hand=on_hand, damaged=damaged, allocated=delta.allocated, lent=delta.lent)
    return Change(*stock.key, movement, after, floors={"allocated": -delta.allocated}, version=stock.version)


def ship(stock: Stock, quantity: int, *, promised: int, movement: Movement, lent: int = 0) -> Change:
    """Goods leave, `promised` of them set aside before, `lent` of them set aside in cells. Raises Short when fewer are
    on hand (see `found`).

    When what was counted as unavailable leaves as well (a display piece is sold), it is unavailable no longer.
    """
    after = stock.counters.on_hand - quantity
    if after < 0:
        raise Short(stock.key)
    excess = max(0, stock.counters.unavailable - after)
    taken = {}
    for bucket in ("display", "quality_control", "damaged"):
        taken[bucket] = -min(excess, getattr(stock.counters, bucket))
        excess += taken[bucket]
    delta = Counters(on_hand=-quantity, allocated=-promised, lent=-lent, **taken)
    return Change(
        *stock.key,
        movement,
        delta,
        floors={"on_hand": quantity, "allocated": promised} | ({"lent": lent} if lent else {}),
        version=stock.version if any(taken.values()) else None,
    )
