"""Use cases by which units get another place, or another way to the shopper: given up at theirs, or chosen by link."""

from __future__ import annotations

from dataclasses import replace

from functions.fulfilment.domain import links, offers, settling
from functions.fulfilment.domain.demand import Demand, Status
from functions.fulfilment.domain.shortfall import lost_units
from functions.fulfilment.domain.work import FulfilmentOrder, Offer
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.secret import LinkSecret
from functions.fulfilment.service.planning import sourced
from functions.fulfilment.service.sourcing import SourcingService, UnknownOrder
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import LostRace


class ReroutingService:
    """Finds another place in the same write in which the first one gives units up."""

    def __init__(
        self,
        demands_: DemandRepository,
        copies: CopyRepository,
        sourcing: SourcingService,
        secret: LinkSecret,
        *,
        clock: Clock,
    ) -> None:
        self._demands = demands_
        self._copies = copies
        self._sourcing = sourcing
        self._secret = secret
        self._clock = clock

    def give_up(self, before: FulfilmentOrder, after: FulfilmentOrder, *, cause: Cause) -> FulfilmentOrder:
        """Store a step by which a place gives up units, and plan them anew elsewhere in the same write; what was to be
        collected is offered to the shopper first, if there is something to choose. Raises LostRace."""
        demand = self._load(after)
        at, lost = self._clock(), lost_units(before, after)
        demand = settling.unplaced(demand, lost, location_id=before.location_id, at=at)
        if before.collected and before.destination_id is None:
            copies = self._copies.load(line.sku for line in demand.lines if line.line_id in lost)
            offer = offers.offered(demand, after, lost, copies, at=at)
            if offer is not None:
                demand, after = offers.parked(demand, offer), replace(_linked(after, self._key(), offer), offer=offer)
        trigger = str(after.shortfalls[-1].reason).lower()
        demand, decision = self._sourcing.planner.anew(demand, cause, trigger=trigger)
        saved = self._demands.save(demand, cause=cause, decision=decision, work=[after])
        self._sourcing.look_again(saved, cause)
        return replace(after, version=after.version + 1)

    def choose(
        self, before: FulfilmentOrder, after: FulfilmentOrder, option_id: str, *, cause: Cause
    ) -> FulfilmentOrder:
        """The shopper's choice, or the default (`after`: the order with what else changes in the same write).

        Raises OfferEnded, InvalidField, and LostRace also while a plan of the order is in flight.
        """
        decided, option = offers.chosen(after, option_id)
        demand = self._load(before)
        if demand.status is not Status.SETTLED:
            raise LostRace("a plan of the order is in flight")
        assert before.offer is not None, "there was something to choose"
        demand = offers.applied(demand, before.offer, option)
        demand, decision = self._sourcing.planner.anew(demand, cause, trigger=f"chosen_{option.choice}")
        saved = self._demands.save(demand, cause=cause, decision=decision, work=[decided])
        self._sourcing.look_again(saved, cause)
        return replace(decided, version=decided.version + 1)

    def fits_elsewhere(self, before: FulfilmentOrder, after: FulfilmentOrder) -> bool:
        """Whether other places have every unit that the place would give up by this step."""
        demand = self._load(after)
        if demand.status is not Status.SETTLED:
            return False
        at, lost = self._clock(), lost_units(before, after)
        opened = settling.unplaced(demand, lost, location_id=before.location_id, at=at)
        sourcing, _ = sourced(opened, self._copies, at=at)
        return sum(share.quantity for share in sourcing.shares) >= sum(lost.values())

    def _load(self, order: FulfilmentOrder) -> Demand:
        demand = self._demands.find(order.order_id)
        if demand is None:
            raise UnknownOrder(order.order_id)
        return demand

    def _key(self) -> bytes:
        return self._secret.key()


def _linked(order: FulfilmentOrder, key: bytes, offer: Offer) -> FulfilmentOrder:
    assert order.pickup is not None, "a collection has a code from its opening on"
    until = offer.expires_at + links.LIVES
    link = order.pickup.link or links.signed(order.fulfilment_order_id, until=until, key=key)
    return replace(order, pickup=replace(order.pickup, link=link))
