"""The built-in carrier, like a carrier's test mode: rates by zone, labels at once, taken back until the parcel's first
scan, news of parcels as time passes (`domain.tracking.sandbox_news`)."""

from __future__ import annotations

import hashlib

from functions.fulfilment.carriers.port import Consignment, Service, TakenBack
from functions.fulfilment.domain.parcels import Label, VoidStatus
from functions.fulfilment.domain.rates import rate
from functions.fulfilment.domain.tracking import SANDBOX
from functions.fulfilment.repository.sandbox_labels import SandboxLabels, Sold
from shared.built_in_rates import SERVICE_SURCHARGE
from shared.dynamo.retry import retried
from shared.errors import InvalidField

NAME = SANDBOX
_ANSWERS = {Sold.VOIDED: VoidStatus.VOIDED, Sold.SCANNED: VoidStatus.REFUSED, Sold.NEVER: None}


class SandboxCarrier:
    """Implements `Carrier`. Rates, numbers and news follow from the key and the time; what became of the labels it has
    sold it keeps in its own rows, as any carrier does."""

    name = NAME

    def __init__(self, labels: SandboxLabels) -> None:
        self._labels = labels

    def check_service(self, service: str) -> None:
        if service not in SERVICE_SURCHARGE:
            raise InvalidField("/service", f"choose one of {', '.join(SERVICE_SURCHARGE)}")

    def services(self, consignment: Consignment) -> tuple[Service, ...]:
        found = (Service(service, self._amount(consignment, service)) for service in SERVICE_SURCHARGE)
        return tuple(sorted(found, key=lambda one: one.amount))

    def buy(self, consignment: Consignment, *, service: str) -> Label:
        self.check_service(service)
        if self._labels.first(consignment.key, Sold.SOLD) not in (Sold.SOLD, Sold.SCANNED):
            raise TakenBack("this label was given back")
        digits = int.from_bytes(hashlib.sha256(consignment.key.encode()).digest()[:8], "big") % 10**14
        return Label(f"SBX{digits:014d}", service, self._amount(consignment, service), consignment.destination_country)

    def void(self, key: str) -> VoidStatus | None:
        return _ANSWERS[retried(lambda: self._moved(key, Sold.VOIDED, unsold=Sold.NEVER))]

    def scan(self, key: str) -> None:
        """The parcel is in the carrier's hands. Raises TakenBack for a label that was given back."""
        if retried(lambda: self._moved(key, Sold.SCANNED, unsold=Sold.SCANNED)) is not Sold.SCANNED:
            raise TakenBack("this label was given back")

    def _moved(self, key: str, to: Sold, *, unsold: Sold) -> Sold:
        """What became of the label: `to` if it was only sold, `unsold` if it never was. Raises LostRace."""
        known = self._labels.first(key, unsold)
        if known is not Sold.SOLD:
            return known
        self._labels.move(key, to)
        return to

    def _amount(self, consignment: Consignment, service: str) -> int:
        found = rate(
            consignment.origin,
            consignment.origin_country,
            consignment.destination,
            consignment.destination_country or None,
            service=service,
        )
        return found.tariff.amount(consignment.weight_grams)
