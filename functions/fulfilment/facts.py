"""What a stored change of fulfilment means to the other services."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from functions.fulfilment.domain.demand import LOST, Cancellation, Demand, Missing, Plan, Routed
from functions.fulfilment.domain.rate_card import RateCard, Tariff
from functions.fulfilment.domain.rounds import Round
from functions.fulfilment.domain.simulation import Progress, Simulation
from functions.fulfilment.domain.work import Offer
from functions.fulfilment.repository.erasures import ErasedOrder
from functions.fulfilment.repository.knowledge import Part
from functions.fulfilment.repository.profiles import to_live
from functions.fulfilment.told import allocations, options, quantities
from shared.clock import rfc3339
from shared.events import fulfilment as events
from shared.events.base import Event

TERMS = frozenset({"selling", "profiles", "rates"})
"""Parts of the knowledge that may give a place to units that had none. What concerns places is told by place."""
COLLECTED = frozenset({"pickup", "curbside"})
"""Methods by which only the stock of the place itself will do."""


def demand_facts(old: Demand | None, new: Demand) -> Iterator[Event]:
    """What changed in an order's demand."""
    plan_before = old.plan.version if old and old.plan else 0
    if new.plan and new.plan.version != plan_before:
        yield _allocation_requested(new, new.plan)
    move_before = old.move.plan.version if old and old.move else 0
    if new.move and new.move.plan.version != move_before:
        yield _allocation_requested(new, new.move.plan)
    known = old.cancellations if old else ()
    for index, cancellation in enumerate(new.cancellations):
        before = known[index].told_again if index < len(known) else -1
        if cancellation.told_again > before:
            yield from _cancellation(new, cancellation)
    routed_before = (old.routed.plan_version, old.told_again) if old and old.routed else (0, new.told_again)
    if new.routed and routed_before != (new.routed.plan_version, new.told_again):
        yield _order_routed(new, new.routed)
    yield from _choice(old.offer if old else None, new)
    awaited = _awaited(new)
    if awaited != (_awaited(old) if old else ()):
        yield events.UnitsAwaited(order_id=new.order_id, channel=new.channel, units=awaited, version=new.version)


def _choice(offer: Offer | None, demand: Demand) -> Iterator[Event]:
    """The shopper is asked about units that no place can ship, or has chosen."""
    now = demand.offer
    if now is None:
        return
    lines = quantities([(line_id, units) for line_id, _, units in now.lines])
    if offer is None or offer.number != now.number:
        yield events.ChoiceOffered(
            order_id=demand.order_id,
            number=now.number,
            lines=lines,
            options=options(now),
            default=now.default,
            expires_at=rfc3339(now.expires_at),
            link=demand.link,
        )
    elif now.chosen and not offer.chosen:
        chosen = next(one for one in now.options if one.option_id == now.chosen)
        yield events.ChoiceMade(
            order_id=demand.order_id,
            number=now.number,
            lines=lines,
            choice=chosen.choice,
            location_id=chosen.location_id,
        )


def _awaited(demand: Demand) -> tuple[events.AwaitedUnits, ...]:
    return tuple(
        events.AwaitedUnits(
            sku=line.sku, quantity=line.waiting, location_id=line.location_id if line.method in COLLECTED else None
        )
        for line in demand.waiting
    )


def terms_facts(old: Part | None, new: Part) -> Iterator[Event]:
    """What every plan goes by has changed. Drafts and retired versions of profiles change nothing."""
    if new.name not in TERMS:
        return
    if new.name == "profiles" and to_live(new.body) == (to_live(old.body) if old else ()):
        return
    yield events.RoutingTermsChanged(part=new.name)


def round_facts(_old: Round | None, new: Round) -> Iterator[Event]:
    """A round through a queue has come further, and goes on unless it is over."""
    if not new.over:
        yield events.QueueAdvanced(subject=new.subject, version=new.version)


def erasure_facts(old: ErasedOrder | None, new: ErasedOrder) -> Iterator[Event]:
    """An order was forgotten."""
    if old is None:
        yield events.FulfilmentErased(request_id=new.request_id, order_id=new.order_id, records=new.records)


def simulation_facts(_old: Simulation | None, new: Simulation) -> Iterator[Event]:
    """A simulation has come further, and goes on unless it is done."""
    if new.progress is not Progress.COMPLETED:
        yield events.SimulationAdvanced(simulation_id=new.simulation_id, version=new.version)


def _allocation_requested(demand: Demand, plan: Plan) -> Event:
    return events.AllocationRequested(
        order_id=demand.order_id,
        plan_version=plan.version,
        allocations=allocations(plan.shares),
        reservation_id=demand.reservation_id if demand.pins else None,
        unplaced=tuple(
            events.UnplacedLine(line_id=one.line_id, sku=one.sku, quantity=one.quantity, location_id=one.location_id)
            for one in plan.missing
            if one.ask
        ),
        confirm_unplaced=plan.confirm,
        channel=demand.channel or None,
        methods={line.line_id: line.method for line in demand.lines},
    )


def _cancellation(demand: Demand, cancellation: Cancellation) -> Iterator[Event]:
    for plan_version, shares in cancellation.withdrawn:
        yield events.AllocationWithdrawn(
            order_id=demand.order_id,
            plan_version=plan_version,
            request_id=cancellation.request_id,
            allocations=allocations(shares),
        )
    if cancellation.request_id.startswith(LOST):
        return
    yield events.CancellationDecided(
        order_id=demand.order_id,
        request_id=cancellation.request_id,
        cancelled=quantities(cancellation.cancelled),
        refused=quantities(cancellation.refused),
    )


def _order_routed(demand: Demand, routed: Routed) -> Event:
    return events.OrderRouted(
        order_id=demand.order_id,
        plan_version=routed.plan_version,
        fulfilment_orders=tuple(
            events.FulfilmentOrderOpened(
                fulfilment_order_id=one.fulfilment_order_id,
                location_id=one.location_id,
                method=one.method,
                lines=quantities(one.lines),
                destination_id=one.destination_id,
                ship_by=_moment(one.departure.ship_by if one.departure else None),
                delivered_by=_moment(one.departure.delivered_by if one.departure else None),
            )
            for one in routed.opened
        ),
        unfilled=tuple(_unfilled(one) for one in routed.unfilled),
    )


def _moment(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None


def _unfilled(missing: Missing) -> events.UnfilledLine:
    return events.UnfilledLine(line_id=missing.line_id, quantity=missing.quantity, outcome=missing.outcome.value)


def rate_card_facts(_old: RateCard | None, new: RateCard) -> Iterator[Event]:
    """Every version of a rate card is told whole, once."""
    assert new.effective_from is not None, "a stored card says when it begins"
    yield events.RateCardPut(
        card_id=new.card_id,
        version=new.version,
        currency=new.currency,
        effective_from=rfc3339(new.effective_from),
        zones=tuple(
            events.RateZone(zone=one.zone, up_to_km=one.up_to_km, countries=one.countries) for one in new.zones
        ),
        services=tuple(
            events.RateService(service=one.service, tariffs=tuple(_tariff(tariff) for tariff in one.tariffs))
            for one in new.services
        ),
        unknown_distance_zone=new.unknown_distance_zone,
    )


def _tariff(one: Tariff) -> events.RateTariff:
    steps = tuple(events.RateStep(up_to_grams=step.up_to_grams, amount=step.amount) for step in one.steps)
    return events.RateTariff(zone=one.zone, steps=steps, per_kg=one.per_kg)
