"""Following fulfilment: plans and steps are told whole and with a version, so late and repeated ones do no harm."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from functions.orders.domain.advance import noted_and_advanced
from functions.orders.domain.due import answered
from functions.orders.domain.lines import Progress, Waiting
from functions.orders.domain.order import Cancellation, Change, Order

OUT_OF_STOCK = "OUT_OF_STOCK"
NO_SHOW = "NO_SHOW"
STORE_SHORT = "STORE_SHORT"
_GIVEN_UP = "#given-up-"
_PLAN = "#plan-"
"""No request id can look like this."""
_WAITING = {"BACKORDERED": "backordered", "OVERSOLD": "oversold", "UNROUTABLE": "unroutable", "QUEUED": "queued"}


class UnknownLine(Exception):
    """Fulfilment speaks of a line that the order does not have: the two have drifted apart."""


@dataclass(frozen=True)
class Unfilled:
    """Units that no place can give, and what becomes of them."""

    line_id: str
    quantity: int
    outcome: str


def route(
    order: Order,
    *,
    plan_version: int,
    opened: Mapping[str, Progress],
    unfilled: Iterable[Unfilled],
    change: Change,
) -> Order:
    """The newest plan: its fulfilment orders are open, and for the unfilled units there is no place (yet).

    Units OUT_OF_STOCK are cancelled, once however many plans tell of them. An older plan only adds fulfilment orders
    that are not known yet. Raises UnknownLine.
    """
    unfilled = tuple(unfilled)
    _check_lines(order, [*(line_id for one in opened.values() for line_id in one.lines), *_lines_of(unfilled)])
    added = {key: progress for key, progress in opened.items() if key not in order.fulfilment}
    after = replace(order, fulfilment={**order.fulfilment, **added})
    newer = plan_version > order.plan_version
    if newer:
        after = replace(after, plan_version=plan_version, waiting=_waiting(unfilled))
    after = heard(_out_of_stock(after, plan_version, unfilled))
    if not newer and not added and after.cancellations == order.cancellations:
        return order
    what = f"routed by plan {plan_version} to {len(opened)} fulfilment orders"
    return noted_and_advanced(after, what, _why_again(order, change), before=order)


def _lines_of(unfilled: Iterable[Unfilled]) -> list[str]:
    return [one.line_id for one in unfilled]


def _waiting(unfilled: Iterable[Unfilled]) -> dict[str, Waiting]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in unfilled:
        if one.outcome != OUT_OF_STOCK:
            counts[one.line_id][_WAITING[one.outcome]] += one.quantity
    return {line_id: Waiting(**counted) for line_id, counted in counts.items()}


def _out_of_stock(order: Order, plan_version: int, unfilled: Iterable[Unfilled]) -> Order:
    told: Counter[str] = Counter()
    for one in unfilled:
        told[one.line_id] += one.quantity if one.outcome == OUT_OF_STOCK else 0
    for known in order.cancellations:
        if known.request_id.startswith(_PLAN):
            told.subtract(known.cancelled)
    fresh = {line_id: count for line_id, count in told.items() if count > 0}
    if not fresh:
        return order
    cancellation = Cancellation(f"{_PLAN}{plan_version}", OUT_OF_STOCK, asked=fresh, cancelled=fresh)
    return replace(order, cancellations=(*order.cancellations, cancellation))


def progress(order: Order, fulfilment_order_id: str, told: Progress, change: Change) -> Order:
    """A step of one fulfilment order: newer state replaces older, also before the plan itself was heard of.

    The code, its date and the parcels are told by one step each and kept, whenever that step arrives.
    Raises UnknownLine.
    """
    _check_lines(order, told.lines)
    known = order.fulfilment.get(fulfilment_order_id)
    newer = known is None or told.version > known.version
    base = told if newer else known
    assert base is not None
    other = known if newer else told
    merged = base if other is None else _complete(base, other)
    if merged == known:
        return order
    after = heard(replace(order, fulfilment={**order.fulfilment, fulfilment_order_id: merged}))
    if not newer:
        return after
    if told.left and order.barring and not (known and known.left):
        change = replace(change, why=f"left before {', '.join(order.barring)} could stop it")
    return noted_and_advanced(after, f"{fulfilment_order_id} {told.status}", change, before=order)


def heard(order: Order) -> Order:
    """There is news of fulfilment: nobody needs to ask, or to be called."""
    return answered(replace(order, asked_again=0)) if order.asked_again else order


def _complete(base: Progress, other: Progress) -> Progress:
    """`base` with what only the other one tells."""
    return replace(
        base,
        code=base.code or other.code,
        pickup_by=base.pickup_by or other.pickup_by,
        link=base.link or other.link,
        parcels=base.parcels or other.parcels,
    )


def given_up(order: Order, name: str, units: Mapping[str, int], reason: str, change: Change) -> Order:
    """These units (by line) will not be collected: they are cancelled, once per `name`. Raises UnknownLine."""
    _check_lines(order, units)
    request_id = f"{_GIVEN_UP}{name}"
    if order.cancellation(request_id) is not None:
        return order
    cancellation = Cancellation(request_id, reason, asked=dict(units), cancelled=dict(units), at=change.at)
    after = replace(order, cancellations=(*order.cancellations, cancellation))
    count = sum(units.values())
    what = f"{name} given up: {count} units cancelled"
    return noted_and_advanced(after, what, replace(change, why=reason), before=order)


def _why_again(order: Order, change: Change) -> Change:
    """Units that came short are planned anew: why, where it has been told."""
    again = order.plan_version and any(vector.unsourced for vector in order.quantities.values())
    return replace(change, why=list(order.shorts.values())[-1]) if again and order.shorts else change


def linked(order: Order, fulfilment_order_id: str, link: str) -> Order:
    """The shopper's link to a collection that needs their choice. The fulfilment order must be known."""
    known = order.fulfilment[fulfilment_order_id]
    if known.link:
        return order
    return replace(order, fulfilment={**order.fulfilment, fulfilment_order_id: replace(known, link=link)})


