"""What fulfilment needs of any carrier: services with rates, and labels, sold and taken back. Its news of parcels come
by the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from functions.fulfilment.domain.parcels import Label, VoidStatus
from shared.errors import Conflict
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


class TakenBack(Conflict):
    """The label was given back before it was bought, or scanned."""

    code = "label_taken_back"


class Carrier(Protocol):
    """Implementations are safe to ask again with the same key. Whatever a carrier cannot answer now is `Busy`."""

    name: str

    def check_service(self, service: str) -> None:
        """Raises InvalidField for a service that it does not have."""
        ...

    def services(self, consignment: Consignment) -> tuple[Service, ...]:
        """What it offers for the parcel, the cheapest first."""
        ...

    def buy(self, consignment: Consignment, *, service: str) -> Label:
        """The label of a parcel; the same for the same key. Raises InvalidField for a service that it does not have,
        TakenBack for a key of which the label was voided."""
        ...

    def void(self, key: str) -> VoidStatus | None:
        """Take back the label of this key: VOIDED, or REFUSED once its parcel was scanned. None: none was sold by it,
        and none will be. The same however often it is asked."""
        ...
