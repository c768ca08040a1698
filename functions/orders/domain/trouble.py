"""What goes wrong at the locations and on the way: told in the history with its cause, and put before a person where
nobody else will act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from functions.orders.domain.advance import noted_and_advanced
from functions.orders.domain.order import Change, Order


def told(order: Order, what: str, why: str, change: Change) -> Order:
    """An entry in the history, once however often it is told; nothing of the order moves by it."""
    if any(entry.what == what for entry in order.history):
        return order
    return order.noted(what, replace(change, why=why), before=order)


def short(order: Order, name: str, units: Mapping[str, int], why: str, change: Change) -> Order:
    """A place did not give these units (by line), once per `name`; the reason is kept for the plan that follows."""
    if name in order.shorts:
        return order
    what = f"{name} short: {', '.join(f'{count} of line {line_id}' for line_id, count in units.items())}"
    return told(replace(order, shorts={**order.shorts, name: why}), what, why, change)


def came_back(order: Order, parcel: str, change: Change) -> Order:
    """The carrier brings a parcel (`fulfilment order/parcel`) back to its sender: a person sees to it."""
    if parcel in order.returned_parcels or parcel in order.settled_parcels:
        return order
    after = replace(order, returned_parcels=(*order.returned_parcels, parcel))
    why = "brought back to its sender by the carrier"
    return noted_and_advanced(after, f"parcel {parcel} comes back", replace(change, why=why), before=order)


def went_astray(order: Order, parcel: str, reason: str, change: Change) -> Order:
    """The carrier has a parcel (by its label's id) that nobody sends any more, or does not say so (`no_answer`): a
    person stops it, or lets it go."""
    if parcel in order.astray_parcels or parcel in order.settled_parcels:
        return order
    after = replace(order, astray_parcels=(*order.astray_parcels, parcel))
    why = "the carrier does not answer" if reason == "no_answer" else "scanned before its label was given back"
    return noted_and_advanced(after, f"parcel {parcel} may be on its way", replace(change, why=why), before=order)


def seen_to(order: Order, parcels: tuple[str, ...], change: Change, *, before: Order) -> Order:
    """Whoever saw to these parcels: sent again, paid back by a return, stopped."""
    after = replace(
        order,
        returned_parcels=tuple(one for one in order.returned_parcels if one not in parcels),
        astray_parcels=tuple(one for one in order.astray_parcels if one not in parcels),
        settled_parcels=(*order.settled_parcels, *parcels),
    )
    return noted_and_advanced(after, f"seen to parcels {', '.join(parcels)}", change, before=before)
