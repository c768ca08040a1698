"""Events of other services -> timeline entries. Pure; the only place that words a summary."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

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
    summary = f"Ordered {_told(event.lines)} for {_money(event.total, event.currency)}"
    return _ordered(event, summary)


def order_imported(event: OrderImported) -> Entry:
    """The shopper ordered, before this system knew of it."""
    ends = {"cancelled": event.cancelled, "returned": event.returned}
    told = "".join(f", {_units(count)} {end}" for end, count in ends.items() if count)
    return _ordered(event, f"Ordered {_units(event.ordered)} for {_money(event.total, event.currency)}{told}")


def order_cancelled(event: OrderLinesCancelled, *, at: datetime, event_id: str) -> Entry:
    """Units will not come. An order can lose units several times, so the event's own id names the entry."""
    summary = "The order was cancelled" if event.whole_order else f"{_told(event.lines)} cancelled"
    return _entry(event.order_id, f"cancelled:{event_id}", Kind.ORDER_CANCELLED, summary, at=at)


def payment_settled(event: PaymentSettled, *, at: datetime) -> Entry:
    """The provider's word on one payment operation."""
    return _entry(event.order_id, f"payment:{event.operation_id}", Kind.PAYMENT, _payment(event), at=at)


def shipped(event: Shipped, *, at: datetime) -> Entry:
    """Parcels are on their way."""
    units = _units(sum(line.shipped for line in event.lines))
    return _work(event, Kind.SHIPPED, f"{units} shipped from {event.location_id}", at=at)


def handed_over(event: HandedOver, *, at: datetime) -> Entry:
    """The shopper collected: so many units by now, since not everything may be handed over at once."""
    count = sum(line.fulfilled for line in event.lines)
    summary = f"{_units(count)} handed over at {event.location_id}"
    return _work(event, Kind.HANDED_OVER, summary, at=at, number=count)


def delivered(event: FulfilmentOrderMoved, *, at: datetime) -> Entry | None:
    """The parcels arrived; None for every other step."""
    if event.status != DELIVERED:
        return None
    return _work(event, Kind.DELIVERED, f"{_units(sum(line.fulfilled for line in event.lines))} delivered", at=at)


def units_short(event: UnitsShort, *, at: datetime) -> Entry:
    """A place could not give something; it is looked for elsewhere."""
    why = event.reason.lower().replace("_", " ")
    summary = f"{_told(event.lines)} short at {event.location_id}: {why}"
    return _work(event, Kind.UNITS_SHORT, summary, at=at, name="short", number=event.number)


def choice_offered(event: ChoiceOffered, *, at: datetime) -> Entry:
    """The shopper is asked about units that no place can ship; their link is nobody's business here."""
    summary = f"Asked about {_told(event.lines)} that no place can ship"
    return _entry(event.order_id, f"{Kind.CHOICE_OFFERED}:{event.number}", Kind.CHOICE_OFFERED, summary, at=at)


def choice_made(event: ChoiceMade, *, at: datetime) -> Entry:
    """They have chosen, or it was decided for them."""
    where = f" at {event.location_id}" if event.location_id else ""
    summary = f"{_chosen(event)}{where}"
    return _entry(event.order_id, f"{Kind.CHOICE_MADE}:{event.number}", Kind.CHOICE_MADE, summary, at=at)


def options_offered(event: OptionsOffered, *, at: datetime) -> Entry:
    """The shopper is asked about units that their store cannot give."""
    summary = f"Asked about {_told(event.lines)} that {event.location_id} cannot give"
    return _work(event, Kind.CHOICE_OFFERED, summary, at=at, number=event.number)


def option_chosen(event: OptionChosen, *, at: datetime) -> Entry:
    """They have chosen, or it was decided for them."""
    return _work(event, Kind.CHOICE_MADE, _chosen(event), at=at, number=event.number)


def delayed(event: FulfilmentOrderDelayed, *, at: datetime) -> Entry | None:
    """It is not ready or shipped when it was due; None for what only the staff has to know."""
    if event.cause != LATE:
        return None
    return _work(event, Kind.DELAYED, f"Later than promised at {event.location_id}", at=at, name="late")


