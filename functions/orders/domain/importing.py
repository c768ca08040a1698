"""Orders of the past: taken into the book as they ended, paid and delivered elsewhere, with nothing left to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from functions.orders.domain import account
from functions.orders.domain.due import closed
from functions.orders.domain.lines import Line, Progress, Units
from functions.orders.domain.order import Cancellation, Change, Order
from functions.orders.domain.paying import tender
from functions.orders.domain.placement import must_be_acceptable
from functions.orders.domain.returns import (
    Disposition,
    Handled,
    Return,
    ReturnLine,
    ReturnMethod,
    ReturnReason,
    Verdict,
)
from functions.orders.domain.tenders import EXTERNAL, Operation, OperationKind, OperationStatus, Payment
from shared.errors import FieldError, Refused

IMPORTED = "imported"
"""Names the payment, the cancel and the return of an order of the past: what was before is not known in parts."""
DELIVERED, HANDED_OVER = "DELIVERED", "HANDED_OVER"


@dataclass(frozen=True)
class Ended:
    """What became of the units of one line; the rest was delivered."""

    cancelled: int = 0
    returned: int = 0


def past(order: Order, ended: Mapping[str, Ended], *, ended_at: datetime, change: Change) -> Order:
    """The order as it ended: what was due is paid, what came back is refunded, and routing has nothing to do.

    Raises Refused with a pointer per field that is not acceptable.
    """
    must_be_acceptable(order, needs_address=False)
    errors = [error for index, line in enumerate(order.lines) for error in _wrong_with(line, ended, f"/lines/{index}")]
    if errors:
        raise Refused("these are no ends of an order's lines", code="invalid", errors=errors)
    over = replace(
        order,
        imported=True,
        released_at=order.placed_at,
        cancellations=_cancelled(ended, ended_at),
        fulfilment=_delivered(order, ended, ended_at),
        returns=_returned(order, ended, ended_at),
    )
    return closed(_paid(over, ended_at, change).noted(IMPORTED, change, before=None), change)


def _wrong_with(line: Line, ended: Mapping[str, Ended], at: str) -> list[FieldError]:
    units = ended[line.line_id]
    if units.cancelled > line.quantity:
        return [FieldError(f"{at}/cancelled", "more than was ordered")]
    if line.carried_out and units.cancelled:
        return [FieldError(f"{at}/cancelled", "what was carried out cannot have been cancelled")]
    if units.returned > line.quantity - units.cancelled:
        return [FieldError(f"{at}/returned", "more than was delivered")]
    return []


def _cancelled(ended: Mapping[str, Ended], at: datetime) -> tuple[Cancellation, ...]:
    counts = {line_id: units.cancelled for line_id, units in ended.items() if units.cancelled}
    return (Cancellation(IMPORTED, IMPORTED, asked=counts, cancelled=counts, at=at),) if counts else ()


def _delivered(order: Order, ended: Mapping[str, Ended], at: datetime) -> dict[str, Progress]:
    """One finished fulfilment order per method and place; where parcels came from is not known any more."""
    groups: dict[tuple[str, str], dict[str, Units]] = defaultdict(dict)
    for line in order.lines:
        if count := line.quantity - ended[line.line_id].cancelled:
            groups[line.method.value, line.location_id or ""][line.line_id] = Units(fulfilled=count)
    collected = {line.method.value for line in order.lines if line.method.collected}
    return {
        f"{order.order_id}.past{number}": Progress(
            place, method, HANDED_OVER if method in collected else DELIVERED, version=1, lines=lines, at=at
        )
        for number, ((method, place), lines) in enumerate(sorted(groups.items()), 1)
    }


def _returned(order: Order, ended: Mapping[str, Ended], at: datetime) -> tuple[Return, ...]:
    counts = {line_id: units.returned for line_id, units in ended.items() if units.returned}
    if not counts:
        return ()
    return (
        Return(
            return_id=f"{order.order_id}.{IMPORTED}",
            method=ReturnMethod.MAIL,
            lines=tuple(ReturnLine(line_id, count, ReturnReason.OTHER) for line_id, count in counts.items()),
            verdict=Verdict.AUTHORISED,
            at=at,
            content_hash=IMPORTED,
            handled=tuple(
                Handled(line_id, count, "", Disposition.RESTOCK_ELSEWHERE) for line_id, count in counts.items()
            ),
            closed=True,
        ),
    )


def _paid(order: Order, at: datetime, change: Change) -> Order:
    """Paid in full when it was placed; what was cancelled or came back has been given back."""
    total = account.totals(order).total
    if not total:
        return order
    payment = Payment(IMPORTED, EXTERNAL, total, order.placed_at, content_hash=IMPORTED, reference=IMPORTED)
    paid = tender(order, payment, replace(change, at=order.placed_at))
    back = total - account.due(paid)
    if not back:
        return paid
    refund = Operation(
        operation_id=f"{order.order_id}.p{len(paid.operations) + 1}",
        payment_id=IMPORTED,
        kind=OperationKind.REFUND,
        amount=back,
        at=at,
        status=OperationStatus.DONE,
        settled_at=at,
        reference=IMPORTED,
    )
    return replace(paid, operations=(*paid.operations, refund))
