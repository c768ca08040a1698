"""What inventory keeps of one order: its hold, what is set aside for it, what was withdrawn and what has left.

Commands on a book give a `Step`: the entries to post to stock rows, and the book as it is once all of them are
posted. A step of many positions is posted in chunks: the book carries it as `work` meanwhile, so that whoever comes
next (a redelivery, the timer, another event of the order) completes it before doing anything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from functions.inventory.domain.stock import Counters, MovementKind
from functions.inventory.domain.units import Position, Units, at_places, by_position, joined, minus, place_of


class Verdict(StrEnum):
    """How a plan ended."""

    ALLOCATED = "ALLOCATED"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Entry:
    """The change of one position. `fresh`: units that must be free there beyond `safety` (None: what the row says)."""

    sku: str
    location_id: str
    delta: Counters
    fresh: int = 0
    safety: int | None = None

    @property
    def position(self) -> Position:
        return self.sku, self.location_id


@dataclass(frozen=True)
class HoldUse:
    """What became of the hold that the order named: committed with its pins (line ids of the order), or why not."""

    reservation_id: str
    pins: tuple[Units, ...] = ()
    ignored_because: str = ""


@dataclass(frozen=True)
class Withdrawal:
    """Units of a plan that are not wanted any more. `freed`: those that had been set aside."""

    plan_version: int
    request_id: str
    wanted: tuple[Units, ...]
    freed: tuple[Units, ...] = ()


@dataclass(frozen=True)
class Lying:
    """Goods of a return at one place. `judging`: those of them that nobody may sell (yet)."""

    sku: str
    location_id: str
    quantity: int
    judging: int = 0


@dataclass(frozen=True)
class TakenBack:
    """A return as it was told last."""

    version: int
    lying: tuple[Lying, ...] = ()


@dataclass(frozen=True)
class State:
    """The book's content. `allocated` by plan; `left`: units gone, by fulfilment order and line."""

    hold: HoldUse | None = None
    held: tuple[Units, ...] = ()
    allocated: Mapping[int, tuple[Units, ...]] = field(default_factory=dict)
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)
    withdrawals: tuple[Withdrawal, ...] = ()
    left: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    taken_back: Mapping[str, TakenBack] = field(default_factory=dict)
    cancelled: bool = False


@dataclass(frozen=True)
class PositionTruth:
    """One position as it truly is, told with a refusal."""

    sku: str
    location_id: str
    on_hand: int
    unavailable: int
    held: int
    allocated: int
    safety: int
    version: int


@dataclass(frozen=True)
class Answer:
    """Inventory's word on one plan."""

    order_id: str
    plan_version: int
    verdict: Verdict
    allocations: tuple[Units, ...] = ()
    positions: tuple[PositionTruth, ...] = ()


@dataclass(frozen=True)
class Step:
    """Entries to post, in the order in which they are safe to post, and what holds once they are."""

    kind: MovementKind
    entries: tuple[Entry, ...]
    target: State
    answer: Answer | None = None


@dataclass(frozen=True)
class Work:
    """A step under way: `done` of its entries are posted."""

    step: Step
    done: int = 0


@dataclass(frozen=True)
class Book:
    """One order's book."""

    order_id: str
    state: State = State()
    work: Work | None = None
    version: int = 0

    def claims(self) -> tuple[dict[Position, int], dict[Position, int]]:
        """(held, allocated) units by position, a step half posted included."""
        held = defaultdict(int, by_position(self.state.held))
        allocated = defaultdict(int, by_position(one for units in self.state.allocated.values() for one in units))
        for entry in self.work.step.entries[: self.work.done] if self.work else ():
            held[entry.position] += entry.delta.held
            allocated[entry.position] += entry.delta.allocated
        return dict(held), dict(allocated)

    @property
    def skus(self) -> tuple[str, ...]:
        """The items of which units are held or set aside, or about to be."""
        positions = {position for claims in self.claims() for position, quantity in claims.items() if quantity}
        positions |= {entry.position for entry in self.work.step.entries} if self.work else set()
        return tuple(sorted({sku for sku, _ in positions}))


def committed(state: State, hold: HoldUse) -> State:
    """The order's hold is its own from now on."""
    return replace(state, hold=hold, held=joined(hold.pins))


