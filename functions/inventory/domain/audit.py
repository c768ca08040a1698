"""The proof that nothing was lost or promised twice: counters = sums of the ledger = open holds and allocations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from functions.inventory.domain.book import Book
from functions.inventory.domain.reservation import Reservation, Status
from functions.inventory.domain.stock import Counters, Stock
from functions.inventory.domain.transfers import Transfer
from functions.inventory.domain.units import Position, part_of, place_of


@dataclass(frozen=True)
class Line:
    """What the audit needs of one ledger line."""

    version: int
    deltas: Counters
    balances: Counters


@dataclass(frozen=True)
class Violation:
    """One position where two accounts of the same thing differ."""

    sku: str
    location_id: str
    rule: str
    expected: int
    actual: int


@dataclass(frozen=True)
class Claims:
    """What documents say is held or set aside. `lapsing`: units of uncommitted holds by position and second."""

    lapsing: Mapping[Position, Mapping[int, int]]
    committed: Mapping[Position, int]
    allocated: Mapping[Position, int]


def claims_of(reservations: Iterable[Reservation], books: Iterable[Book], transfers: Iterable[Transfer] = ()) -> Claims:
    """Sum up the documents."""
    lapsing: dict[Position, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    committed: dict[Position, int] = defaultdict(int)
    allocated: dict[Position, int] = defaultdict(int)
    for reservation in reservations:
        if reservation.status is Status.HELD:
            for position, quantity in reservation.held_at().items():
                lapsing[position][reservation.until] += quantity
    for book in books:
        for sums, claimed in zip((committed, allocated), book.claims(), strict=True):
            for position, quantity in claimed.items():
                sums[position] += quantity
    for transfer in transfers:
        for position, quantity in transfer.claims().items():
            allocated[position] += quantity
    return Claims(lapsing, committed, allocated)


def lagging(stock: Stock, lines: Sequence[Line]) -> bool:
    """Whether the ledger has not reached the position's present version yet."""
    return max((line.version for line in lines), default=0) < stock.version


def check_position(stock: Stock, lines: Sequence[Line], claims: Claims, *, now: int) -> list[Violation]:
    """Every rule that the position breaks. `lines` reach the position's version (see `lagging`)."""
    counters = stock.counters
    found: list[Violation] = []

    def expect(rule: str, expected: int, actual: int) -> None:
        if expected != actual:
            found.append(Violation(*stock.key, rule, expected, actual))

    _check_ledger(stock, lines, expect)
    expect("free_copy", stock.free, stock.free if stock.stored_free is None else stock.stored_free)
    for name in ("on_hand", "unavailable", "held", "allocated"):
        value = getattr(counters, name)
        expect(f"{name}_not_negative", max(0, value), value)
    expect("unavailable_within_on_hand", min(counters.unavailable, counters.on_hand), counters.unavailable)
    lapsing = claims.lapsing.get(stock.key, {})
    for second in sorted({*lapsing, *stock.lapses}):
        expected, actual = lapsing.get(second, 0), stock.lapses.get(second, 0)
        if actual or second > now:  # a lapsed hold may have been reclaimed before anybody wrote that on the hold
            expect("holds_that_lapse", expected, actual)
    expect("held", sum(stock.lapses.values()) + claims.committed.get(stock.key, 0), counters.held)
    expect("allocated", claims.allocated.get(stock.key, 0), counters.allocated)
    return found


def check_lending(rows: Sequence[Stock]) -> list[Violation]:
    """What heads have lent is what their cells have. `rows`: an item's, all as of one instant."""
    found = []
    for head in (row for row in rows if not part_of(row.location_id)):
        cells = [row for row in rows if row.key != head.key and place_of(row.location_id) == head.location_id]
        out = sum(row.counters.on_hand for row in cells)
        if out != head.counters.lent:
            found.append(Violation(*head.key, "lent", out, head.counters.lent))
    return found


def _check_ledger(stock: Stock, lines: Sequence[Line], expect: Callable[[str, int, int], None]) -> None:
    known = {line.version: line for line in lines if line.version <= stock.version}
    expect("ledger_without_gap", stock.version, len(known))
    if len(known) != stock.version:
        return
    running = Counters()
    for version in sorted(known):
        running += known[version].deltas
        if running != known[version].balances:
            expect("ledger_balances", known[version].balances.free, running.free)
            return
    for name, value in (running - stock.counters).nonzero().items():
        expect(f"ledger_sum_{name}", getattr(running, name), getattr(running, name) - value)
