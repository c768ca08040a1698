"""What a stored change means to the others."""

from __future__ import annotations

from collections.abc import Iterator

from functions.customers.domain.customer import OrderLink
from shared.events.base import Event
from shared.events.customers import OrderCustomerKnown


def link_facts(old: OrderLink | None, new: OrderLink) -> Iterator[Event]:
    """An order's customer is known, or is another one than before."""
    if old is None or old.customer_id != new.customer_id:
        yield OrderCustomerKnown(order_id=new.order_id, customer_id=new.customer_id)
