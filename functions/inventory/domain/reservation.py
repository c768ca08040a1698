"""A hold on stock: states, the choice of where to pin it, and what an order may make of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from functions.inventory.domain.units import Position, Units, by_position, place_of
from shared.errors import Conflict

DEFAULT_TTL_SECONDS = 600
MAX_TTL_SECONDS = 14_400
MAX_EXTENSIONS = 2


class Scope(StrEnum):
    """`location`: for collection there; `network`: wherever it lies, routing may move it."""

    NETWORK = "network"
    LOCATION = "location"


class Status(StrEnum):
    """Where a hold stands. HELD beyond its time is EXPIRED whether or not somebody has written that down."""

    HELD = "HELD"
    COMMITTED = "COMMITTED"
    RELEASED = "RELEASED"
    EXPIRED = "EXPIRED"
    ALLOCATED = "ALLOCATED"
    """Units of the order that took the hold over are set aside. Told from the order's book, never stored."""
    CONSUMED = "CONSUMED"
    """They have left. Told from the order's book, never stored."""


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.HELD: frozenset({Status.HELD, Status.COMMITTED, Status.RELEASED, Status.EXPIRED}),
    Status.COMMITTED: frozenset(),
    Status.RELEASED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.ALLOCATED: frozenset(),
    Status.CONSUMED: frozenset(),
}


class ReservationReused(Conflict):
    """The id names another reservation."""

    code = "reservation_id_reused"


class InsufficientStock(Conflict):
    """Not enough is available; nothing was held."""

    code = "insufficient_stock"


class ReservationEnded(Conflict):
    """The hold is not live any more."""

    code = "reservation_ended"


class TooManyHolds(Conflict):
    """The owner holds as much as one may; `limit` and `open` say of what and how much."""

    code = "too_many_holds"


class TooManyExtensions(Conflict):
    """A hold can be extended twice."""

    code = "too_many_extensions"


@dataclass(frozen=True)
class Wanted:
    """One line as asked for."""

    line_id: str
    sku: str
    quantity: int
    location_id: str | None = None


@dataclass(frozen=True)
class Reservation:
    """A hold. `until`: epoch seconds at which it lapses. `wanted` is what was asked, `pins` what is held where."""

    reservation_id: str
    owner: str
    channel: str | None
    scope: Scope
    wanted: tuple[Wanted, ...]
    pins: tuple[Units, ...]
    until: int
    fingerprint: str
    created_at: datetime
    status: Status = Status.HELD
    extensions: int = 0
    order_id: str = ""
    version: int = 0

    def status_at(self, now: int) -> Status:
        """The status, judged by time."""
        return Status.EXPIRED if self.status is Status.HELD and self.until <= now else self.status

    def held_at(self) -> dict[Position, int]:
        """Units by position, in key order."""
        return by_position(self.pins)


def moved(reservation: Reservation, to: Status, *, order_id: str = "") -> Reservation:
    """The hold in its next state. Raises ReservationEnded when it is not live."""
    if to not in TRANSITIONS[reservation.status]:
        raise ReservationEnded(f"the reservation is {reservation.status}")
    return replace(reservation, status=to, order_id=order_id)


def extended(reservation: Reservation, *, now: int, until: int) -> Reservation:
    """The hold with a later end. Raises ReservationEnded or TooManyExtensions."""
    if reservation.status_at(now) is not Status.HELD:
        raise ReservationEnded(f"the reservation is {reservation.status_at(now)}")
    if reservation.extensions >= MAX_EXTENSIONS:
        raise TooManyExtensions(f"a reservation is extended at most {MAX_EXTENSIONS} times")
    return replace(reservation, until=until, extensions=reservation.extensions + 1)


def handed_over(reservation: Reservation, *, owner: str, now: int) -> Reservation:
    """The hold as another owner's, to the same end. Raises ReservationEnded when it is not live."""
    if reservation.status_at(now) is not Status.HELD:
        raise ReservationEnded(f"the reservation is {reservation.status_at(now)}")
    return replace(reservation, owner=owner)