def not_collected(event: PickupNotCollected, *, at: datetime) -> Entry:
    """Nobody came for it."""
    summary = f"{_told(event.lines)} not collected at {event.location_id}"
    return _work(event, Kind.NOT_COLLECTED, summary, at=at)


def parcel_tracked(event: ParcelTracked, *, at: datetime) -> Entry | None:
    """The carrier could not deliver a parcel, or brings it back; None for what goes as it should."""
    parcel = f"{event.fulfilment_order_id}/{event.parcel_id}"
    match event.status:
        case "failure":  # a carrier tries more than once
            kind, key, what = Kind.NOT_DELIVERED, f"{parcel}:{event.at}", "was not delivered"
        case "return_to_sender":
            kind, key, what = Kind.COMES_BACK, parcel, "is on its way back"
        case _:
            return None
    about = event.fulfilment_order_id
    return _entry(event.order_id, f"{kind}:{key}", kind, f"A parcel {what}", at=at, about=about)


def ready(event: ReadyForPickup, *, at: datetime) -> Entry:
    """The goods wait for the shopper; the code is nobody's business here."""
    units = _units(sum(line.ready for line in event.lines))
    return _work(event, Kind.READY_FOR_PICKUP, f"{units} ready for collection at {event.location_id}", at=at)


def return_requested(event: ReturnRequested, *, at: datetime) -> Entry:
    """The shopper wants to give something back."""
    summary = f"Return of {_told(event.lines)} {event.verdict.lower()}"
    key = f"return:{event.return_id}"
    return _entry(event.order_id, key, Kind.RETURN_REQUESTED, summary, at=at, about=event.return_id)


def return_received(event: ReturnReceived, *, at: datetime) -> Entry:
    """So many units of a return are here by now. What becomes of them afterwards tells the shopper nothing new."""
    count = sum(unit.quantity for unit in event.units)
    key, summary = f"returned:{event.return_id}:{count}", f"{_units(count)} of the return received"
    return _entry(event.order_id, key, Kind.RETURN_RECEIVED, summary, at=at, about=event.return_id)


class _OfWork(Protocol):
    """An event about one fulfilment order."""

    @property
    def order_id(self) -> str: ...

    @property
    def fulfilment_order_id(self) -> str: ...


class _OfUnits(Protocol):
    """Something of a line."""

    @property
    def quantity(self) -> int: ...


def _entry(order_id: str, key: str, kind: Kind, summary: str, *, at: datetime, about: str = "") -> Entry:
    """One fact of an order; `about`: what the entry refers to, if not to the order itself."""
    return Entry(order_id=order_id, key=key, at=at, kind=kind, reference=about or order_id, summary=summary)


def _ordered(event: OrderPlaced | OrderImported, summary: str) -> Entry:
    at = datetime.fromisoformat(event.placed_at)
    return _entry(event.order_id, "placed", Kind.ORDER_PLACED, summary, at=at)


def _work(
    event: _OfWork, kind: Kind, summary: str, *, at: datetime, name: str = "", number: int | None = None
) -> Entry:
    """One fact of a fulfilment order, once per `number` where it can happen again."""
    again = "" if number is None else f":{number}"
    key = f"{name or kind}:{event.fulfilment_order_id}{again}"
    return _entry(event.order_id, key, kind, summary, at=at, about=event.fulfilment_order_id)


def _chosen(event: ChoiceMade | OptionChosen) -> str:
    return f"{_told(event.lines)} {CHOSEN.get(event.choice, event.choice)}"


def _payment(event: PaymentSettled) -> str:
    amount, done = _money(event.amount, event.currency), PAYMENT_DONE.get(event.kind, event.kind)
    return f"{amount} {done}" if event.outcome == "DONE" else f"{amount} not {done}: {event.outcome.lower()}"


def _told(lines: Iterable[_OfUnits]) -> str:
    return _units(sum(line.quantity for line in lines))


def _units(count: int) -> str:
    return f"{count} unit" if count == 1 else f"{count} units"


def _money(amount: int, currency: str) -> str:
    if currency in WITHOUT_MINOR_UNITS:
        return f"{amount} {currency}"
    return f"{amount // 100}.{amount % 100:02d} {currency}"
