"""Events of other services -> timeline entries. Pure; the only place that words a summary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from functions.customers.domain.timeline import Entry, Kind
from shared.events.fulfilment import (
    ChoiceMade,
    ChoiceOffered,
    FulfilmentOrderDelayed,
    FulfilmentOrderMoved,
    HandedOver,
    OptionChosen,
    OptionsOffered,
    ParcelTracked,
    PickupNotCollected,
    ReadyForPickup,
    Shipped,
    UnitsShort,
)
from shared.events.orders import (
    LineQuantity,
    OrderImported,
    OrderLinesCancelled,
    OrderPlaced,
    PaymentSettled,
    ReturnReceived,
    ReturnRequested,
)

LATE = "LATE"
DELIVERED = "DELIVERED"
"""The one step without an event of its own that a shopper hears about."""

CHOSEN = {
    "wait": "to wait for stock",
    "collect": "to be collected",
    "cancel": "given up",
    "ship_to_store": "to come to the store from elsewhere",
    "ship_home": "to be sent home",
    "other_store": "to be collected at another store",
}
"""What becomes of units that the shopper was asked about, by their choice or when they did not choose in time."""

PAYMENT_DONE = {"authorise": "authorised", "capture": "captured", "void": "voided", "refund": "refunded"}

WITHOUT_MINOR_UNITS = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"})
"""Currencies in use whose minor unit is the unit itself (ISO 4217, exponent 0)."""


def order_placed(event: OrderPlaced) -> Entry:
    """The shopper ordered."""
    units = sum(line.quantity for line in event.lines)
    return _entry(
        event.order_id,
        "placed",
        Kind.ORDER_PLACED,
        f"Ordered {_units(units)} for {_money(event.total, event.currency)}",
        at=datetime.fromisoformat(event.placed_at),
    )


def order_imported(event: OrderImported) -> Entry:
    """The shopper ordered, before this system knew of it."""
    ends = {"cancelled": event.cancelled, "returned": event.returned}
    told = "".join(f", {_units(count)} {end}" for end, count in ends.items() if count)
    return _entry(
        event.order_id,
        "placed",
        Kind.ORDER_PLACED,
        f"Ordered {_units(event.ordered)} for {_money(event.total, event.currency)}{told}",
        at=datetime.fromisoformat(event.placed_at),
    )


def order_cancelled(event: OrderLinesCancelled, *, at: datetime, event_id: str) -> Entry:
    """Units will not come. An order can lose units several times, so the event's own id names the entry."""
    units = sum(line.quantity for line in event.lines)
    return _entry(
        event.order_id,
        f"cancelled:{event_id}",
        Kind.ORDER_CANCELLED,
        "The order was cancelled" if event.whole_order else f"{_units(units)} cancelled",
        at=at,
    )


def payment_settled(event: PaymentSettled, *, at: datetime) -> Entry:
    """The provider's word on one payment operation."""
    return _entry(event.order_id, f"payment:{event.operation_id}", Kind.PAYMENT, _payment(event), at=at)


def shipped(event: Shipped, *, at: datetime) -> Entry:
    """Parcels are on their way."""
    units = sum(line.shipped for line in event.lines)
    return _step(event, Kind.SHIPPED, f"{_units(units)} shipped from {event.location_id}", at=at)


def handed_over(event: HandedOver, *, at: datetime) -> Entry:
    """The shopper collected: so many units by now, since not everything may be handed over at once."""
    units = sum(line.fulfilled for line in event.lines)
    entry = _step(event, Kind.HANDED_OVER, f"{_units(units)} handed over at {event.location_id}", at=at)
    return replace(entry, key=f"{entry.key}:{units}")


def delivered(event: FulfilmentOrderMoved, *, at: datetime) -> Entry | None:
    """The parcels arrived; None for every other step."""
    if event.status != DELIVERED:
        return None
    units = sum(line.fulfilled for line in event.lines)
    return _step(event, Kind.DELIVERED, f"{_units(units)} delivered", at=at)


def units_short(event: UnitsShort, *, at: datetime) -> Entry:
    """A place could not give something; it is looked for elsewhere."""
    units = sum(line.quantity for line in event.lines)
    why = event.reason.lower().replace("_", " ")
    return _entry(
        event.order_id,
        f"short:{event.fulfilment_order_id}:{event.number}",
        Kind.UNITS_SHORT,
        f"{_units(units)} short at {event.location_id}: {why}",
        at=at,
        about=event.fulfilment_order_id,
    )


def choice_offered(event: ChoiceOffered, *, at: datetime) -> Entry:
    """The shopper is asked about units that no place can ship; their link is nobody's business here."""
    units = sum(line.quantity for line in event.lines)
    key = f"{Kind.CHOICE_OFFERED}:{event.number}"
    return _entry(
        event.order_id, key, Kind.CHOICE_OFFERED, f"Asked about {_units(units)} that no place can ship", at=at
    )


def choice_made(event: ChoiceMade, *, at: datetime) -> Entry:
    """They have chosen, or it was decided for them."""
    where = f" at {event.location_id}" if event.location_id else ""
    summary = f"{_chosen(event.lines, event.choice)}{where}"
    return _entry(event.order_id, f"{Kind.CHOICE_MADE}:{event.number}", Kind.CHOICE_MADE, summary, at=at)


