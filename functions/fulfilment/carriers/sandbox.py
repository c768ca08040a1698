"""The built-in carrier, like a carrier's test mode: rates by zone, labels at once, news of parcels as time passes
(`domain.tracking.sandbox_news`)."""

from __future__ import annotations

import hashlib

from functions.fulfilment.carriers.port import Consignment, Service
from functions.fulfilment.domain.parcels import Label
from functions.fulfilment.domain.rates import rate
from functions.fulfilment.domain.tracking import SANDBOX
from shared.built_in_rates import SERVICE_SURCHARGE
from shared.errors import InvalidField

NAME = SANDBOX


class SandboxCarrier:
    """Implements `Carrier` without any state of its own: everything follows from the key and the time."""

    name = NAME

    def services(self, consignment: Consignment) -> tuple[Service, ...]:
        found = (Service(service, self._amount(consignment, service)) for service in SERVICE_SURCHARGE)
        return tuple(sorted(found, key=lambda one: one.amount))

    def buy(self, consignment: Consignment, *, service: str) -> Label:
        if service not in SERVICE_SURCHARGE:
            raise InvalidField("/service", f"choose one of {', '.join(SERVICE_SURCHARGE)}")
        digits = int.from_bytes(hashlib.sha256(consignment.key.encode()).digest()[:8], "big") % 10**14
        return Label(f"SBX{digits:014d}", service, self._amount(consignment, service), consignment.destination_country)

    def _amount(self, consignment: Consignment, service: str) -> int:
        found = rate(
            consignment.origin,
            consignment.origin_country,
            consignment.destination,
            consignment.destination_country or None,
            service=service,
        )
        return found.tariff.amount(consignment.weight_grams)
