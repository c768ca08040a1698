"""Changing an order: quote the whole difference first, then apply it whole or not at all.

A change that costs more is paid first; units that fulfilment works on are asked for as a whole; only when both have
said yes is the order changed, in one write. Whatever says no leaves the order as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from functions.orders.domain import account
from functions.orders.domain.changes import ChangeStatus, Destination, OrderChange, Wanted
from functions.orders.domain.holds import Block
from functions.orders.domain.lines import Line
from functions.orders.domain.order import Address, Cancellation, Change, Order, Status
from functions.orders.domain.tenders import Operation, OperationKind, OperationStatus
from shared.errors import Conflict, InvalidField, Refused
from shared.geo import Geo

MAX_LINES = 1200


class ChangeIdReused(Conflict):
    """The change id was used for another change."""

    code = "change_id_reused"


class ChangeInProgress(Conflict):
    """An earlier change of the order has not been decided yet."""

    code = "change_in_progress"


class NotChangeable(Conflict):
    """The order is held from being edited, cancelled, or too far for this change."""

    code = "order_not_changeable"


class PaymentNeeded(Refused):
    """The order costs more by the change: a payment of exactly that has to come with it."""

    code = "payment_needed"


@dataclass(frozen=True)
class Quote:
    """What a change would do: units by line before and after, what is due, and what has to be paid on top now."""

    units: dict[str, tuple[int, int]]
    due_before: int
    due_after: int
    to_pay: int


def quote(order: Order, wanted: Wanted) -> Quote:
    """The whole difference. Raises NotChangeable, or InvalidField for what the order does not have."""
    _check(order, wanted)
    after = with_all(order, wanted)
    before = {line.line_id: order.quantities[line.line_id].open for line in order.lines}
    units = {
        line_id: (before.get(line_id, 0), vector.open)
        for line_id, vector in after.quantities.items()
        if before.get(line_id, 0) != vector.open
    }
    due_before, due_after = account.due(order), account.due(after)
    more = max(0, account.unsecured(after) - account.unsecured(order))
    return Quote(units, due_before, due_after, more)


def on_top(order: Order, line_id: str, count: int) -> Line | None:
    """The line by which `count` more units of a line are sold, at its price before discounts.

    None: by the line itself. Where its units are not worth the same each, what the others are worth stays frozen.
    """
    line = next(one for one in order.lines if one.line_id == line_id)
    if not line.discount and (order.tax_included or line.tax % line.quantity == 0):
        return None
    name = next(name for number in range(2, MAX_LINES + 3) if (name := f"{line_id}.{number}") not in order.line_ids)
    return replace(line, line_id=name, quantity=count, discount=0, tax=line.tax * count // line.quantity)


def known(order: Order, change: OrderChange) -> OrderChange | None:
    """The change if the order has it already. Raises ChangeIdReused for other content under its id."""
    found = next((one for one in order.changes if one.change_id == change.change_id), None)
    if found is not None and found.content_hash != change.content_hash:
        raise ChangeIdReused("this change_id stands for another change")
    return found


def begin(order: Order, change: OrderChange, at: Change) -> Order:
    """The order with the change under way; `advanced` takes it further. Its payment has been added before."""
    if any(one.status is ChangeStatus.PENDING for one in order.changes):
        raise ChangeInProgress("an earlier change has not been decided yet")
    return replace(order, changes=(*order.changes, change)).noted(
        f"change {change.change_id} requested", at, before=order
    )


def advanced(order: Order, at: Change) -> Order:
    """Every pending change as far as the answers so far allow. Twice is the same as once."""
    for change in order.changes:
        if change.status is ChangeStatus.PENDING:
            order = _advanced(order, change, at)
    return order


def _advanced(order: Order, change: OrderChange, at: Change) -> Order:
    paying = _authorisation(order, change)
    if paying is not None and paying.status is OperationStatus.PENDING:
        return order
    if paying is not None and paying.status is OperationStatus.DECLINED:
        return _ended(order, change, ChangeStatus.REJECTED, "payment declined", at)
    if not change.wanted.fewer:
        if order.released and change.wanted.before_release_only:
            return _rejected(order, change, "the order was released meanwhile", at)
        return _applied(order, change, at)
    asked = order.cancellation(change.request_id)
    if asked is None:
        return _fewer(order, change, at)
    if not asked.decided:
        return order
    if sum(asked.cancelled.values()) < sum(asked.asked.values()):
        return _rejected(order, change, "fulfilment has gone too far", at)
    return _applied(order, change, at)


def _fewer(order: Order, change: OrderChange, at: Change) -> Order:
    """Ask fulfilment for the units, all or none of them; before the release the book decides by itself."""
    if order.released and change.wanted.before_release_only:
        return _rejected(order, change, "the order was released meanwhile", at)
    units = change.wanted.fewer
    if any(count > order.quantities[line_id].stoppable for line_id, count in units.items()):
        return _rejected(order, change, "the units have left or were cancelled meanwhile", at)
    asked = Cancellation(
        change.request_id,
        "CHANGED",
        asked=units,
        cancelled={} if order.released else units,
        decided=not order.released,
        all_or_none=True,
        at=at.at,
    )
    asking = replace(order, cancellations=(*order.cancellations, asked))
    return asking if order.released else _applied(asking, change, at)


def _applied(order: Order, change: OrderChange, at: Change) -> Order:
    return _ended(_with_more(order, change.wanted), change, ChangeStatus.APPLIED, "", at)


def _rejected(order: Order, change: OrderChange, reason: str, at: Change) -> Order:
    """Nothing is done, and what was authorised for it is given back."""
    paid = _authorisation(order, change)
    if paid is not None:
        number = len(order.operations) + 1
        void = Operation(
            f"{order.order_id}.p{number}",
            paid.payment_id,
            OperationKind.VOID,
            paid.amount,
            at.at,
            authorisation=paid.operation_id,
        )
        order = replace(order, operations=(*order.operations, void))
    return _ended(order, change, ChangeStatus.REJECTED, reason, at)


def _ended(order: Order, change: OrderChange, status: ChangeStatus, reason: str, at: Change) -> Order:
    ended = replace(change, status=status, reason=reason)
    after = replace(order, changes=tuple(ended if one is change else one for one in order.changes))
    return after.noted(f"change {change.change_id} {status.lower()}", replace(at, why=reason), before=order)


def _authorisation(order: Order, change: OrderChange) -> Operation | None:
    return next(
        (
            one
            for one in order.operations
            if change.payment_id and one.payment_id == change.payment_id and one.kind is OperationKind.AUTHORISE
        ),
        None,
    )


def with_all(order: Order, wanted: Wanted) -> Order:
    """The order as it would be: for quotes only."""
    fewer = Cancellation("#quote", "", asked=wanted.fewer, cancelled=wanted.fewer)
    return _with_more(replace(order, cancellations=(*order.cancellations, fewer)), wanted)


def _with_more(order: Order, wanted: Wanted) -> Order:
    """Everything of the change but the units that are taken away."""
    lines = tuple(_changed(line, wanted) for line in order.lines)
    shipping = order.shipping
    if wanted.destination is not None:
        shipping = replace(shipping, address=_address(wanted.destination))
    return replace(order, lines=(*lines, *wanted.lines), shipping=shipping)


def _changed(line: Line, wanted: Wanted) -> Line:
    """The line with its units on top (see `on_top`), reaching the shopper as it now does."""
    more = wanted.more.get(line.line_id, 0)
    method, location_id = wanted.methods.get(line.line_id, (line.method, line.location_id))
    tax = line.tax + line.tax * more // line.quantity
    return replace(line, quantity=line.quantity + more, tax=tax, method=method, location_id=location_id)


def _address(to: Destination) -> Address:
    geo = Geo(to.lat, to.lng) if to.lat is not None and to.lng is not None else None
    return Address(to.line1, to.city, to.country, to.name, to.line2, to.region, to.postal_code, geo)


def _check(order: Order, wanted: Wanted) -> None:
    if order.blocked(Block.EDIT):
        raise NotChangeable("the order is held from being changed")
    if order.status is Status.CANCELLED:
        raise NotChangeable("the order is cancelled")
    if order.imported:
        raise NotChangeable("the order was over when it was imported: what was delivered can be returned")
    if order.released and wanted.before_release_only:
        raise NotChangeable("fulfilment works on the order: address and method stand", code="order_released")
    known_ids = {line.line_id: line for line in order.lines}
    for line_id in (*wanted.fewer, *wanted.more, *wanted.methods):
        if line_id not in known_ids:
            raise InvalidField("/actions", f"the order has no line {line_id}")
        if known_ids[line_id].carried_out:
            raise NotChangeable(f"line {line_id} has left with the shopper: it can be returned")
    for line_id, count in wanted.fewer.items():
        if count > order.quantities[line_id].stoppable:
            raise NotChangeable(f"line {line_id}: only {order.quantities[line_id].stoppable} units can be stopped")
    taken = [line.line_id for line in wanted.lines if line.line_id in order.line_ids]
    if taken or len({line.line_id for line in wanted.lines}) < len(wanted.lines):
        raise InvalidField("/actions", "a new line needs a line_id of its own")
    if len(order.lines) + len(wanted.lines) > MAX_LINES:
        raise InvalidField("/actions", f"an order has at most {MAX_LINES} lines")