@dataclass(frozen=True)
class Caps:
    """How much one owner may hold at a time; None: as much as there is."""

    holds: int | None = None
    units: int | None = None

    @property
    def any(self) -> bool:
        return self.holds is not None or self.units is not None

    def check(self, held: Mapping[str, int], quantity: int) -> None:
        """Raises TooManyHolds when one more hold of so many units is too much. `held`: units by open hold."""
        for limit, name, there, more in (
            (self.holds, "holds", len(held), 1),
            (self.units, "units", sum(held.values()), quantity),
        ):
            if limit is not None and there + more > limit:
                raise TooManyHolds(
                    f"an owner may hold at most {limit} {name} at a time",
                    extra={"limit": {name: limit}, "open": {name: there}},
                )


@dataclass(frozen=True)
class Pinning:
    """Where the units are taken, and per SKU how many were asked for and how many there are for it."""

    pins: tuple[Units, ...]
    requested: Mapping[str, int]
    granted: Mapping[str, int]

    @property
    def shortages(self) -> list[dict[str, str | int]]:
        """Per SKU that falls short: what was asked and what there is."""
        return [
            {"sku": sku, "requested": requested, "available": self.granted[sku]}
            for sku, requested in sorted(self.requested.items())
            if requested > self.granted[sku]
        ]


def choose_pins(
    wanted: Sequence[Wanted], available: Mapping[Position, int], *, rank: Callable[[str], float] | None = None
) -> Pinning:
    """Pin every line to places that have the units: one place for a whole line where one can, else several.

    `rank` orders places (nearest first); without it the place with most stock comes first. `available` counts per
    position what may be promised; a line that names its place takes from there alone, before the others.
    """
    left = dict(available)
    pins: list[Units] = []
    requested: dict[str, int] = defaultdict(int)
    granted: dict[str, int] = defaultdict(int)
    places: dict[str, list[str]] = defaultdict(list)
    for sku, location_id in available:
        places[sku].append(location_id)
    for line in sorted(wanted, key=lambda line: (line.location_id is None, line.line_id)):
        requested[line.sku] += line.quantity
        taken = _pin(line, left, places[line.sku], rank)
        granted[line.sku] += sum(pin.quantity for pin in taken)
        pins += taken
    return Pinning(tuple(pins), dict(requested), dict(granted))


def _pin(
    line: Wanted, left: dict[Position, int], places: Sequence[str], rank: Callable[[str], float] | None
) -> list[Units]:
    def order(location_id: str) -> tuple[bool, float, str]:
        quantity = left[line.sku, location_id]
        return quantity < line.quantity, rank(location_id) if rank else -quantity, location_id

    candidates = [place for place in places if line.location_id in (None, place)]
    pins, missing = [], line.quantity
    for location_id in sorted(candidates, key=order):
        taken = min(missing, left[line.sku, location_id])
        if taken:
            left[line.sku, location_id] -= taken
            missing -= taken
            pins.append(Units(line.line_id, line.sku, location_id, taken))
    return pins


@dataclass(frozen=True)
class OrderLine:
    """What an order wants of an item; `location_id` where only that place will do."""

    line_id: str
    sku: str
    quantity: int
    location_id: str | None = None


def usable_pins(
    reservation: Reservation | None,
    lines: Sequence[OrderLine],
    *,
    channel: str,
    placed: int,
    carried: Collection[str] = (),
) -> tuple[tuple[Units, ...], str]:
    """(what of the hold is the order's, "") or ((), why the order cannot use it).

    It must have been live when the order was placed (epoch seconds), made by the same channel or for all of them, and
    fit: per item no more than ordered, and for a collection at that very place. A surplus is not the order's, nor is
    what is held of items that left with the shopper (`carried`): that is needed no longer.
    """
    if reservation is None:
        return (), "unknown"
    if reservation.channel not in (None, channel):
        return (), "foreign"
    if reservation.status is not Status.HELD:
        return (), "used" if reservation.status is Status.COMMITTED else "ended"
    if placed >= reservation.until:
        return (), "lapsed"
    left = {(pin.line_id, *pin.position): pin for pin in reservation.pins}
    pins = []
    for line in sorted(lines, key=lambda line: (line.location_id is None, line.line_id)):
        missing = line.quantity
        for key, pin in left.items():
            if pin.sku != line.sku or line.location_id not in (None, place_of(pin.location_id)):
                continue
            if taken := min(missing, pin.quantity):
                pins.append(Units(line.line_id, line.sku, pin.location_id, taken))
                left[key] = replace(pin, quantity=pin.quantity - taken)
                missing -= taken
    fits = pins or any(pin.sku in carried for pin in reservation.pins)
    return (tuple(pins), "") if fits else ((), "mismatched")
