"""Use cases with a carrier: rates, labels, and its news of parcels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from functions.fulfilment.carriers.port import Carrier, Consignment, Service
from functions.fulfilment.domain import tracking
from functions.fulfilment.domain.parcels import Parcel, Tracked
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

        Raises NotFound, TransitionNotAllowed, InvalidField for a carrier or service that there is not.
        """

        def attempt() -> FulfilmentOrder:
            order = self._work.get(fulfilment_order_id)
            allowed(order)
            if order.parcels and all(parcel.label for parcel in order.parcels):
                return order
            tracking.check_label(order)
            if carrier not in self._carriers:
                raise InvalidField("/carrier", f"choose one of {', '.join(self._carriers)}")
            labels = {
                parcel_id: self._carriers[carrier].buy(consignment, service=service)
                for parcel_id, consignment in self._consignments(order).items()
            }
            return self._work.save_labelled(tracking.labelled(order, carrier, labels), cause=cause)

        return retried(attempt)

    def track(self, carrier: str, tracking_number: str, event: Tracked, *, cause: Cause) -> FulfilmentOrder:
        """The carrier's word on a parcel; heard again it changes nothing. Raises ParcelNotFound, NotOnItsWay."""
        return self._changed(
            carrier, tracking_number, lambda order: tracking.tracked(order, tracking_number, event), cause=cause
        )

    def drive(self, carrier: str, tracking_number: str, outcome: str, *, cause: Cause) -> FulfilmentOrder:
        """Say what becomes of a parcel of the sandbox carrier. Raises ParcelNotFound."""
        return self._changed(
            carrier, tracking_number, lambda order: tracking.driven(order, tracking_number, outcome), cause=cause
        )

    def _changed(
        self,
        carrier: str,
        tracking_number: str,
        step: Callable[[FulfilmentOrder], FulfilmentOrder],
        *,
        cause: Cause,
    ) -> FulfilmentOrder:
        def attempt() -> FulfilmentOrder:
            fulfilment_order_id = self._work.labelled_as(carrier, tracking_number)
            if fulfilment_order_id is None:
                raise ParcelNotFound
            order = self._work.get(fulfilment_order_id)
            after = stamped(order, step(order), at=self._clock())
            return order if after == order else self._work.save(after, cause=cause)

        return retried(attempt)

    def _consignments(self, order: FulfilmentOrder) -> dict[str, Consignment]:
        place, demand = self._copies.place(order.location_id), self._demands.find(order.order_id)
        to = demand.destination if demand else None

        def consignment(parcel: Parcel) -> Consignment:
            return Consignment(
                key=f"{order.fulfilment_order_id}/{parcel.parcel_id}",
                origin=place.geo if place else None,
                origin_country=place.country if place else "",
                destination=to.geo if to else None,
                destination_country=to.country if to else "",
                weight_grams=parcel.weight_grams or WEIGHT_UNKNOWN_GRAMS,
            )

        return {parcel.parcel_id: consignment(parcel) for parcel in order.parcels}
