"""Forgetting whose an order's work was; what was picked, packed and sent stays."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from functions.fulfilment.domain.demand import Demand, Destination
from functions.fulfilment.domain.forgetting import without_shopper
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.addresses import AddressRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.erasures import ErasureRepository
from functions.fulfilment.repository.work import WorkRepository
from shared.cause import Cause
from shared.dynamo.idempotency import Markers
from shared.dynamo.retry import retried
from shared.dynamo.subjects import digest
from shared.events.orders import OrderErased


class ErasureService:
    """The use case; it may be repeated."""

    def __init__(
        self,
        demands: DemandRepository,
        work: WorkRepository,
        addresses: AddressRepository,
        erasures: ErasureRepository,
        markers: Markers,
    ) -> None:
        self._demands = demands
        self._work = work
        self._addresses = addresses
        self._erasures = erasures
        self._markers = markers

    def erase(self, event: OrderErased, cause: Cause) -> None:
        """Forget where an order went and by which code it was handed over, and say so once."""
        records = retried(lambda: self._erase_demand(event.order_id, cause))
        records += self._erase_address(event.order_id, cause)
        for order in self._work.of_order(event.order_id):
            records += retried(partial(self._erase_work, order.fulfilment_order_id, cause))
        records += self._markers.forget([digest(event.order_id)])
        self._erasures.add(event.request_id, event.order_id, records=records, cause=cause)

    def _erase_demand(self, order_id: str, cause: Cause) -> int:
        known = self._demands.find(order_id)
        if known is None or (known.destination == Destination() and not known.link):
            return 0
        demand: Demand = replace(known, destination=Destination(country=known.destination.country), link="")
        if demand != known:
            self._demands.save(demand, cause=cause)
        return 1

    def _erase_address(self, order_id: str, cause: Cause) -> int:
        known = self._addresses.find(order_id) is not None
        self._addresses.forget(order_id, cause=cause)
        return int(known)

    def _erase_work(self, fulfilment_order_id: str, cause: Cause) -> int:
        known: FulfilmentOrder = self._work.get(fulfilment_order_id)
        self._work.forget_tracking(known)
        erased = without_shopper(known)
        if erased != known:
            self._work.save(erased, cause=cause)
        return 1
