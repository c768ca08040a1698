"""Use cases with a carrier: rates, labels, and its news of parcels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from functions.fulfilment.carriers.port import Carrier, Consignment, Service
from functions.fulfilment.domain import labels, tracking
from functions.fulfilment.domain.labels import BoughtOtherwise
from functions.fulfilment.domain.parcels import Parcel, Purchase, Tracked
from functions.fulfilment.domain.steps import stamped
from functions.fulfilment.domain.tracking import ParcelNotFound
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.addresses import AddressRepository
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.work import WorkRepository
from functions.fulfilment.service.work import Scope
from shared.addresses import Address
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import retried
from shared.errors import InvalidField

WEIGHT_UNKNOWN_GRAMS = 1000
"""Of a parcel that nobody has weighed."""


class ShippingService:
    """Labels and tracking. Each use case is safe to repeat."""

    def __init__(
        self,
        work: WorkRepository,
        demands: DemandRepository,
        copies: CopyRepository,
        addresses: AddressRepository,
        carriers: Mapping[str, Carrier],
        *,
        clock: Clock,
    ) -> None:
        self._work = work
        self._demands = demands
        self._copies = copies
        self._addresses = addresses
        self._carriers = carriers
        self._clock = clock

    def address(self, order_id: str) -> Address | None:
        """Where the order's parcels go, in full, unless that is not known any more."""
        return self._addresses.find(order_id)

    def rates(self, fulfilment_order_id: str, *, allowed: Scope) -> list[tuple[str, Service]]:
        """What each carrier offers for all parcels together: (carrier, service with the sum), the cheapest first."""
        order = self._work.get(fulfilment_order_id)
        allowed(order)
        found: dict[tuple[str, str], int] = {}
        for name, carrier in self._carriers.items():
            for consignment in self._consignments(order).values():
                for offer in carrier.services(consignment):
                    found[name, offer.service] = found.get((name, offer.service), 0) + offer.amount
        cheapest = sorted(found.items(), key=lambda item: (item[1], item[0]))
        return [(name, Service(service, amount)) for (name, service), amount in cheapest]

    def label(
        self, fulfilment_order_id: str, *, carrier: str, service: str, allowed: Scope, cause: Cause
    ) -> FulfilmentOrder:
        """Every parcel gets its label; asked again it has the same one.

        That they are being bought is stored first: a label that was bought, but came to nobody, is given back with the
        others (`VoidingService`). Raises NotFound, TransitionNotAllowed, InvalidField for a carrier or service that
        there is not, TakenBack when the work went another way meanwhile, BoughtOtherwise when somebody else asked later
        for other labels: two who differ do not buy against each other.
        """
        wanted, said = Purchase(carrier, service), False

        def attempt() -> FulfilmentOrder:
            nonlocal said
            order = self._work.get(fulfilment_order_id)
            allowed(order)
            if order.parcels and all(parcel.label for parcel in order.parcels):
                return order
            labels.check(order)
            if carrier not in self._carriers:
                raise InvalidField("/carrier", f"choose one of {', '.join(self._carriers)}")
            seller = self._carriers[carrier]
            seller.check_service(service)
            if said and order.purchase != wanted:
                raise BoughtOtherwise("somebody else buys other labels for these parcels")
            begun = labels.buying(order, wanted, at=self._clock())
            if begun != order:
                begun = self._work.save(begun, cause=cause)
            said = True
            bought = {
                parcel_id: seller.buy(consignment, service=service)
                for parcel_id, consignment in self._consignments(begun).items()
            }
            return self._work.save_labelled(labels.labelled(begun, carrier, bought), cause=cause)

        return retried(attempt)

    def track(self, carrier: str, tracking_number: str, event: Tracked, *, cause: Cause) -> FulfilmentOrder:
        """The carrier's word on a parcel; heard again it changes nothing. Raises ParcelNotFound, NotOnItsWay."""
        return with_parcel(
            self._work,
            carrier,
            tracking_number,
            lambda order: tracking.tracked(order, tracking_number, event),
            at=self._clock(),
            cause=cause,
        )

    def _consignments(self, order: FulfilmentOrder) -> dict[str, Consignment]:
        place, demand = self._copies.place(order.location_id), self._demands.find(order.order_id)
        to = demand.destination if demand else None

        def consignment(parcel: Parcel) -> Consignment:
            return Consignment(
                key=labels.key_of(order, parcel.parcel_id),
                origin=place.geo if place else None,
                origin_country=place.country if place else "",
                destination=to.geo if to else None,
                destination_country=to.country if to else "",
                weight_grams=parcel.weight_grams or WEIGHT_UNKNOWN_GRAMS,
            )

        return {parcel.parcel_id: consignment(parcel) for parcel in order.parcels}


def with_parcel(
    work: WorkRepository,
    carrier: str,
    tracking_number: str,
    step: Callable[[FulfilmentOrder], FulfilmentOrder],
    *,
    at: datetime,
    cause: Cause,
) -> FulfilmentOrder:
    """The fulfilment order of the parcel with that number, after a step. Raises ParcelNotFound, and what the step
    does."""

    def attempt() -> FulfilmentOrder:
        fulfilment_order_id = work.labelled_as(carrier, tracking_number)
        if fulfilment_order_id is None:
            raise ParcelNotFound
        order = work.get(fulfilment_order_id)
        after = stamped(order, step(order), at=at)
        return order if after == order else work.save(after, cause=cause)

    return retried(attempt)
