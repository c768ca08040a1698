"""What customers tells the others."""

from __future__ import annotations

from shared.events.base import Event

SOURCE = "throughline.customers"


class OrderCustomerKnown(Event):
    """The order belongs to this customer, guests included."""

    source = SOURCE
    detail_type = "OrderCustomerKnown.v1"

    order_id: str
    customer_id: str
