"""Hot positions: stock of one (sku, location) lent out to cells, each a row in a partition of its own.

    DC1        the head: goods, what is unavailable, the safety stock, and how many units it has `lent`
    DC1#1..K   cells: a cell's `on_hand` is what it was lent; holds and allocations take from it as from any position

A cell that runs short borrows from the head, half an even share at a time, so that the head is seldom touched until the
last units; a hold may take from several cells. Whoever finds too little in its own cell looks at all of them at one
instant: nobody is refused while the units exist. To everybody outside the position is one: see `whole`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from functions.inventory.domain.stock import Change, Counters, Movement, MovementKind, Stock
from functions.inventory.domain.units import Position, Units, by_position, place_of

MAX_SHARDS = 32
MAX_AUTOMATIC_SHARDS = 16


def cell(location_id: str, number: int) -> str:
    """The name of a cell; `#` is in no identifier."""
    return f"{location_id}#{number}"


def cells_of(head: Stock) -> list[Position]:
    """Every cell that may hold something."""
    return [(head.sku, cell(head.location_id, number)) for number in range(1, head.cells + 1)]


def own_cell(head: Stock, document: str) -> Position | None:
    """The cell where a document takes its units; None where the position is not spread."""
    if not head.shards:
        return None
    return head.sku, cell(head.location_id, zlib.crc32(document.encode()) % head.shards + 1)


def spread_over(head: Stock, shards: int, movement: Movement) -> Change | None:
    """New holds are spread over so many cells (below 2: none); what lies in cells stays until taken or gathered."""
    wanted = shards if shards > 1 else 0
    if wanted == head.shards:
        return None
    cells = max(head.cells, wanted)
    return Change(*head.key, movement, version=head.version, shards=wanted, cells=cells)


def gathered(head: Stock, cells: Iterable[Stock], movement: Movement) -> list[Change]:
    """Bring home what is free in the cells. Cells that are not spread over any more and are empty then are given up."""
    rows = list(cells)
    taken = {row.key: row.free for row in rows if row.free > 0}
    emptied = not head.shards and all(
        row.counters.on_hand == taken.get(row.key, 0) and not row.counters.held for row in rows
    )
    if not taken and not (emptied and head.cells):
        return []
    lent = -sum(taken.values())
    home = Change(
        *head.key,
        movement,
        Counters(lent=lent),
        version=head.version,
        cells=0 if emptied else None,
    )
    # A cell that is given up must be as it was read; any other gives what is free.
    back = [
        Change(
            *row.key,
            movement,
            Counters(on_hand=-taken.get(row.key, 0)),
            floors={"free": taken.get(row.key, 0)},
            version=row.version if emptied else None,
        )
        for row in rows
        if row.key in taken or (emptied and row.version)
    ]
    return [home, *back]


def whole(rows: Iterable[Stock]) -> list[Stock]:
    """Positions as everybody outside knows them: heads with what their cells hold and set aside."""
    heads: dict[Position, Stock] = {}
    for row in sorted(rows, key=lambda row: row.key):  # "DC1" sorts before "DC1#1"
        key = row.sku, place_of(row.location_id)
        head = heads.get(key)
        heads[key] = replace(row, counters=replace(row.counters, lent=0)) if head is None else _joined(head, row)
    return list(heads.values())


def _joined(head: Stock, row: Stock) -> Stock:
    lapses = dict(head.lapses)
    for second, quantity in row.lapses.items():
        lapses[second] = lapses.get(second, 0) + quantity
    claims = Counters(held=row.counters.held, allocated=row.counters.allocated)
    return replace(
        head, counters=head.counters + claims, lapses=lapses, version=head.version + row.version, stored_free=None
    )


def by_place(rows: Iterable[Stock], now: int) -> dict[Position, int]:
    """What may be promised per (sku, location): sums over head and cells, never below zero."""
    sums: dict[Position, int] = {}
    for row in rows:
        key = row.sku, place_of(row.location_id)
        sums[key] = sums.get(key, 0) + row.free + row.lapsed(now) - row.safety
    return {key: max(0, quantity) for key, quantity in sums.items()}


@dataclass(frozen=True)
class Spread:
    """Units by row, and what each cell borrows from its head for that."""

    units: tuple[Units, ...]
    loans: Mapping[Position, int]

    @property
    def rows(self) -> set[Position]:
        """Every row that a loan touches."""
        return {*self.loans, *((sku, place_of(at)) for sku, at in self.loans)}

    def moved(self, position: Position) -> Counters:
        """What the loans do to a row."""
        lent = sum(quantity for (sku, at), quantity in self.loans.items() if (sku, place_of(at)) == position)
        return Counters(on_hand=self.loans.get(position, 0), lent=lent)


def spread(
    units: Iterable[Units], rows: Mapping[Position, Stock], *, document: str, now: int, lend: bool = True
) -> Spread:
    """Where in a position the units are taken: in the document's own cell, which borrows what it lacks; else wherever
    there are most. Units that are nowhere stay at the head, where they will be found short."""
    left = {key: row.free + row.lapsed(now) - row.safety for key, row in rows.items()}
    found: list[Units] = []
    loans: dict[Position, int] = {}
    for one in units:
        head = rows.get(one.position)
        if head is None or not head.cells:
            found.append(one)
            continue
        missing, own = one.quantity, own_cell(head, document)
        if lend and own is not None and (need := missing - max(0, left.get(own, 0))) > 0 and left[head.key] >= need:
            loan = max(need, min(left[head.key], -(-left[head.key] // (2 * head.shards))))
            loans[own] = loans.get(own, 0) + loan
            left[head.key] -= loan
            left[own] = left.get(own, 0) + loan
        others = sorted((key for key in (head.key, *cells_of(head)) if key != own), key=lambda key: -left.get(key, 0))
        for key in (*([own] if own else ()), *others):
            taken = min(missing, max(0, left.get(key, 0)))
            if taken:
                left[key] -= taken
                missing -= taken
                found.append(replace(one, location_id=key[1], quantity=taken))
        if missing:
            found.append(replace(one, quantity=missing))
    return Spread(tuple(found), loans)


def without_own(wanted: Iterable[Units], held: Iterable[Units]) -> tuple[list[Units], list[Units]]:
    """(what an order must find, what it holds there already and in which cells)."""
    left = dict(by_position(held))
    fresh: list[Units] = []
    own: list[Units] = []
    for one in wanted:
        missing = one.quantity
        for (sku, at), quantity in left.items():
            if (sku, place_of(at)) == one.position and (taken := min(missing, quantity)):
                left[sku, at] -= taken
                missing -= taken
                own.append(replace(one, location_id=at, quantity=taken))
        fresh += [replace(one, quantity=missing)] if missing else []
    return fresh, own


def split_movement(cause_id: str) -> Movement:
    """What the ledger keeps of a change that nobody outside sees."""
    return Movement(f"shards-{cause_id}", MovementKind.NONE)
