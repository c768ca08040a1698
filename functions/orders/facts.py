"""What a stored change of an order means to the others: pure, (old, new) -> events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from functions.orders.domain import account
from functions.orders.domain.changes import ChangeStatus, OrderChange
from functions.orders.domain.erasing import Forgetting
from functions.orders.domain.lines import Line
from functions.orders.domain.order import Address, Order, Status
from functions.orders.domain.returns import ExchangeStatus, Return
from functions.orders.domain.tenders import OperationStatus
from shared.clock import rfc3339
from shared.events.base import Event
from shared.events.inventory import GeoPoint
from shared.events.orders import (
    Contact,
    Destination,
    LineQuantity,
    OrderAddressGiven,
    OrderCancelRequested,
    OrderContactGiven,
    OrderedLine,
    OrderErased,
    OrderHoldsChanged,
    OrderImported,
    OrderLinesAdded,
    OrderLinesCancelled,
    OrderPlaced,
    OrderReleased,
    OrdersToErase,
    OrderValueChanged,
    PaymentRequested,
    PaymentSettled,
    PostalAddress,
    ReturnedUnits,
    ReturnReceived,
    ReturnRequested,
)
from shared.geo import postal_district

GEO_DECIMALS = 2
"""About a kilometre."""


def facts(old: Order | None, new: Order) -> Iterator[Event]:
    """The events that one write of an order means."""
    if old is None and new.imported:
        yield _imported(new)
        yield _contact(new)
        yield from _value(old, new)
        return
    if old is None:
        yield _placed(new)
        yield _contact(new)
    yield from _address(old, new)
    yield from _payments(old, new)
    if new.released and not (old and old.released):
        yield _released(new)
    yield from _cancels(old, new)
    yield from _returns(old, new)
    yield from _exchanged(old, new)
    if old is not None and old.released:
        yield from _added(old, new)
        if new.barring != old.barring or (new.asked_again > old.asked_again and (new.barring or new.lifted_holds)):
            yield OrderHoldsChanged(order_id=new.order_id, holds=new.barring, version=new.version)
        if new.asked_again > old.asked_again:
            yield _released(new)
            yield from (_more(new, one) for one in new.changes if _after_the_release(new, one))
            yield from (_instead(new, one) for one in new.returns if _settled(one))
    yield from _value(old, new)
    if new.erasure and new.erasure.done and not (old and old.erasure and old.erasure.done):
        yield OrderErased(request_id=new.erasure.request_id, order_id=new.order_id)


def erasure_facts(_old: Forgetting | None, new: Forgetting) -> Iterator[Event]:
    """The orders of a person who is to be forgotten, each time more are known."""
    yield OrdersToErase(request_id=new.request_id, order_ids=new.order_ids, version=new.version)


def _placed(order: Order) -> OrderPlaced:
    return OrderPlaced(
        order_id=order.order_id,
        channel=order.channel,
        channel_order_id=order.channel_order_id,
        placed_at=rfc3339(order.placed_at),
        accepted_at=rfc3339(order.accepted_at),
        currency=order.currency,
        total=account.totals(order).total,
        lines=tuple(_ordered(line, line.quantity) for line in order.lines),
        reservation_id=order.reservation_id,
        customer_id=order.customer_id,
    )


def _imported(order: Order) -> OrderImported:
    vectors = order.quantities.values()
    return OrderImported(
        order_id=order.order_id,
        channel=order.channel,
        channel_order_id=order.channel_order_id,
        placed_at=rfc3339(order.placed_at),
        currency=order.currency,
        total=account.totals(order).total,
        kept=account.due(order),
        ordered=sum(vector.ordered for vector in vectors),
        cancelled=sum(vector.cancelled for vector in vectors),
        returned=sum(vector.returned for vector in vectors),
    )


def _contact(order: Order) -> OrderContactGiven:
    contact, address = order.contact, order.shipping.address
    return OrderContactGiven(
        order_id=order.order_id,
        channel=order.channel,
        channel_order_id=order.channel_order_id,
        placed_at=rfc3339(order.placed_at),
        contact=Contact(
            customer_id=contact.customer_id,
            email=contact.email,
            phone=contact.phone,
            name=contact.name,
            loyalty_number=contact.loyalty_number,
        ),
        address=_postal(address) if address else None,
    )


def _address(old: Order | None, new: Order) -> Iterator[Event]:
    """Where parcels go, whenever that is not where they went."""
    address = new.shipping.address
    if address is not None and address != (old.shipping.address if old else None):
        yield OrderAddressGiven(order_id=new.order_id, address=_postal(address), version=new.version)


def _postal(address: Address) -> PostalAddress:
    return PostalAddress(
        name=address.name,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        region=address.region,
        postal_code=address.postal_code,
        country=address.country,
        geo=GeoPoint(lat=address.geo.lat, lng=address.geo.lng) if address.geo else None,
    )


def _value(old: Order | None, new: Order) -> Iterator[Event]:
    """What the shopper has by now, whenever that is not what it was."""
    left, kept = account.had(new)
    cancelled = new.status is Status.CANCELLED
    if old is None or (*account.had(old), old.status is Status.CANCELLED) != (left, kept, cancelled):
        yield OrderValueChanged(
            order_id=new.order_id,
            channel=new.channel,
            currency=new.currency,
            placed_at=rfc3339(new.placed_at),
            left=left,
            kept=kept,
            cancelled=cancelled,
            imported=new.imported,
            version=new.version,
        )


def _payments(old: Order | None, new: Order) -> Iterator[Event]:
    known = {one.operation_id: (one.status, one.asked_again) for one in old.operations} if old else {}
    for one in new.operations:
        if known.get(one.operation_id) == (one.status, one.asked_again):
            continue
        if one.status is OperationStatus.PENDING:
            yield PaymentRequested(
                order_id=new.order_id,
                operation_id=one.operation_id,
                kind=one.kind,
                amount=one.amount,
                currency=new.currency,
            )
        else:
            yield PaymentSettled(
                order_id=new.order_id,
                operation_id=one.operation_id,
                kind=one.kind,
                outcome=one.status,
                amount=one.amount,
                currency=new.currency,
            )


def _released(order: Order) -> OrderReleased:
    return OrderReleased(
        order_id=order.order_id,
        channel=order.channel,
        placed_at=rfc3339(order.placed_at),
        currency=order.currency,
        lines=tuple(_ordered(line, count) for line, count in order.to_source),
        service=order.shipping.service,
        destination=destination(order.shipping.address) if order.shipping.address else None,
        reservation_id=order.reservation_id,
        paid_by_channel=order.paid_by_channel,
        changes=(
            *(one.change_id for one in order.changes if _adds(one)),
            *(_exchange_id(one) for one in order.returns if _settled(one)),
        ),
        again=order.asked_again,
        promised_by=rfc3339(order.shipping.promised_by) if order.shipping.promised_by else None,
    )


def destination(address: Address) -> Destination:
    """As much of an address as routing needs, and no more."""
    geo = address.geo
    return Destination(
        country=address.country,
        postal_district=postal_district(address.country, address.postal_code),
        geo=GeoPoint(lat=round(geo.lat, GEO_DECIMALS), lng=round(geo.lng, GEO_DECIMALS)) if geo else None,
    )


def _cancels(old: Order | None, new: Order) -> Iterator[Event]:
    known = {one.request_id: one.decided for one in old.cancellations} if old else {}
    asked = {one.request_id: one.asked_again for one in old.cancellations} if old else {}
    for one in new.cancellations:
        if not one.decided and asked.get(one.request_id) != one.asked_again:
            yield OrderCancelRequested(
                order_id=new.order_id,
                request_id=one.request_id,
                lines=_lines(one.asked.items()),
                reason=one.reason,
                all_or_none=one.all_or_none,
                again=one.asked_again,
            )
    before = old.cancelled if old else {}
    stopped = [(line_id, count - before.get(line_id, 0)) for line_id, count in new.cancelled.items()]
    lines = _lines((line_id, count) for line_id, count in stopped if count > 0)
    if lines:
        decided = [one for one in new.cancellations if one.decided and not known.get(one.request_id)]
        yield OrderLinesCancelled(
            order_id=new.order_id,
            lines=lines,
            reason=decided[-1].reason,
            whole_order=new.status is Status.CANCELLED,
        )


def _added(old: Order, new: Order) -> Iterator[Event]:
    """Units that a change added after the release; before it, the release tells them."""
    pending = {one.change_id for one in old.changes if one.status is not ChangeStatus.APPLIED}
    known = {one.change_id for one in old.changes}
    for one in new.changes:
        if _adds(one) and (one.change_id in pending or one.change_id not in known):
            yield _more(new, one)


def _adds(change: OrderChange) -> bool:
    return change.status is ChangeStatus.APPLIED and bool(change.wanted.more or change.wanted.lines)


def _after_the_release(order: Order, change: OrderChange) -> bool:
    return _adds(change) and order.released_at is not None and change.at > order.released_at


def _exchanged(old: Order | None, new: Order) -> Iterator[Event]:
    """The new lines of exchanges that were settled. On an order that was never released, the release has them too."""
    before = {one.return_id for one in old.returns if _settled(one)} if old else set()
    for one in new.returns:
        if _settled(one) and one.return_id not in before:
            yield _instead(new, one)


def _settled(one: Return) -> bool:
    return one.exchange is not None and one.exchange.status is ExchangeStatus.APPLIED


def _exchange_id(one: Return) -> str:
    return f"#exchange-{one.return_id}"


def _instead(order: Order, one: Return) -> OrderLinesAdded:
    assert one.exchange is not None, "only a settled exchange has lines"
    lines = tuple(_ordered(line, line.quantity) for line in one.exchange.lines)
    return OrderLinesAdded(order_id=order.order_id, change_id=_exchange_id(one), lines=lines)


def _more(order: Order, change: OrderChange) -> OrderLinesAdded:
    lines = {line.line_id: line for line in order.lines}
    more = {**change.wanted.more, **{line.line_id: line.quantity for line in change.wanted.lines}}
    return OrderLinesAdded(
        order_id=order.order_id,
        change_id=change.change_id,
        lines=tuple(_ordered(lines[line_id], count) for line_id, count in more.items()),
    )


def _ordered(line: Line, count: int) -> OrderedLine:
    return OrderedLine(
        line_id=line.line_id,
        sku=line.sku,
        quantity=count,
        method=line.method,
        location_id=line.location_id,
        not_before=rfc3339(line.not_before) if line.not_before else None,
    )


def _returns(old: Order | None, new: Order) -> Iterator[Event]:
    known = {one.return_id: one for one in old.returns} if old else {}
    skus = {line.line_id: line.sku for line in new.lines}
    for one in new.returns:
        before = known.get(one.return_id)
        if before is None:
            yield ReturnRequested(
                order_id=new.order_id,
                return_id=one.return_id,
                method=one.method,
                verdict=one.verdict,
                lines=_lines(one.requested.items()),
            )
        if one.handled != (before.handled if before else ()):
            yield ReturnReceived(
                order_id=new.order_id,
                return_id=one.return_id,
                units=tuple(
                    ReturnedUnits(
                        line_id=unit.line_id,
                        sku=skus[unit.line_id],
                        location_id=unit.location_id,
                        quantity=unit.quantity,
                        disposition=unit.disposition,
                    )
                    for unit in one.handled
                ),
                version=new.version,
            )


def _lines(counts: Iterable[tuple[str, int]]) -> tuple[LineQuantity, ...]:
    return tuple(LineQuantity(line_id=line_id, quantity=count) for line_id, count in counts)
