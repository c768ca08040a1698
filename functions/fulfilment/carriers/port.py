"""What fulfilment needs of any carrier: services with rates, and labels. Its news of parcels come by the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from functions.fulfilment.domain.parcels import Label
from shared.geo import Geo


@dataclass(frozen=True)
class Consignment:
    """One parcel to be carried. `key` makes two orders of one label the same one."""

    key: str
    origin: Geo | None
    origin_country: str
    destination: Geo | None
    destination_country: str
    weight_grams: int


@dataclass(frozen=True)
class Service:
    """A service that the carrier offers for a consignment, and what it costs in minor units."""

    service: str
    amount: int


class Carrier(Protocol):
    """Implementations are safe to ask again with the same key."""

    name: str

    def services(self, consignment: Consignment) -> tuple[Service, ...]:
        """What it offers for the parcel, the cheapest first."""
        ...

    def buy(self, consignment: Consignment, *, service: str) -> Label:
        """The label of a parcel; the same for the same key. Raises InvalidField for a service that it does not have."""
        ...
