"""Random walks through the life of an order: shipments, cancels, changes, returns with and without fees, exchanges and
replacements in any order, in currencies of 0, 2 and 3 decimals, tax in the prices or on top of them. What fulfilment
and providers say comes late, twice and in any order. After every step nothing is taken or given back that must not be;
in the end all sums are exact and somebody can act on whatever is not over.

The same walks catch planted bugs: a check that cannot fail proves nothing.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from functions.orders.domain import account, advance, changing, due, exchanging, following, paying, returning
from functions.orders.domain.advance import PAYMENT_HOLD
from functions.orders.domain.advance import advance as advanced
from functions.orders.domain.attention import Kind, needs
from functions.orders.domain.cancelling import decide_cancel, request_cancel, stoppable
from functions.orders.domain.changes import OrderChange, Wanted
from functions.orders.domain.lines import Line, Progress, Units
from functions.orders.domain.order import Change, Order
from functions.orders.domain.paying import settle, tender
from functions.orders.domain.placement import place
from functions.orders.domain.policies import Fee, ReturnPolicy
from functions.orders.domain.returns import (
    Disposition,
    Exchange,
    ExchangeStatus,
    Handled,
    Resolution,
    Return,
    ReturnLine,
    ReturnMethod,
    ReturnReason,
    Verdict,
)
from functions.orders.domain.tenders import OperationKind, OperationStatus, Payment
from shared.money import value_of_units
from tests.unit.orders.orders import AT, CHANGE, order, payment

SCALES = {"JPY": 1, "GBP": 100, "KWD": 1000}
"""Minor units of one unit of money (ISO 4217 exponents 0, 2 and 3)."""
STEPS = 32
REFUSED_AT_TIMES = (OperationKind.CAPTURE, OperationKind.REAUTHORISE, OperationKind.REFUND)
SEEDS = range(120)
LOOKED_AT = (3, 5)
"""Hundreds of seeds, each with some order whose money lapses that is not needed any more."""


News = Callable[[Order], Order]


@dataclass
class World:
    """Fulfilment and the shopper: what is at the location and has left it, and what of that the book has not heard."""

    rng: random.Random
    order: Order
    here: dict[str, int]
    left: dict[str, int] = field(default_factory=dict)
    version: int = 1
    number: int = 0
    decided: set[str] = field(default_factory=set)
    stopped: Counter[str] = field(default_factory=Counter)
    """Units by line that fulfilment has stopped for requests of which the book still waits for the decision."""
    mail: list[News] = field(default_factory=list)
    heard: list[News] = field(default_factory=list)

    def tell(self) -> None:
        """How the work stands is on its way to the book."""
        self.version += 1
        ids = self.here.keys() | self.left.keys()
        units = {one: Units(allocated=self.here.get(one, 0), shipped=self.left.get(one, 0)) for one in ids}
        told = Progress("DC", "ship", "SHIPPED", self.version, units)
        self.mail.append(lambda now: following.progress(now, "F", told, CHANGE))
        if self.rng.random() < 0.5:
            hear(self)

    def name(self) -> str:
        self.number += 1
        return f"N{self.number}"


def started(rng: random.Random) -> World:
    """An order that was placed just now; paid by a token or at its channel."""
    scale = SCALES[currency := rng.choice(sorted(SCALES))]
    lines = []
    for number in range(rng.randint(1, 3)):
        quantity, price = rng.randint(1, 6), rng.randint(0, 40 * scale)
        discount = rng.randint(0, quantity * price)
        tax = rng.randint(0, quantity * price - discount)
        lines.append(Line(str(number), f"SKU{number}", quantity, price, discount=discount, tax=tax))
    given = order(*lines, currency=currency, tax_included=rng.random() < 0.5)
    charge = rng.randint(0, 5 * scale)
    given = replace(given, shipping=replace(given.shipping, charge=charge, tax=rng.randint(0, charge // 5)))
    total = account.totals(given).total
    placed = place(given, _tenders(rng, total), CHANGE)
    return World(rng, placed, {line.line_id: line.quantity for line in lines})


def _tenders(rng: random.Random, total: int) -> list[Payment]:
    """By a token, at the channel, or by two or three tenders."""
    if rng.random() < 0.2:
        return [payment(total, external=True)]
    cuts = sorted(rng.sample(range(1, total), min(total - 1, rng.randint(0, 2)))) if total > 1 else []
    bounds = [0, *cuts, total]
    return [payment(high - low, f"T{low}") for low, high in itertools.pairwise(bounds)]


def ship(world: World) -> None:
    waiting = sorted(one for one, count in world.here.items() if count)
    if world.order.released and waiting:
        line_id = world.rng.choice(waiting)
        count = world.rng.randint(1, world.here[line_id])
        world.here[line_id] -= count
        world.left[line_id] = world.left.get(line_id, 0) + count
        world.tell()


def hear(world: World) -> None:
    """Some news arrives, whichever was sent first; or old news once more."""
    if world.heard and world.rng.random() < 0.2:
        world.order = world.rng.choice(world.heard)(world.order)
    elif world.mail:
        news = world.mail.pop(world.rng.randrange(len(world.mail)))
        world.heard.append(news)
        world.order = news(world.order)
        arrive(world)


def cancel(world: World) -> None:
    if possible := stoppable(world.order):
        line_id = world.rng.choice(sorted(possible))
        count = world.rng.randint(1, possible[line_id])
        if not world.order.released:
            world.here[line_id] -= count
        world.order = request_cancel(
            world.order, request_id=world.name(), lines={line_id: count}, reason="no", change=CHANGE
        )


def decide(world: World) -> None:
    for asked in [one for one in world.order.cancellations if not one.decided and one.request_id not in world.decided][
        :1
    ]:
        ((line_id, count),) = asked.asked.items()
        stopped = min(count, world.here[line_id])
        if asked.all_or_none and stopped < count:
            stopped = 0
        world.here[line_id] -= stopped
        world.stopped[line_id] += stopped
        world.decided.add(asked.request_id)
        world.mail.append(partial(_decided, world, asked.request_id, line_id, stopped, count - stopped))
        world.tell()


def _decided(world: World, request_id: str, line_id: str, stopped: int, gone: int, now: Order) -> Order:
    waiting = now.cancellation(request_id)
    if waiting is not None and not waiting.decided:
        world.stopped[line_id] -= stopped
    cancelled, refused = ({line_id: count} if count else {} for count in (stopped, gone))
    return decide_cancel(now, request_id=request_id, cancelled=cancelled, refused=refused, change=CHANGE)


def answer(world: World) -> None:
    external = {one.payment_id for one in world.order.payments if one.external}
    pending = [
        one
        for one in world.order.operations
        if one.status is OperationStatus.PENDING and one.payment_id not in external
    ]
    if pending:
        lapsed_already = AT if world.rng.random() < 0.2 else None
        asked = world.rng.choice(pending)
        later = asked.kind is OperationKind.AUTHORISE and asked.payment_id.startswith("N")
        odds = 0.3 if later else 0.05 if asked.kind in REFUSED_AT_TIMES else 0
        declined = "declined" if world.rng.random() < odds else None
        said = partial(
            settle, operation_id=asked.operation_id, declined=declined, expires_at=lapsed_already, change=CHANGE
        )
        world.order = said(world.order)
        world.heard.append(said)
        arrive(world)


def more(world: World) -> None:
    """A change that adds units, or gives one up for another; paid where it costs more."""
    line = world.rng.choice(world.order.lines)
    fewer = {line.line_id: 1} if world.order.quantities[line.line_id].stoppable and world.rng.random() < 0.5 else {}
    extra = Line(world.name(), "SKU9", world.rng.randint(1, 3), world.rng.randint(0, 3000))
    count = world.rng.randint(1, 2)
    apart = changing.on_top(world.order, line.line_id, count)
    grown = {} if fewer or apart else {line.line_id: count}
    wanted = Wanted(fewer, grown, (extra, *((apart,) if apart and not fewer else ())))
    change = OrderChange(world.name(), wanted, AT, "hash")
    if account.authorising(world.order) or world.order.status == "CANCELLED":
        return
    if any(one.status == "PENDING" for one in world.order.changes):
        return
    before = world.order
    quoted = changing.quote(before, wanted)
    if quoted.to_pay:
        paid = payment(quoted.to_pay, world.name())
        before = tender(before, paid, CHANGE)
        change = replace(change, payment_id=paid.payment_id)
    world.order = advanced(changing.begin(before, change, CHANGE), CHANGE)
    arrive(world)


def arrive(world: World) -> None:
    """Units that a change added are allocated; units that it gave up before the release were never there."""
    for line in world.order.lines:
        vector = world.order.quantities[line.line_id]
        known = world.here.get(line.line_id, 0) + world.left.get(line.line_id, 0) + world.stopped[line.line_id]
        world.here[line.line_id] = world.here.get(line.line_id, 0) + vector.open - known


def give_back(world: World) -> None:
    """A return for money, at a fee now and then."""
    if wanted := _returning(world):
        fee = Fee(ReturnMethod.MAIL, world.rng.randint(1, 3000), world.order.currency)
        policy = ReturnPolicy("house", 1, fees=(fee,) if world.rng.random() < 0.5 else ())
        terms = {line.line_id: policy for line in world.order.lines}
        world.order = returning.request(world.order, wanted, CHANGE, terms)


def swap(world: World) -> None:
    """A return for other goods, dearer or cheaper, or for the same ones again."""
    if not (wanted := _returning(world)):
        return
    if world.rng.random() < 0.3:
        wanted = replace(wanted, resolution=Resolution.REPLACEMENT)
    else:
        price = world.rng.randint(0, 40 * SCALES[world.order.currency])
        instead = Line(world.name(), "SKU8", world.rng.randint(1, 2), price, tax=world.rng.randint(0, price))
        wanted = replace(wanted, resolution=Resolution.EXCHANGE, exchange=Exchange((instead,)))
    world.order = returning.request(world.order, wanted, CHANGE)


def _returning(world: World) -> Return | None:
    possible = sorted(one for one, count in returning.returnable(world.order).items() if count > 0)
    if not possible:
        return None
    line_id = world.rng.choice(possible)
    count = world.rng.randint(1, returning.returnable(world.order)[line_id])
    lines = (ReturnLine(line_id, count, ReturnReason.OTHER),)
    return Return(world.name(), ReturnMethod.MAIL, lines, Verdict.MANUAL, AT, "hash")


def pay(world: World) -> None:
    """What an exchange costs more."""
    if account.authorising(world.order) or account.unsecured(world.order):
        return
    for _, amount in list(exchanging.waiting_for_payment(world.order))[:1]:
        world.order = paying.pay(world.order, payment(amount, world.name()), CHANGE)
        arrive(world)


def end(world: World) -> None:
    """What is missing of a return is not expected any more: an exchange comes to nothing."""
    open_ = [one for one in world.order.returns if not one.closed]
    if open_ and world.rng.random() < 0.3:
        world.order = returning.close(world.order, world.rng.choice(open_).return_id, CHANGE)
        arrive(world)


def take_in(world: World) -> None:
    waiting = [
        one for one in world.order.returns if not one.closed and one.received.total() < sum(one.requested.values())
    ]
    if waiting:
        one = world.rng.choice(waiting)
        (line,) = one.lines
        count = world.rng.randint(1, line.quantity - one.received[line.line_id])
        what = world.rng.choice([Disposition.PROCESSING, Disposition.RESTOCK, Disposition.DESTROY])
        units = [Handled(line.line_id, count, "S1", what)]
        world.order = returning.receive(world.order, one.return_id, units, step=world.name(), change=CHANGE)
        arrive(world)


def judge(world: World) -> None:
    for one in world.order.returns:
        for unit in one.handled:
            if unit.disposition is Disposition.PROCESSING:
                units = [replace(unit, disposition=Disposition.RESTOCK)]
                world.order = returning.inspect(world.order, one.return_id, units, step=world.name(), change=CHANGE)
                arrive(world)
                return


EVENTS: tuple[Callable[[World], None], ...] = (
    ship,
    ship,
    hear,
    hear,
    cancel,
    decide,
    answer,
    answer,
    more,
    give_back,
    swap,
    pay,
    take_in,
    take_in,
    judge,
    end,
)


def check(now: Order) -> None:
    """What must hold at every moment, counted by hand from the operations."""
    for paid in now.payments:
        sums = {
            kind: sum(
                one.amount
                for one in now.operations
                if one.payment_id == paid.payment_id and one.kind is kind and one.status is not OperationStatus.DECLINED
            )
            for kind in OperationKind
        }
        given = paid.amount if paid.external else sums[OperationKind.AUTHORISE]
        assert 0 <= sums[OperationKind.REFUND] <= sums[OperationKind.CAPTURE] <= given, sums
        assert sums[OperationKind.CAPTURE] + sums[OperationKind.VOID] <= given, sums
    for vector in now.quantities.values():
        assert vector.returned <= vector.fulfilled
        assert 0 <= vector.cancelled + vector.left <= vector.ordered
    assert account.due(now) >= 0
    for one in now.returns:
        assert 0 <= one.fee_taken <= one.fee, "a fee is taken once"
        assert one.refund >= 0
        assert not (one.exchanging and one.refund), "no money for what is to be exchanged"
        if one.exchange and one.exchange.status is ExchangeStatus.APPLIED:
            assert one.judged == Counter(one.requested), "all of it came back"
    assert len({line.line_id for line in now.lines}) == len(now.lines)


def check_captures(before: Order, now: Order) -> None:
    """What is newly asked for has left the house and has not been asked for."""
    asked = [one for one in now.operations[len(before.operations) :] if one.kind is OperationKind.CAPTURE]
    if asked:
        sums = {
            kind: sum(
                one.amount for one in now.operations if one.kind is kind and one.status is not OperationStatus.DECLINED
            )
            for kind in OperationKind
        }
        assert sums[OperationKind.CAPTURE] - sums[OperationKind.REFUND] <= account.earned(now)


def walk(seed: int) -> None:
    """One life of an order. Raises AssertionError when a sum is wrong on the way or in the end."""
    rng = random.Random(seed)
    world = started(rng)
    check(world.order)
    for _ in range(STEPS):
        before = world.order
        rng.choice(EVENTS)(world)
        check(world.order)
        check_captures(before, world.order)
    _finish(world)
    check(world.order)
    now = world.order
    if any(one.kind in REFUSED_AT_TIMES and one.status is OperationStatus.DECLINED for one in now.operations):
        _in_hands(now)
    else:
        _exact(now)


def _in_hands(now: Order) -> None:
    """A provider refused something: whatever is off by it is before a person, to the minor unit."""
    off = account.captured(now) - account.refunded(now) - _outside(now) - account.due(now)
    known = needs(now)
    assert off <= 0 or Kind.REFUND_DUE in known, off
    assert off >= 0 or Kind.PAYMENT_LOST in known or any(one.hold_id == PAYMENT_HOLD for one in now.holds), off
    if off > 0 and not _outside(now):
        assert known[Kind.REFUND_DUE] == f"{off} {now.currency} to be given back"


def _exact(now: Order) -> None:
    worth = sum(
        account.line_value(line, tax_included=now.tax_included)
        * (vector.open - now.credited.get(line.line_id, 0))
        // line.quantity
        for line in now.lines
        for vector in (now.quantities[line.line_id],)
    )
    shipping = now.shipping.charge + (0 if now.tax_included else now.shipping.tax)
    shipping = shipping if any(vector.open for vector in now.quantities.values()) else 0
    fees = sum(one.fee_taken for one in now.returns)
    odd = len(now.lines)  # pennies that a later cancel may move from units that came back to those beside them
    assert account.captured(now) - account.refunded(now) - _outside(now) == account.due(now)
    assert worth + shipping + max(0, fees - odd) <= account.due(now) <= worth + shipping + fees
    given = {
        one.payment_id
        for one in now.operations
        if one.kind is OperationKind.AUTHORISE and one.status is OperationStatus.DONE
    }
    tokens = [one for one in now.payments if one.payment_id in given - now.set_aside]
    assert account.voided(now) == sum(one.amount for one in tokens) - _taken(now, tokens)
    if not any(now.cancelled.values()):  # else the odd pennies of a line are shared with its cancels
        without = replace(now, returns=())
        assert sum(one.refund for one in now.returns) == account.due(without) - account.due(now)


def _outside(now: Order) -> int:
    """What the channel has been asked to give back itself."""
    return account.refunding(now)


def _taken(now: Order, tokens: list[Any]) -> int:
    ids = {one.payment_id for one in tokens}
    return sum(
        one.amount
        for one in now.operations
        if one.kind is OperationKind.CAPTURE and one.status is OperationStatus.DONE and one.payment_id in ids
    )


def _finish(world: World) -> None:
    """Everything that is waited for happens."""
    external = {one.payment_id for one in world.order.payments if one.external}
    for _ in range(200):
        before = world.order
        answer(world)
        decide(world)
        judge(world)
        while world.mail:
            hear(world)
        if world.order == before and any(world.here.values()) and world.order.released:
            for line_id, count in world.here.items():
                world.left[line_id] = world.left.get(line_id, 0) + count
                world.here[line_id] = 0
            world.tell()
        if world.order == before and not world.mail:
            break
    assert not [
        one
        for one in world.order.operations
        if one.status is OperationStatus.PENDING and one.payment_id not in external
    ]
    assert all(one.decided for one in world.order.cancellations)
    gone = all(vector.open == vector.left for vector in world.order.quantities.values())
    assert gone or world.order.holds or needs(world.order), world.order.quantities


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_in_whatever_order_the_sums_are_exact(seed: int) -> None:
    walk(seed)


@pytest.mark.parametrize("hundred", LOOKED_AT)
def test_a_look_at_what_is_due_leaves_nothing_due_at_that_moment(hundred: int) -> None:
    """Else the reconciler would find the same order for ever, and behind two hundred such orders no other."""
    for seed in range(100 * hundred, 100 * hundred + 100):
        rng = random.Random(seed)
        world = started(rng)
        for _ in range(STEPS):
            rng.choice(EVENTS)(world)
            if first := due.next_look(world.order):
                moment = max(first, CHANGE.at)
                following = due.next_look(due.look(world.order, Change(moment, "timer")))
                assert following is None or following > moment, f"seed {seed}"


def test_waiting_for_money_that_nobody_needs_to_lapse_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def lapses(now: Order) -> list[datetime]:
        newest = [account.authorisation_of(now, one) for one in account.live_payments(now)]
        return [one.expires_at for one in newest if one and one.expires_at]

    monkeypatch.setattr(due, "_lapses", lapses)
    with pytest.raises(AssertionError, match="seed"):
        test_a_look_at_what_is_due_leaves_nothing_due_at_that_moment(LOOKED_AT[0])


@pytest.mark.deep
@pytest.mark.parametrize("hundred", range(100))
def test_ten_thousand_lives_of_orders_are_exact(hundred: int) -> None:
    for seed in range(1000 + hundred * 100, 1100 + hundred * 100):
        walk(seed)


# --------------------------------------------------------------------------- planted bugs

_real_net = account._net
_real_progress = following.progress


def _each_unit_rounded(now: Order, counts: dict[str, int]) -> int:
    """A refund per unit, rounded: the odd pennies are lost."""
    sums = 0
    for line in now.lines:
        unit = round(account.line_value(line, tax_included=now.tax_included) / line.quantity)
        sums += unit * max(0, counts[line.line_id] - now.credited.get(line.line_id, 0))
    return sums + (now.shipping.charge if any(counts.values()) else 0)


def _a_minor_unit_off(amount: int, quantity: int, *, before: int, count: int) -> int:
    """Some of the units of a line are worth one minor unit too much."""
    return value_of_units(amount, quantity, before=before, count=count) + (0 < count < quantity)


def _with_shipping(now: Order, counts: dict[str, int]) -> int:
    """Shipping goes back with the last unit that comes back."""
    kept = {one: count - now.credited.get(one, 0) for one, count in counts.items()}
    return _real_net(now, counts) - (0 if any(kept.values()) else now.shipping.charge)


def _owed_twice(now: Order) -> int:
    """What is being refunded is asked for again."""
    return max(0, account.captured(now) - account.refunded(now) - account.due(now))


def _discount_spread_again(now: Order, line_id: str, count: int) -> None:
    """Units on top join a discounted line: what its other units are worth moves."""


def _asked_twice(now: Order) -> int:
    """What is being captured is not counted: it is asked for again."""
    return account.captured(now) - account.refunded(now) - account.refunding(now)


def _never_used_up(now: Order, paid: Any) -> int:
    """What has been captured of a tender can be captured or given back once more."""
    return int(paid.amount)


def _left_only(now: Order) -> int:
    """What is to be kept forgets the units that are still to come."""
    return max(0, account.captured(now) - account.refunded(now) - account.refunding(now) - account.earned(now) // 2)


def _credited_at_once(now: Order) -> Counter[str]:
    """What comes back for an exchange is paid out before the exchange is settled, and again by the new lines."""
    counts: Counter[str] = Counter()
    for one in now.returns:
        counts.update(one.judged)
    return counts


def _without_fees(now: Order, counts: dict[str, int]) -> int:
    """The fee is kept from the refund, and then given back by the sum that is due."""
    return _real_net(now, counts) - sum(one.fee_taken for one in now.returns)


def _settled_without_credit(now: Order, known: Return, here: Return) -> Order:
    """An exchange brings its new lines and forgets what came back for them."""
    assert here.exchange is not None
    ended = replace(here, exchange=replace(here.exchange, status=ExchangeStatus.APPLIED), handled=())
    return replace(exchanging._with(now, known, ended), lines=(*now.lines, *here.exchange.lines))


def _whatever_came_last(now: Order, name: str, told: Progress, change: Change) -> Order:
    """Old news of the work replaces newer."""
    known = now.fulfilment.get(name)
    return _real_progress(now, name, replace(told, version=known.version + 1 if known else told.version), change)


PLANTED = [
    (following, "progress", _whatever_came_last),
    (account, "value_of_units", _a_minor_unit_off),
    (account, "_net", _without_fees),
    (Order, "credited", property(_credited_at_once)),
    (exchanging, "_settled", _settled_without_credit),
    (account, "_net", _each_unit_rounded),
    (account, "_net", _with_shipping),
    (account, "owed", _owed_twice),
    (account, "owed", _left_only),
    (account, "balance", _asked_twice),
    (account, "uncaptured", _never_used_up),
    (advance, "_finish", lambda now, change: now),
    (changing, "on_top", _discount_spread_again),
]


@pytest.mark.parametrize(
    ("module", "name", "bug"), PLANTED, ids=lambda value: getattr(value, "__name__", str(value)[:20])
)
def test_a_planted_bug_is_caught(module: Any, name: str, bug: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, name, bug)
    caught = 0
    for seed in range(400):
        try:
            walk(seed)
        except AssertionError:
            caught += 1
            break
    assert caught, f"{name} replaced by {bug} went unnoticed"