def ignored(state: State, reservation_id: str, because: str) -> State:
    """The hold that the order named cannot be used."""
    return replace(state, hold=HoldUse(reservation_id, ignored_because=because))


def allocate(book: Book, plan_version: int, allocations: Iterable[Units]) -> Step:
    """Set aside what the plan asks for, less what was withdrawn already; the order's own hold is converted, and what
    it holds elsewhere than planned becomes free. Entries that can fail come first."""
    state = book.state
    withdrawn = (one for w in state.withdrawals if w.plan_version == plan_version for one in w.wanted)
    wanted, _ = minus(allocations, withdrawn)
    need, held = by_position(wanted), by_position(state.held)
    taking = [
        Entry(*position, Counters(held=-min(quantity, has), allocated=quantity), fresh=quantity - min(quantity, has))
        for position, quantity in need.items()
        for has in (held.get(position, 0),)
    ]
    freeing = [
        Entry(*position, Counters(held=-spare))
        for position, has in held.items()
        if (spare := has - min(has, need.get(position, 0)))
    ]
    answer = Answer(book.order_id, plan_version, Verdict.ALLOCATED, tuple(wanted))
    target = replace(
        state,
        held=(),
        allocated={**state.allocated, plan_version: tuple(wanted)},
        verdicts={**state.verdicts, plan_version: Verdict.ALLOCATED},
    )
    return Step(MovementKind.ALLOCATE, (*taking, *freeing), target, answer)


def refuse(book: Book, plan_version: int, positions: tuple[PositionTruth, ...]) -> Step:
    """Take nothing; undo what a step half posted has taken."""
    done = book.work.step.entries[: book.work.done] if book.work else ()
    target = replace(book.state, verdicts={**book.state.verdicts, plan_version: Verdict.REFUSED})
    undo = tuple(Entry(*entry.position, Counters() - entry.delta) for entry in reversed(done))
    answer = Answer(book.order_id, plan_version, Verdict.REFUSED, positions=positions)
    return Step(MovementKind.DEALLOCATE, undo, target, answer)


def withdraw(book: Book, plan_version: int, request_id: str, wanted: tuple[Units, ...]) -> Step:
    """Free what the plan has set aside of these units, and remember the rest for a request that comes later."""
    state = book.state
    kept, freed = minus(state.allocated.get(plan_version, ()), wanted)
    allocated = {**state.allocated, plan_version: kept} if freed else state.allocated
    withdrawal = Withdrawal(plan_version, request_id, wanted, freed)
    target = replace(state, allocated=allocated, withdrawals=(*state.withdrawals, withdrawal))
    return Step(MovementKind.DEALLOCATE, _entries(freed, lambda quantity: Counters(allocated=-quantity)), target)


def write_off(book: Book, plan_version: int, request_id: str, missing: tuple[Units, ...], *, damaged: bool) -> Step:
    """Take back what the plan has set aside of these units and write them off in the same posting: they never appear
    free. Missing ones are off the shelf, damaged ones unavailable."""
    state = book.state
    kept, taken = minus(state.allocated.get(plan_version, ()), missing)
    target = replace(
        state,
        allocated={**state.allocated, plan_version: kept},
        withdrawals=(*state.withdrawals, Withdrawal(plan_version, request_id, missing)),
    )
    promised, gone = by_position(taken), by_position(missing)
    entries = [
        Entry(
            *position,
            Counters(
                on_hand=0 if damaged else -quantity,
                damaged=quantity if damaged else 0,
                allocated=-promised.get(position, 0),
                lent=-_in_cells(promised, position),
            ),
        )
        for position, quantity in gone.items()
    ]
    entries += _out_of_cells(promised, gone)
    return Step(MovementKind.DAMAGE if damaged else MovementKind.ADJUSTMENT, tuple(entries), target)


def cancel(book: Book) -> Step:
    """The whole order is cancelled: a hold that was never converted is given back."""
    state = book.state
    entries = _entries(state.held, lambda quantity: Counters(held=-quantity))
    return Step(MovementKind.RELEASE, entries, replace(state, held=(), cancelled=True))