def options_offered(event: OptionsOffered, *, at: datetime) -> Entry:
    """The shopper is asked about units that their store cannot give."""
    units = sum(line.quantity for line in event.lines)
    return _entry(
        event.order_id,
        f"{Kind.CHOICE_OFFERED}:{event.fulfilment_order_id}:{event.number}",
        Kind.CHOICE_OFFERED,
        f"Asked about {_units(units)} that {event.location_id} cannot give",
        at=at,
        about=event.fulfilment_order_id,
    )


def option_chosen(event: OptionChosen, *, at: datetime) -> Entry:
    """They have chosen, or it was decided for them."""
    return _entry(
        event.order_id,
        f"{Kind.CHOICE_MADE}:{event.fulfilment_order_id}:{event.number}",
        Kind.CHOICE_MADE,
        _chosen(event.lines, event.choice),
        at=at,
        about=event.fulfilment_order_id,
    )


def delayed(event: FulfilmentOrderDelayed, *, at: datetime) -> Entry | None:
    """It is not ready or shipped when it was due; None for what only the staff has to know."""
    if event.cause != LATE:
        return None
    return _entry(
        event.order_id,
        f"late:{event.fulfilment_order_id}",
        Kind.DELAYED,
        f"Later than promised at {event.location_id}",
        at=at,
        about=event.fulfilment_order_id,
    )


def not_collected(event: PickupNotCollected, *, at: datetime) -> Entry:
    """Nobody came for it."""
    units = sum(line.quantity for line in event.lines)
    return _entry(
        event.order_id,
        f"not_collected:{event.fulfilment_order_id}",
        Kind.NOT_COLLECTED,
        f"{_units(units)} not collected at {event.location_id}",
        at=at,
        about=event.fulfilment_order_id,
    )


def parcel_tracked(event: ParcelTracked, *, at: datetime) -> Entry | None:
    """The carrier could not deliver a parcel, or brings it back; None for what goes as it should."""
    known = {"failure": (Kind.NOT_DELIVERED, "not delivered"), "return_to_sender": (Kind.COMES_BACK, "on its way back")}
    if event.status not in known:
        return None
    kind, what = known[event.status]
    said = f":{event.at}" if kind is Kind.NOT_DELIVERED else ""  # a carrier tries more than once
    return Entry(
        order_id=event.order_id,
        key=f"{kind}:{event.fulfilment_order_id}/{event.parcel_id}{said}",
        at=at,
        kind=kind,
        reference=event.fulfilment_order_id,
        summary=f"A parcel was {what}" if kind is Kind.NOT_DELIVERED else f"A parcel is {what}",
    )


def ready(event: ReadyForPickup, *, at: datetime) -> Entry:
    """The goods wait for the shopper; the code is nobody's business here."""
    units = sum(line.ready for line in event.lines)
    return _step(event, Kind.READY_FOR_PICKUP, f"{_units(units)} ready for collection at {event.location_id}", at=at)


def return_requested(event: ReturnRequested, *, at: datetime) -> Entry:
    """The shopper wants to give something back."""
    units = sum(line.quantity for line in event.lines)
    return _entry(
        event.order_id,
        f"return:{event.return_id}",
        Kind.RETURN_REQUESTED,
        f"Return of {_units(units)} {event.verdict.lower()}",
        at=at,
        about=event.return_id,
    )


def return_received(event: ReturnReceived, *, at: datetime) -> Entry:
    """So many units of a return are here by now. What becomes of them afterwards tells the shopper nothing new."""
    units = sum(unit.quantity for unit in event.units)
    return _entry(
        event.order_id,
        f"returned:{event.return_id}:{units}",
        Kind.RETURN_RECEIVED,
        f"{_units(units)} of the return received",
        at=at,
        about=event.return_id,
    )


def _entry(order_id: str, key: str, kind: Kind, summary: str, *, at: datetime, about: str = "") -> Entry:
    """One fact of an order; `about`: what the entry refers to, if not to the order itself."""
    return Entry(order_id=order_id, key=key, at=at, kind=kind, reference=about or order_id, summary=summary)


def _step(
    event: Shipped | HandedOver | ReadyForPickup | FulfilmentOrderMoved, kind: Kind, summary: str, *, at: datetime
) -> Entry:
    return _entry(
        event.order_id, f"{kind}:{event.fulfilment_order_id}", kind, summary, at=at, about=event.fulfilment_order_id
    )


def _chosen(lines: Iterable[LineQuantity], choice: str) -> str:
    return f"{_units(sum(line.quantity for line in lines))} {CHOSEN.get(choice, choice)}"


def _payment(event: PaymentSettled) -> str:
    amount, done = _money(event.amount, event.currency), PAYMENT_DONE.get(event.kind, event.kind)
    return f"{amount} {done}" if event.outcome == "DONE" else f"{amount} not {done}: {event.outcome.lower()}"


def _units(count: int) -> str:
    return f"{count} unit" if count == 1 else f"{count} units"


def _money(amount: int, currency: str) -> str:
    if currency in WITHOUT_MINOR_UNITS:
        return f"{amount} {currency}"
    return f"{amount // 100}.{amount % 100:02d} {currency}"
