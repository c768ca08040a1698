"""Which profile decides an order, and what it says of units that find no place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from typing import Protocol

from functions.fulfilment.domain.demand import Demand, Outcome
from functions.fulfilment.domain.network import Copies
from functions.fulfilment.domain.profiles import Asker, Chosen, Traits, Unroutable, choose, shadows
from functions.fulfilment.domain.routing.limits import Limits
from functions.fulfilment.domain.routing.plan import Exclusion, RoutingPlan, plan
from functions.fulfilment.domain.routing.problem import Candidate, Want


class Stocked(Protocol):
    """An item, as far as its lacking goes."""

    @property
    def backorderable(self) -> bool: ...


def traits_of(demand: Demand, copies: Copies) -> Traits:
    """What conditions ask of the order: as it was at its first plan, else as its lines are now."""
    if demand.traits is not None:
        return demand.traits
    known = [(line, copies.items[line.sku]) for line in demand.lines if line.sku in copies.items]
    value = sum(line.quantity * item.value for line, item in known)
    return Traits(value, tuple(sorted({item.category for _, item in known if item.category})))


def asker(demand: Demand, copies: Copies) -> Asker:
    """The order, as conditions see it."""
    return Asker(
        order_id=demand.order_id,
        channel=demand.channel,
        service=demand.service,
        country=demand.destination.country,
        methods=frozenset(line.method for line in demand.lines),
        traits=traits_of(demand, copies),
    )


def deciding(demand: Demand, copies: Copies) -> Chosen:
    """The profile that decides the order."""
    return choose(copies.profiles, asker(demand, copies))


def beside(demand: Demand, copies: Copies) -> list[Chosen]:
    """Whose plans are recorded beside the one that counts."""
    return shadows(copies.profiles, asker(demand, copies))


def outcome(item: Stocked, chosen: Chosen, *, paid_by_channel: bool, shipped: bool = True) -> Outcome:
    """What becomes of units that no place can give. What the channel was paid for is never cancelled for that. Of units
    that are not to be shipped the shopper is asked where their store is short, so not here."""
    rule = chosen.terms.unroutable
    if rule is Unroutable.OFFER and not shipped:
        rule = Unroutable.ITEM
    if rule is Unroutable.BACKORDER or (rule is Unroutable.ITEM and item.backorderable):
        return Outcome.BACKORDERED
    if paid_by_channel:
        return Outcome.OVERSOLD
    if rule is Unroutable.OFFER:
        return Outcome.OFFERED
    return Outcome.QUEUED if rule is Unroutable.QUEUE else Outcome.OUT_OF_STOCK


def patience(item: Stocked) -> Outcome:
    """How units wait whose shopper has chosen to."""
    return Outcome.BACKORDERED if item.backorderable else Outcome.QUEUED


def withheld(
    planned: RoutingPlan, wants: Sequence[Want], choices: Sequence[Candidate], limits: Limits
) -> dict[str, int]:
    """Units by line that have no place only because of the limits: some place could give them."""
    if limits.plain or not planned.unfilled:
        return {}
    lacking = {one.line_id: one.quantity for one in plan(wants, choices).unfilled}
    found = {one.line_id: one.quantity - lacking.get(one.line_id, 0) for one in planned.unfilled}
    return {line_id: units for line_id, units in found.items() if units > 0}


def within(
    wants: Sequence[Want],
    choices: Sequence[Candidate],
    limits: Limits,
    excluded: Iterable[Exclusion],
    given_up: Set[str],
) -> RoutingPlan:
    """The cheapest split within the limits. What ships complete ships without the units that are given up for good
    (of the SKUs `given_up`) because no place has them."""
    left_out = list(excluded)
    planned = plan(wants, choices, excluded=left_out, limits=limits)
    if not (limits.ship_complete and planned.unfilled):
        return planned
    lacking = {one.line_id: one.quantity for one in plan(wants, choices).unfilled}
    if not lacking or any(want.sku not in given_up for want in wants if want.line_id in lacking):
        return planned
    rest = [replace(one, quantity=one.quantity - lacking.get(one.line_id, 0)) for one in wants]
    less = plan([one for one in rest if one.quantity], choices, excluded=left_out, limits=limits)
    if less.unfilled:
        return planned
    gone = tuple(one for one in planned.unfilled if one.line_id in lacking)
    return replace(less, unfilled=tuple(replace(one, quantity=lacking[one.line_id]) for one in gone))