def leave(book: Book, *, source: str, gone: Sequence[Units]) -> Step | None:
    """Goods have left a place (`source`: a fulfilment order, or the till). `gone` are totals since the beginning of
    the source, so repeats and late steps mean nothing; None when nothing new has left."""
    state = book.state
    before = state.left.get(source, {})
    fresh = [
        replace(one, quantity=one.quantity - before.get(one.line_id, 0))
        for one in gone
        if one.quantity > before.get(one.line_id, 0)
    ]
    if not fresh:
        return None
    allocated, rest = dict(state.allocated), tuple(fresh)
    taken: list[Units] = []
    for plan_version in sorted(allocated):
        allocated[plan_version], used = minus(allocated[plan_version], rest)
        rest, _ = minus(rest, at_places(used))
        taken += used
    promised, quantities = by_position(taken), by_position(fresh)
    entries = [
        Entry(
            *position,
            Counters(on_hand=-quantity, allocated=-promised.get(position, 0), lent=-_in_cells(promised, position)),
        )
        for position, quantity in quantities.items()
    ]
    entries += _out_of_cells(promised, quantities)
    totals = {**before, **{one.line_id: one.quantity for one in gone if one.quantity > before.get(one.line_id, 0)}}
    target = replace(state, allocated=allocated, left={**state.left, source: totals})
    return Step(MovementKind.SHIP, tuple(entries), target)


def _in_cells(promised: Mapping[Position, int], head: Position) -> int:
    """Units of a position that are set aside in its cells."""
    return sum(quantity for (sku, at), quantity in promised.items() if at != head[1] and (sku, place_of(at)) == head)


def _out_of_cells(promised: Mapping[Position, int], heads: Mapping[Position, int]) -> list[Entry]:
    """Goods that cells had set aside are not theirs any more."""
    return [
        Entry(*position, Counters(on_hand=-quantity, allocated=-quantity))
        for position, quantity in promised.items()
        if position not in heads
    ]


def come(book: Book, plan_version: int, *, source: str, leaves_as: str, units: Sequence[Units]) -> Step | None:
    """Goods of the order have come to a place and are set aside there (`source` names the arrival). None when they were
    told before.

    Units that have left from here already (told as `leaves_as`) came and went; withdrawn ones are free.
    """
    state = book.state
    if source in state.left:
        return None
    gone = state.left.get(leaves_as, {})
    here = [replace(one, quantity=max(0, one.quantity - gone.get(one.line_id, 0))) for one in units]
    withdrawn = (one for w in state.withdrawals if w.plan_version == plan_version for one in w.wanted)
    kept, _ = minus(here, withdrawn)
    promised = by_position(kept)
    entries = tuple(
        Entry(*position, Counters(on_hand=quantity, allocated=promised.get(position, 0)))
        for position, quantity in by_position(one for one in here if one.quantity).items()
    )
    allocated = {**state.allocated, plan_version: joined((*state.allocated.get(plan_version, ()), *kept))}
    totals = {one.line_id: one.quantity for one in units}
    return Step(MovementKind.RECEIPT, entries, replace(state, allocated=allocated, left={**state.left, source: totals}))


def take_back(book: Book, return_id: str, told: TakenBack) -> Step | None:
    """A return's goods lie where they are told to lie. None for what was told before, or is older than that."""
    state = book.state
    known = state.taken_back.get(return_id, TakenBack(0))
    if told.version <= known.version:
        return None
    change: defaultdict[Position, Counters] = defaultdict(Counters)
    for one in told.lying:
        change[one.sku, one.location_id] += Counters(on_hand=one.quantity, quality_control=one.judging)
    for one in known.lying:
        change[one.sku, one.location_id] -= Counters(on_hand=one.quantity, quality_control=one.judging)
    entries = tuple(Entry(*position, delta) for position, delta in change.items() if delta.nonzero())
    target = replace(state, taken_back={**state.taken_back, return_id: told})
    return Step(MovementKind.RETURN, entries, target)


def _entries(units: Iterable[Units], delta: Callable[[int], Counters]) -> tuple[Entry, ...]:
    return tuple(Entry(*position, delta(quantity)) for position, quantity in by_position(units).items())


def merged(entries: Iterable[Entry]) -> dict[Position, Entry]:
    """One entry per position, in key order: a transaction may touch a row once."""
    sums: dict[Position, Entry] = {}
    for entry in entries:
        known = sums.get(entry.position)
        sums[entry.position] = (
            entry if known is None else replace(known, delta=known.delta + entry.delta, fresh=known.fresh + entry.fresh)
        )
    return dict(sorted(sums.items()))