def asked(order: Order, number: int, link: str) -> Order:
    """The shopper is to choose by this link what becomes of units that no place can ship; an older choice is over."""
    return replace(order, choice=number, choice_link=link) if number > order.choice else order


def chosen(order: Order, number: int, choice: str, change: Change) -> Order:
    """The shopper has chosen, or it has happened by itself. What becomes of the units, the next routing tells."""
    if number < order.choice or (number == order.choice and not order.choice_link):
        return order
    after = replace(order, choice=number, choice_link="")
    return after.noted(f"units that no place can ship: {choice}", change, before=order)


def extended(order: Order, fulfilment_order_id: str, pickup_by: str, change: Change) -> Order:
    """A collection waits longer. The fulfilment order must be known."""
    known = order.fulfilment[fulfilment_order_id]
    if (known.pickup_by or "") >= pickup_by:
        return order
    later = {**order.fulfilment, fulfilment_order_id: replace(known, pickup_by=pickup_by)}
    return replace(order, fulfilment=later).noted(f"{fulfilment_order_id} waits longer", change, before=order)


def ignore_reservation(order: Order, *, reason: str, change: Change) -> Order:
    """Inventory did not use the hold that the order named; it is sourced as any other."""
    if order.reservation_not_used:
        return order
    after = replace(order, reservation_not_used=reason)
    return after.noted("reservation not used", replace(change, why=reason), before=order)


def belongs_to(order: Order, customer_id: str, change: Change) -> Order:
    """The order is this customer's."""
    if order.customer_id == customer_id:
        return order
    return replace(order, customer_id=customer_id).noted("customer known", change, before=order)


def _check_lines(order: Order, line_ids: Iterable[str]) -> None:
    unknown = set(line_ids) - order.quantities.keys()
    if unknown:
        raise UnknownLine(f"order {order.order_id} has no line {sorted(unknown)[:5]}")
