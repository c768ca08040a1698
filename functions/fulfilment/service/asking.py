"""Use cases of the choice that a shopper has for units that no place can ship."""

from __future__ import annotations

from functions.fulfilment.domain import asking
from functions.fulfilment.domain.demand import Demand, Status
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.service.sourcing import SourcingService
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import LostRace, retried
from shared.errors import NotFound


class AskingService:
    """Shows what there is to choose, and does what was chosen, or the default when it is time."""

    def __init__(
        self, demands: DemandRepository, copies: CopyRepository, sourcing: SourcingService, *, clock: Clock
    ) -> None:
        self._demands = demands
        self._copies = copies
        self._sourcing = sourcing
        self._clock = clock

    def get(self, order_id: str) -> Demand:
        """The order with its offer. Raises NotFound where there has been none."""
        demand = self._demands.find(order_id)
        if demand is None or demand.offer is None:
            raise NotFound("there is nothing to choose")
        return demand

    def choose(self, order_id: str, option_id: str, cause: Cause) -> Demand:
        """The shopper's choice; the same again changes nothing.

        Raises NotFound, OfferEnded, InvalidField; Busy while a plan of the order stays in flight.
        """

        def attempt() -> Demand:
            demand = self.get(order_id)
            if demand.offer and demand.offer.chosen == option_id:
                return demand
            return self._chosen(demand, option_id, cause)

        chosen = retried(attempt)
        self._sourcing.look_again(chosen, cause)
        return chosen

    def lapse(self, order_id: str, cause: Cause) -> None:
        """The default happens, if the shopper has not chosen in time. Raises Busy as `choose`."""

        def attempt() -> None:
            demand = self._demands.find(order_id)
            if demand and demand.offer and asking.overdue(demand, self._clock()):
                self._chosen(demand, demand.offer.default, cause)

        retried(attempt)

    def _chosen(self, demand: Demand, option_id: str, cause: Cause) -> Demand:
        items = self._copies.load(line.sku for line in demand.lines if line.asked).items
        after = asking.answered(demand, option_id, items)
        if demand.status is not Status.SETTLED:
            raise LostRace("a plan of the order is in flight")
        after, decision = self._sourcing.planner.anew(after, cause, trigger=f"chosen_{option_id.partition(':')[0]}")
        return self._demands.save(self._sourcing.planner.noted(after, cause), cause=cause, decision=decision)
