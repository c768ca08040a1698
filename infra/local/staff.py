"""What staff do with fulfilment orders, over the API: from acknowledging to shipping or handing over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.local.patience import Client

FulfilmentOrder = dict[str, Any]
CARRIER = "Parcel Post"


def _step(staff: Client, order: FulfilmentOrder, step: str, body: object) -> FulfilmentOrder:
    """One step; answers the fulfilment order after it."""
    return dict(staff.post(f"/v1/fulfilment-orders/{order['fulfilment_order_id']}/{step}", body))


def _acknowledge(staff: Client, order: FulfilmentOrder) -> FulfilmentOrder:
    return _step(staff, order, "acknowledge", {})


def _pick(staff: Client, order: FulfilmentOrder) -> FulfilmentOrder:
    lines = [{"line_id": line["line_id"], "picked": line["quantity"]} for line in order["lines"] if line["quantity"]]
    return _step(staff, order, "pick", {"lines": lines})


def _pack(staff: Client, order: FulfilmentOrder) -> FulfilmentOrder:
    lines = [{"line_id": line["line_id"], "quantity": line["quantity"]} for line in order["lines"] if line["quantity"]]
    parcel = {"parcel_id": _parcel_id(order), "lines": lines}
    return _step(staff, order, "pack", {"parcels": [parcel]})


def _ship(staff: Client, order: FulfilmentOrder) -> FulfilmentOrder:
    parcel_id = _parcel_id(order)
    parcel = {"parcel_id": parcel_id, "carrier": CARRIER, "tracking_number": f"PP-{parcel_id}"}
    return _step(staff, order, "ship", {"parcels": [parcel]})


def _ready(staff: Client, order: FulfilmentOrder) -> FulfilmentOrder:
    return _step(staff, order, "ready", {})


def _parcel_id(order: FulfilmentOrder) -> str:
    return f"{order['fulfilment_order_id']}-1"[-64:]


SHIPPING: dict[str, Callable[[Client, FulfilmentOrder], FulfilmentOrder]] = {
    "OPEN": _acknowledge,
    "ACKNOWLEDGED": _pick,
    "PICKING": _pick,
    "PICKED": _pack,
    "PACKED": _ship,
}
"""What is done next with a fulfilment order that goes by parcel, by its status."""

COLLECTING = SHIPPING | {"PACKED": _ready}
"""... and with one that the shopper collects."""


def work(staff: Client, order: FulfilmentOrder) -> FulfilmentOrder:
    """Do every step that is left until it is shipped, or ready for the shopper; answers how it stands then.

    May be repeated: it goes on from wherever the fulfilment order is.
    """
    steps = SHIPPING if order["method"] == "ship" else COLLECTING
    while order["status"] in steps:
        order = steps[order["status"]](staff, order)
    return order


def read(staff: Client, fulfilment_order_id: str) -> FulfilmentOrder:
    """The fulfilment order as it is now."""
    return dict(staff.get(f"/v1/fulfilment-orders/{fulfilment_order_id}"))


def of_order(staff: Client, order_id: str) -> list[FulfilmentOrder]:
    """Every fulfilment order of an order."""
    return staff.pages("/v1/fulfilment-orders", {"order_id": order_id})


def deliver(staff: Client, fulfilment_order_id: str) -> None:
    """The carrier says that the parcels arrived."""
    staff.post(f"/v1/fulfilment-orders/{fulfilment_order_id}/deliver", {})


def hand_over(staff: Client, fulfilment_order_id: str, code: str, *, expect: tuple[int, ...] = (200,)) -> int:
    """Give the goods to the shopper who shows the code; answers the status of the call."""
    path = f"/v1/fulfilment-orders/{fulfilment_order_id}/hand-over"
    return staff.call("POST", path, {"code": code}, expect=expect).status
