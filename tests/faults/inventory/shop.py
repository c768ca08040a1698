"""A small shop for the scheduler: what actors do to stock, and what must hold whatever comes in between.

Item X at DC1: three units, one held by the reservation FIRST, one set aside for the order OPEN, one free. Item Y: one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.inventory.domain.audit import Line, check_position, claims_of
from functions.inventory.domain.book import Book
from functions.inventory.domain.places import Item
from functions.inventory.domain.reservation import (
    InsufficientStock,
    Reservation,
    ReservationEnded,
    TooManyExtensions,
)
from functions.inventory.domain.shards import by_place, cells_of, spread_over, whole
from functions.inventory.domain.stock import BelowZero, Counters, Movement, MovementKind, Stock
from functions.inventory.domain.transfers import Status as TransferStatus
from functions.inventory.domain.units import place_of
from functions.inventory.repository.documents import BOOK_KIND, decode_book, decode_reservation
from functions.inventory.repository.stock import KIND, decode_stock
from functions.inventory.repository.transfers import decode_transfer
from functions.inventory.service.movements import MovedLine, MovementCommand
from functions.inventory.service.reservations import HoldCommand
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.marshal import from_item
from tests.component.inventory.goods import plan
from tests.faults.inventory.use_cases import ELSEWHERE, PLACE, TABLE, UseCases, wish
from tests.support.calls import WRITES, Call
from tests.support.fake_dynamodb import FakeDynamoDB
from tests.support.interleaving import without_waiting

OPENED = datetime(2026, 11, 21, 10, tzinfo=UTC)
REFUSALS = (InsufficientStock, ReservationEnded, TooManyExtensions, BelowZero)
ONCE = frozenset({"lapse", "extend"})
"""Acts not repeated at the end: time cannot be, and a second extension is one more."""
FROM_ONE_PLACE = frozenset({"move", "move_not"})
"""Acts that are refused where others may still be served from elsewhere."""
FACTS = frozenset({"ship", "withdraw", "lose", "sell_uncounted"})
"""Goods that leave or are missing although they are no longer set aside are gone: a fact. After two of these (or what
nobody had counted) more may be promised than there is."""


@dataclass
class Shop:
    """One world: rows, a clock, and what everybody was told."""

    dynamodb: FakeDynamoDB
    acts: Sequence[Any]
    """Functions of (shop, client, name), see `acts`."""
    at: datetime = OPENED
    chunk_rows: int = 90
    least: dict[str, int] = field(default_factory=dict)
    refused: list[tuple[InsufficientStock, dict[str, int]]] = field(default_factory=list)
    seen: int = 0
    requests: int = 0

    def __post_init__(self) -> None:
        self.seen = len(self.dynamodb.log)
        self._watch()

    @property
    def actors(self) -> Sequence[Callable[[Any], object]]:
        return [lambda client, act=act, who=who: self._act(act, client, who) for who, act in enumerate(self.acts)]  # type: ignore[misc]  # mypy cannot type a default of a lambda

    def _act(self, act: Any, client: Any, who: int) -> object:
        try:
            return act(self, client, f"{act.__name__}{who}")
        except InsufficientStock as refusal:
            if act.__name__ not in FROM_ONE_PLACE:
                self.refused.append((refusal, dict(self.least)))
            raise

    # --------------------------------------------------------------- what acts need

    def now(self) -> datetime:
        return self.at

    def use(self, client: Any = None) -> UseCases:
        return UseCases(client or self.dynamodb, self.now, chunk_rows=self.chunk_rows)

    def cause(self, name: str) -> Cause:
        """Of an event: the same whenever it is delivered again."""
        return Cause(name, name, "test", self.at, "c")

    def request(self, name: str) -> Cause:
        """Of an HTTP request: whoever tries again makes another."""
        self.requests += 1
        return self.cause(f"{name}-{self.requests}")

    def _facts(self) -> int:
        return self._did("sell_uncounted") + len(FACTS & {act.__name__ for act in self.acts})

    def _did(self, *names: str) -> bool:
        return set(names) <= {act.__name__ for act in self.acts}

    def pass_time(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    # ------------------------------------------------------------ what must hold always

    def observe(self, actor: int, call: Call) -> None:
        """After every call: no counter below zero, nothing promised beyond what is there, no answer before its time."""
        if call.name in WRITES or call.name == "pass_time":
            if call.name == "transact_write_items":
                self._in_key_order(call)
            self._watch()

    def _watch(self) -> None:
        available: dict[str, int] = {}
        now = epoch_seconds(self.at)
        rows = self.rows()
        for row in rows:
            assert row.stored_free == row.free, f"{row} has another copy of what is free"
            counters = row.counters
            assert min(counters.on_hand, counters.held, counters.allocated) >= 0, f"{row} is below zero"
            assert row.free >= 0 or self._facts() > 1, f"more is promised than there is: {row}"
        for (sku, _), quantity in by_place(rows, now).items():
            available[sku] = available.get(sku, 0) + quantity
        for sku, quantity in available.items():
            self.least[sku] = min(quantity, self.least.get(sku, quantity))
        for record in self.dynamodb.log[self.seen :]:
            new = record["dynamodb"].get("NewImage")
            if new is not None and new["kind"]["S"] == BOOK_KIND:
                self._answered_when_whole(decode_book(from_item(new)))
        self.seen = len(self.dynamodb.log)

    @staticmethod
    def _answered_when_whole(book: Book) -> None:
        answer = book.work.step.answer if book.work else None
        early = answer is not None and answer.plan_version in book.state.verdicts
        assert not early, f"the plan of {book.order_id} was answered before all of it was set aside"

    @staticmethod
    def _in_key_order(call: Call) -> None:
        keys = [
            (action["Key"]["pk"]["S"], action["Key"]["sk"]["S"])
            for entry in call.request["TransactItems"]
            for action in entry.values()
            if "Key" in action and action["Key"]["pk"]["S"].startswith("STOCK#")
        ]
        assert keys == sorted(keys), f"rows are locked in the wrong order: {keys}"

    def rows(self) -> list[Stock]:
        found = self.dynamodb.tables.get(TABLE, {})
        return [decode_stock(from_item(row)) for (pk, _), row in found.items() if pk.startswith("STOCK#")]

    # ------------------------------------------------------------ what must hold at the end

    def finish(self, answers: Sequence[object]) -> None:
        """All books balance; refusals were true; a repeat of everything changes nothing; nothing has leaked."""
        self.audit()
        self._nothing_withdrawn_is_kept()
        self._found_once()
        for refusal, least in self.refused:
            for short in refusal.extra["shortages"]:
                assert least[short["sku"]] < short["requested"], f"refused although there was enough: {short}"
        self._repeated(answers)
        self._sold_out()

    def audit(self) -> None:
        """Counters = ledger = open holds and allocations, at every position."""
        items = [from_item(row) for row in self.dynamodb.rows(TABLE)]
        reservations = [decode_reservation(item) for item in items if item["kind"] == "reservation"]
        books = [decode_book(item) for item in items if item["kind"] == "book"]
        for book in books:
            assert book.work is None, f"{book.order_id} was left half done"
        transfers = [decode_transfer(item) for item in items if item["kind"] == "transfer"]
        for one in transfers:
            assert one.claims() or one.status is not TransferStatus.CREATED, f"{one} sets nothing aside"
        claims, ledger = claims_of(reservations, books, transfers), self._ledger()
        for row in self.rows():
            lines = ledger.get(row.key, [])
            found = check_position(row, lines, claims, now=epoch_seconds(self.at))
            assert found == [], found
        for head in (row for row in self.rows() if "#" not in row.location_id):
            cells = [row for row in self.rows() if row.key in cells_of(head)]
            out = sum(row.counters.on_hand for row in cells)
            assert head.counters.lent == out, f"{head.counters.lent} units are lent, cells have {out}"
            strays = [row for row in self.rows() if place_of(row.location_id) == head.location_id != row.location_id]
            assert all(row in cells or row.sku != head.sku or not row.counters.nonzero() for row in strays)
        keys = {row.key for row in self.rows()}
        claimed = {
            *claims.lapsing,
            *(key for sums in (claims.committed, claims.allocated) for key in sums if sums[key]),
        }
        assert claimed <= keys, "units are claimed where there is no position"

    def _found_once(self) -> None:
        if {act.__name__ for act in self.acts} != {"sell_uncounted"}:
            return  # others may take goods between the finding and the leaving: then more are found
        lines = [
            record["dynamodb"]["NewImage"]["movement"]["M"]
            for record in self.dynamodb.log
            if "movement" in record["dynamodb"].get("NewImage", {})
        ]
        found = [line["reason"]["S"] for line in lines if line["id"]["S"].startswith("found-order/TILL")]
        assert len(found) <= 1, f"goods were found twice: {found}"

    def _nothing_withdrawn_is_kept(self) -> None:
        allocated = self.use().documents.book("OPEN").state.allocated
        for act, plan_version in (("withdraw", 1), ("withdraw_again", 2)):
            assert not self._did(act) or not allocated.get(plan_version), "what was withdrawn is set aside"

    def _ledger(self) -> dict[tuple[str, str], list[Line]]:
        lines: dict[tuple[str, str], list[Line]] = {}
        for record in self.dynamodb.log:
            images = record["dynamodb"]
            if "NewImage" in images and images["NewImage"]["kind"]["S"] == KIND:
                new = decode_stock(from_item(images["NewImage"]))
                old = decode_stock(from_item(images["OldImage"])).counters if "OldImage" in images else Counters()
                lines.setdefault(new.key, []).append(Line(new.version, new.counters - old, new.counters))
        return lines

    def _repeated(self, answers: Sequence[object]) -> None:
        """Every command comes once more, as queues and clients do: it answers as before and moves nothing."""
        before = self._positions()
        for who, (act, answer) in enumerate(zip(self.acts, answers, strict=True)):
            if act.__name__ in ONCE:
                continue
            try:
                again = act(self, self.dynamodb, f"{act.__name__}{who}")
            except REFUSALS:
                continue  # what was given has ended since
            if isinstance(answer, InsufficientStock):  # units came back meanwhile: this is a new attempt, and it won
                before = self._positions()
            elif isinstance(answer, Reservation) and isinstance(again, Reservation):
                assert again.pins == answer.pins, f"{act.__name__} was answered in two ways"
        now = self._positions()
        reclaimed = {key: replace_held(counters, before[key]) for key, counters in now.items()}
        assert reclaimed == before, f"a repeat moved stock: {before} -> {now}"
        self.audit()

    def _positions(self) -> dict[tuple[str, str], Counters]:
        return {row.key: row.counters for row in whole(self.rows())}

    def _sold_out(self) -> None:
        """Long after, every hold has lapsed: each unit that is not set aside can be bought, and not one more."""
        self.pass_time(100_000)
        use = self.use()
        for sku in sorted({row.sku for row in self.rows()}):
            rows = [row for row in self.rows() if row.sku == sku]
            left = sum(by_place(rows, epoch_seconds(self.at)).values())
            should = sum(max(0, self._unpromised(position)) for position in whole(rows))
            assert left == should, f"{left} of {sku} can be had, {should} should"
            if left:
                self._last(use, wish(f"LAST-{sku}", [(sku, left)]))
            try:
                use.reservations.place(wish(f"BEYOND-{sku}", [(sku, 1)]), self.cause("beyond"))
            except InsufficientStock:
                continue
            raise AssertionError(f"a unit of {sku} was sold that is not there")
        for item in map(from_item, self.dynamodb.rows(TABLE)):
            if item["kind"] == "reservation" and decode_reservation(item).reservation_id[:4] != "LAST":
                use.sweep._expire_one(decode_reservation(item).reservation_id, self.cause("sweep"))
        self.audit()

    def _unpromised(self, position: Stock) -> int:
        """What no document claims of a position's goods, when all holds have lapsed."""
        counters = position.counters
        committed = sum(
            pin.quantity
            for item in map(from_item, self.dynamodb.rows(TABLE))
            if item["kind"] == "book"
            for pin in decode_book(item).state.held
            if (pin.sku, place_of(pin.location_id)) == position.key
        )
        return counters.on_hand - counters.unavailable - counters.allocated - position.safety - committed

    def _last(self, use: UseCases, command: HoldCommand) -> None:
        try:
            use.reservations.place(command, self.cause("last"))
        except InsufficientStock as refusal:
            raise AssertionError(f"refused although there was enough: {refusal.extra}") from refusal


