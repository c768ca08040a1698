"""Money: whatever happens in whatever sequence, sums are exact and nothing is taken that was not authorised."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.orders.domain import account
from functions.orders.domain.cancelling import decide_cancel, request_cancel, stoppable
from functions.orders.domain.following import progress, route
from functions.orders.domain.lines import Line, Method, Progress, Units
from functions.orders.domain.order import Flag, Order, Status
from functions.orders.domain.paying import pay, settle
from functions.orders.domain.placement import place
from functions.orders.domain.tenders import OperationKind, OperationStatus, PaymentStatus
from tests.unit.orders.orders import CHANGE, answered, at_location, carried, line, order, payment, placed, released


@st.composite
def lines_(draw: st.DrawFn) -> tuple[Line, ...]:
    """One to four lines, some carried out, with discounts and taxes."""
    made = []
    for number in range(draw(st.integers(1, 4))):
        quantity, price = draw(st.integers(1, 7)), draw(st.integers(0, 5000))
        discount = draw(st.integers(0, quantity * price))
        method = draw(st.sampled_from([Method.SHIP, Method.SHIP, Method.CARRY_OUT]))
        made.append(
            Line(
                line_id=str(number),
                sku=f"SKU{number}",
                quantity=quantity,
                unit_price=price,
                method=method,
                location_id="S1" if method is Method.CARRY_OUT else None,
                discount=discount,
                tax=draw(st.integers(0, quantity * price - discount)),
            )
        )
    return tuple(made)


@dataclass
class Fulfilment:
    """What fulfilment would do: units by line that are at a location, and that have left it."""

    waiting: dict[str, int]
    left: dict[str, int] = field(default_factory=dict)
    version: int = 1

    def told(self) -> Progress:
        self.version += 1
        ids = self.waiting.keys() | self.left.keys()
        return Progress(
            "DC",
            "ship",
            "SHIPPED",
            self.version,
            {one: Units(allocated=self.waiting.get(one, 0), shipped=self.left.get(one, 0)) for one in ids},
        )


def check(order: Order) -> None:
    """What must hold at every moment."""
    for vector in order.quantities.values():
        parts = (
            vector.cancelled, vector.unsourced, vector.backordered, vector.allocated, vector.picked, vector.packed,
            vector.shipped, vector.ready, vector.fulfilled,
        )  # fmt: skip
        assert min(parts) >= 0
        assert sum(parts) == vector.ordered
    captured, authorised = account.captured(order), account.authorised(order)
    assert 0 <= captured <= captured + account.capturing(order) <= authorised
    assert captured + account.capturing(order) <= account.earned(order) <= account.due(order)
    assert account.voided(order) + captured <= authorised
    assert account.due(order) <= account.totals(order).total


@settings(max_examples=300, deadline=None)
@given(lines=lines_(), included=st.booleans(), charge=st.integers(0, 999), data=st.data())
def test_over_any_sequence_of_shipments_and_cancels_the_money_is_exact(
    lines: tuple[Line, ...], included: bool, charge: int, data: st.DataObject
) -> None:
    order = placed(*lines, tax_included=included, charge=charge)
    check(order)
    if data.draw(st.booleans(), label="authorised at once"):
        order = answered(order)
    world = Fulfilment({one.line_id: count for one, count in order.to_source})
    if order.released:
        order = route(order, plan_version=1, opened={"F": at_location(1)}, unfilled=(), change=CHANGE)
    for number in range(data.draw(st.integers(0, 12), label="events")):
        order = _something(order, world, number, data)
        check(order)
    order = _to_the_end(order, world)
    check(order)
    live = {one.line_id: order.quantities[one.line_id] for one in order.lines}
    assert all(vector.left + vector.cancelled == vector.ordered for vector in live.values())
    assert account.captured(order) == account.due(order) == account.earned(order)
    assert account.voided(order) == account.authorised(order) - account.captured(order)
    assert account.unsecured(order) == 0
    assert not order.holds


def _something(order: Order, world: Fulfilment, number: int, data: st.DataObject) -> Order:
    """One thing that may happen, among those that fulfilment or a channel could do now."""
    event = data.draw(st.sampled_from(["ship", "cancel", "decide", "answer"]), label=f"event {number}")
    if event == "ship" and order.released and any(world.waiting.values()):
        line_id = data.draw(st.sampled_from(sorted(one for one, count in world.waiting.items() if count)))
        count = data.draw(st.integers(1, world.waiting[line_id]))
        world.waiting[line_id] -= count
        world.left[line_id] = world.left.get(line_id, 0) + count
        return progress(order, "F", world.told(), CHANGE)
    if event == "cancel" and (possible := stoppable(order)):
        line_id = data.draw(st.sampled_from(sorted(possible)))
        count = data.draw(st.integers(1, possible[line_id]))
        at_once = not order.released
        if at_once:
            world.waiting[line_id] -= count
        return request_cancel(order, request_id=f"X{number}", lines={line_id: count}, reason="no", change=CHANGE)
    if event == "decide":
        return _decided(order, world)
    if event == "answer":
        pending = [one for one in order.operations if one.status is OperationStatus.PENDING]
        if pending:
            one = data.draw(st.sampled_from(pending))
            return settle(order, one.operation_id, declined=None, change=CHANGE)
    return order


def _decided(order: Order, world: Fulfilment) -> Order:
    for asked in [one for one in order.cancellations if not one.decided][:1]:
        ((line_id, count),) = asked.asked.items()
        stopped = min(count, world.waiting[line_id])
        world.waiting[line_id] -= stopped
        order = decide_cancel(
            order,
            request_id=asked.request_id,
            cancelled={line_id: stopped} if stopped else {},
            refused={line_id: count - stopped} if count > stopped else {},
            change=CHANGE,
        )
        order = progress(order, "F", world.told(), CHANGE)
    return order


def _to_the_end(order: Order, world: Fulfilment) -> Order:
    order = answered(order)
    while any(not one.decided for one in order.cancellations):
        order = _decided(order, world)
    if order.released:
        for line_id, count in world.waiting.items():
            world.left[line_id] = world.left.get(line_id, 0) + count
        world.waiting = {}
        order = progress(order, "F", world.told(), CHANGE)
    return answered(order)


def test_the_odd_penny_is_neither_lost_nor_taken_twice() -> None:
    order = released(line(quantity=3, price=333, discount=1), charge=0)  # 998 over three units: 332 + 333 + 333

    amounts = []
    for shipped in (1, 2, 3):
        moved = at_location(shipped + 1, l1={"allocated": 3 - shipped, "shipped": shipped})
        order = answered(progress(order, "F", moved, CHANGE))
        amounts.append(account.captured(order))

    assert amounts == [332, 665, 998]


def test_the_rest_of_an_authorisation_is_given_back_after_the_last_capture_only() -> None:
    order = released(line(quantity=2, price=1000), charge=0)
    order = progress(order, "F", at_location(2, l1={"allocated": 1, "shipped": 1}), CHANGE)
    order = request_cancel(order, request_id="X", lines={"1": 1}, reason="no", change=CHANGE)
    order = decide_cancel(order, request_id="X", cancelled={"1": 1}, refused={}, change=CHANGE)

    kinds = [one.kind for one in order.operations]
    assert kinds == [OperationKind.AUTHORISE, OperationKind.CAPTURE], "the void waits for the capture"
    order = answered(order)

    assert [one.kind for one in order.operations] == [*kinds, OperationKind.VOID]
    assert order.operations[-1].amount == 1000
    assert account.payment_status(order) is PaymentStatus.CAPTURED


def test_nothing_is_given_back_while_a_cancel_is_undecided() -> None:
    order = released(line(quantity=2, price=1000), charge=0)
    order = request_cancel(order, request_id="X", lines=None, reason="no", change=CHANGE)

    assert [one.kind for one in answered(order).operations] == [OperationKind.AUTHORISE]


def test_a_declined_capture_stops_further_captures_until_a_new_payment_brings_the_rest() -> None:
    order = released(line(quantity=2, price=1000), charge=0)
    order = progress(order, "F", at_location(2, l1={"allocated": 1, "shipped": 1}), CHANGE)
    order = answered(order, declined="expired")

    assert [hold.reason for hold in order.holds] == ["payment declined"]
    assert Flag.CAPTURE_DECLINED in account.flags(order)
    assert account.unsecured(order) == 2000
    order = progress(order, "F", at_location(3, l1={"shipped": 2}), CHANGE)
    assert account.capturing(order) == 0

    order = answered(pay(order, payment(2000, "P-2"), CHANGE))

    assert (account.captured(order), order.holds) == (2000, ())
    assert Flag.CAPTURE_DECLINED not in account.flags(order)


def test_an_authorisation_that_comes_after_the_cancel_is_given_back() -> None:
    order = placed()
    order = request_cancel(order, request_id="X", lines=None, reason="no", change=CHANGE)
    assert order.status is Status.CANCELLED

    order = answered(order)

    assert account.payment_status(order) is PaymentStatus.VOIDED
    assert not order.released


def test_what_a_channel_was_paid_for_cancelled_units_is_shown_as_due_back() -> None:
    paid = place(order(line(), charge=0), [payment(2400, external=True)], CHANGE)
    assert (paid.released, account.flags(paid)) == (True, ())

    paid = request_cancel(paid, request_id="X", lines=None, reason="no", change=CHANGE)
    paid = decide_cancel(paid, request_id="X", cancelled={"1": 2}, refused={}, change=CHANGE)

    assert account.flags(paid) == (Flag.REFUND_DUE,)


def test_a_till_sale_with_a_declined_card_is_held_for_payment() -> None:
    order = answered(placed(carried(), charge=0), declined="card_declined")

    assert (order.status, account.payment_status(order)) == (Status.FULFILLED, PaymentStatus.DECLINED)
    assert [hold.hold_id for hold in order.holds] == ["payment"]
    order = answered(pay(order, payment(4500, "P-2"), CHANGE))
    assert (account.captured(order), order.holds, order.released) == (4500, (), False)
