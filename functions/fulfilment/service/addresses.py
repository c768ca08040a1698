"""Use case that keeps where parcels go, for their labels."""

from __future__ import annotations

from functions.fulfilment.repository.addresses import AddressRepository
from shared.addresses import Address
from shared.cause import Cause
from shared.events.orders import OrderAddressGiven


class AddressService:
    """The newest address of each order counts, in whatever order they are told."""

    def __init__(self, addresses: AddressRepository) -> None:
        self._addresses = addresses

    def given(self, event: OrderAddressGiven, cause: Cause) -> None:
        """The order's parcels go there, unless a later address is known or its shopper was forgotten."""
        to = event.address
        address = Address(
            line1=to.line1,
            city=to.city,
            country=to.country,
            name=to.name,
            line2=to.line2,
            region=to.region,
            postal_code=to.postal_code,
        )
        self._addresses.put(event.order_id, address, version=event.version, cause=cause)