def replace_held(counters: Counters, before: Counters) -> Counters:
    """The counters as if lapsed holds had not been taken back since."""
    return counters if counters.held >= before.held else counters + Counters(held=before.held - counters.held)


def opened(shards: int = 0) -> FakeDynamoDB:
    """The shop as the module's first lines say."""
    shop = Shop(FakeDynamoDB(), ())
    use = shop.use()
    for place in (PLACE, ELSEWHERE):
        use.network.save_location(place, shop.cause("place"))
    for sku, quantity in (("X", 3), ("Y", 1)):
        use.network.save_item(Item(sku, sku, 100), shop.cause("item"))
        lines = [MovedLine(sku, quantity)]
        receipt = MovementCommand(f"open-{sku}", MovementKind.RECEIPT, "DC1", lines, "", "", sku)
        use.movements.post(receipt, shop.cause(f"open-{sku}"))
    for head in (use.stock.of_sku("X") + use.stock.of_sku("Y")) if shards else ():
        change = spread_over(head, shards, Movement("split", MovementKind.NONE))
        assert change is not None
        use.stock.change(change, shop.cause("split"))
    use.reservations.place(wish("FIRST", [("X", 1)]), shop.cause("first"))
    use.allocation.allocate(plan("OPEN", [("X", "DC1", 1)]), shop.cause("open"))
    return shop.dynamodb


with without_waiting():
    OPEN_SHOPS = {shards: opened(shards) for shards in (0, 2, 3)}


def shop_of(*acts: Any, chunk_rows: int = 1, shards: int = 0) -> Callable[[], Shop]:
    """Makes the shop anew for each schedule of these acts."""
    return lambda: Shop(OPEN_SHOPS[shards].copy(), acts, chunk_rows=chunk_rows)
