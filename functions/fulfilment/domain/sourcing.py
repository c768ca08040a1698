"""From a demand and the copies of network and stock to a plan: hard filters, the exact split, what has no place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.fulfilment.domain.choices import Choices, Chooser, Errand, Refusal, Units, anything_goes
from functions.fulfilment.domain.deciding import asker, deciding, withheld
from functions.fulfilment.domain.demand import (
    TO_STORE,
    Demand,
    Destination,
    Line,
    Missing,
    Outcome,
    Share,
    Slot,
    WorkKey,
    work_key,
)
from functions.fulfilment.domain.lacking import Collection, Waits, held_back, lacking, not_collected
from functions.fulfilment.domain.network import Copies
from functions.fulfilment.domain.profiles import BUILT_IN, Asker, Chosen
from functions.fulfilment.domain.replaying import NOBODY, Made, Seen, SeenItem, made
from functions.fulfilment.domain.routing.limits import Limits
from functions.fulfilment.domain.routing.plan import Reason, RoutingPlan, plan
from functions.fulfilment.domain.routing.problem import Want
from functions.fulfilment.domain.selling import METHODS, Terms
from functions.fulfilment.domain.states import SHIP
from functions.fulfilment.domain.taking import Parcels, Pool

MAX_GROUPS = 45
"""Fulfilment orders that one plan may open. What is beyond is planned next, in the transaction that opens them: with
the places' counts of parcels both parts have to fit."""
BROKEN_PROMISE = frozenset({Reason.PAST_CUTOFF, Reason.PROMISE_MISS})
CAPABILITY = {"pickup": "pickup", "curbside": "curbside", "ship_to_store": "pickup"}


@dataclass(frozen=True)
class Postage:
    """What the rate card charges for one parcel, in minor units: the search adds up straight lines, which are exact for
    an order that travels as one parcel only."""

    location_id: str
    weight_grams: int
    amount: int


@dataclass(frozen=True)
class Sourcing:
    """The plan: where open units go and when, which have no place, and why. `routing` explains the shipped part, by the
    rate card `card`; `profile` has decided. `retry_at`: when it is worth looking again for units that only wait for a
    place to have room."""

    shares: tuple[Share, ...]
    missing: tuple[Missing, ...]
    routing: RoutingPlan | None
    collections: tuple[Collection, ...]
    slots: tuple[Slot, ...] = ()
    card: str = ""
    retry_at: datetime | None = None
    price_version: int = 0
    profile: Chosen = BUILT_IN
    seen: Seen | None = None
    postage: tuple[Postage, ...] = ()


def source(demand: Demand, copies: Copies, *, at: datetime, profile: Chosen | None = None) -> Sourcing:
    """Plan all open units: lines to be collected at their place only, lines to be shipped as cheaply as the profile
    (the one that decides the order, if none is named) allows."""
    profile = profile or deciding(demand, copies)
    rules = profile.terms
    pool, parcels = Pool(demand, copies, at=at), Parcels(demand, copies, at=at)
    copies = replace(copies, taken=parcels.taken)
    terms = copies.selling.terms(demand.channel, at=at)
    shares: list[Share] = []
    missing: list[Missing] = []
    collections: list[Collection] = []
    shipped: list[Line] = []
    for line in demand.lines:
        if not line.open:
            continue
        if line.sku not in copies.items:
            missing.append(Missing(line.line_id, line.sku, line.open, Outcome.UNROUTABLE, line.location_id, ask=False))
        elif line.sku in demand.given_up or demand.exhausted(line.sku, most=rules.max_reroutes, at=at):
            missing.append(lacking(line, line.open, demand, copies, profile, ask=False))
        elif line.method == SHIP:
            shipped.append(line)
        else:
            collection = _collect(line, pool, copies, terms, at=at)
            collections.append(collection)
            if collection.placed:
                shares.append(Share(line.line_id, line.sku, collection.location_id, collection.placed))
            rest = line.open - collection.placed
            if rest and line.method == TO_STORE and collection.reason in (Reason.NO_STOCK, Reason.ALREADY_TRIED):
                travelling, rest = _to_store(line, rest, pool, parcels, copies, channel=demand.channel, at=at)
                shares += travelling
                if rest:
                    missing.append(lacking(line, rest, demand, copies, profile))
            elif rest:
                missing.append(not_collected(line, collection, demand, copies, profile))
    routing: RoutingPlan | None = None
    retry_at: datetime | None = None
    seen: Seen | None = None
    postage: tuple[Postage, ...] = ()
    if shipped and rules.ship_complete and any(not one.location_id for one in missing):
        missing += [held_back(line, line.open, demand, copies, profile) for line in shipped]
    elif shipped:
        routing, withheld_, seen, postage = _ship(demand, shipped, pool, parcels, copies, profile, at=at)
        shares += [Share(one.line_id, one.sku, one.location_id, one.quantity) for one in routing.assignments]
        waits = Waits(routing, pool, copies, profile, at=at)
        by_id = {line.line_id: line for line in shipped}
        for one in routing.unfilled:
            line, back = by_id[one.line_id], withheld_.get(one.line_id, 0)
            if back:
                missing.append(held_back(line, back, demand, copies, profile))
            if one.quantity > back:
                missing.append(waits.missing(line, one.quantity - back, demand))
        retry_at = waits.retry_at
    kept = tuple(_largest(demand, shares))
    lines = {line.line_id: line for line in demand.lines}
    keys = {work_key(lines[share.line_id], share) for share in kept}
    slots = tuple(slot for key, slot in sorted(parcels.slots.items()) if key in keys)
    return Sourcing(
        kept,
        tuple(missing),
        routing,
        tuple(collections),
        slots,
        copies.card(at).name,
        retry_at,
        copies.price_version(line.sku for line in shipped),
        profile,
        seen,
        postage,
    )


def _to_store(
    line: Line, units: int, pool: Pool, parcels: Parcels, copies: Copies, *, channel: str, at: datetime
) -> tuple[list[Share], int]:
    """Where units come from that travel to the store of their collection, and how many find no place."""
    store = copies.places.get(line.location_id or "")
    others = [place for place in copies.places.values() if place is not store]
    destination = Destination(store.country, store.geo) if store else Destination()
    wants = [Want(line.line_id, line.sku, units, copies.items[line.sku].weight_grams)]
    chooser = Chooser(copies, Errand(destination, "standard", at, channel=channel), wants)
    found = chooser.choose(others, pool.units, refusal=pool.refusal)
    planned = plan(wants, [BUILT_IN.terms.priced(one) for one in found.candidates])
    shares = [Share(one.line_id, one.sku, one.location_id, one.quantity) for one in planned.assignments]
    for share in shares:
        pool.take(share.sku, share.location_id, share.quantity)
        parcels.send(work_key(line, share), found.legs[share.location_id])
    return shares, units - sum(share.quantity for share in shares)


def _collect(line: Line, pool: Pool, copies: Copies, terms: Terms, *, at: datetime) -> Collection:
    location_id = line.location_id or ""
    place = copies.places.get(location_id)
    reason: Reason | None = None
    if place and not place.can(CAPABILITY.get(line.method, "")):
        reason = Reason.METHOD_OFF
    elif not terms.sells_from(location_id):
        reason = Reason.NOT_IN_POOL
    elif place and not place.open_at(at):
        reason = Reason.PAUSED
    elif place and terms.excluded(
        sku=line.sku,
        category=copies.items[line.sku].category,
        location_id=location_id,
        kind=place.kind,
        method=METHODS.get(line.method, ""),
    ):
        reason = Reason.EXCLUDED
    elif pool.tried(line.sku, location_id):
        reason = Reason.ALREADY_TRIED
    taken = pool.take(line.sku, location_id, line.open) if place and reason is None else 0
    if reason is None and taken < line.open:
        reason = Reason.NO_STOCK
    return Collection(line.line_id, location_id, line.open, taken, reason)


def _ship(
    demand: Demand,
    lines: Sequence[Line],
    pool: Pool,
    parcels: Parcels,
    copies: Copies,
    profile: Chosen,
    *,
    at: datetime,
) -> tuple[RoutingPlan, dict[str, int], Seen, tuple[Postage, ...]]:
    """The plan, the units by line that it leaves only because of the profile's limits, what it saw, and what the rate
    card charges for its parcels."""
    wants = [_want(line, copies) for line in lines]
    errand = Errand(demand.destination, demand.service, at, demand.promised_by, channel=demand.channel)
    who = Who(asker(demand, copies), demand.paid_by_channel)
    result, found, seen = planned_by(errand, wants, copies, pool.units, refusal=pool.refusal, profile=profile, who=who)
    by_id = {line.line_id: line for line in lines}
    for one in result.plan.assignments:
        share = Share(one.line_id, one.sku, one.location_id, one.quantity)
        parcels.send(work_key(by_id[one.line_id], share), found.legs[one.location_id])
    left = withheld(result.plan, result.wants, result.choices, result.limits)
    return result.plan, left, seen, tuple(_postage(result.plan, wants, found))


def _postage(planned: RoutingPlan, wants: Sequence[Want], found: Choices) -> Iterator[Postage]:
    weights = {want.line_id: want.weight_grams for want in wants}
    by_place: Counter[str] = Counter()
    for one in planned.assignments:
        by_place[one.location_id] += one.quantity * weights[one.line_id]
    for location_id, weight in sorted(by_place.items()):
        yield Postage(location_id, weight, found.legs[location_id].rate.tariff.amount(weight))


def _want(line: Line, copies: Copies) -> Want:
    item = copies.items[line.sku]
    return Want(line.line_id, line.sku, line.open, item.weight_grams, None, item.value)


@dataclass(frozen=True)
class Who:
    """Whose parcels are planned, as far as profiles ask."""

    asker: Asker = NOBODY
    paid_by_channel: bool = False


def planned_by(
    errand: Errand,
    wants: Sequence[Want],
    copies: Copies,
    units: Units,
    *,
    refusal: Refusal = anything_goes,
    profile: Chosen = BUILT_IN,
    limits: Limits | None = None,
    who: Who = Who(),
) -> tuple[Made, Choices, Seen]:
    """The cheapest split over all places that the profile takes. Where a guaranteed promise cannot be kept for every
    unit, late is better than never: the places that would break it are choices then, at the price of being late.
    `limits` go before the profile's own."""
    found = Chooser(copies, errand, wants).choose(copies.places.values(), units, refusal=refusal)
    seen = Seen(
        wants=tuple(wants),
        choices=tuple(found.candidates),
        kinds={one.location_id: copies.places[one.location_id].kind for one in found.candidates},
        items={
            want.sku: SeenItem(want.sku, item.category, item.backorderable)
            for want in wants
            if (item := copies.items.get(want.sku))
        },
        asker=who.asker,
        paid_by_channel=who.paid_by_channel,
    )
    result = made(seen, profile, limits=limits, excluded=found.excluded)
    if result.plan.unfilled and errand.strict and any(one.reason in BROKEN_PROMISE for one in found.excluded):
        late = replace(errand, strict=False)
        return planned_by(late, wants, copies, units, refusal=refusal, profile=profile, limits=limits, who=who)
    return result, found, seen


def _largest(demand: Demand, shares: Sequence[Share]) -> Iterator[Share]:
    """At most so many places at once as one transaction opens; those that give the most units go first."""
    lines = {line.line_id: line for line in demand.lines}
    units: Counter[WorkKey] = Counter()
    for share in shares:
        units[work_key(lines[share.line_id], share)] += share.quantity
    kept = sorted(units, key=lambda group: (-units[group], group))[:MAX_GROUPS]
    chosen = set(kept)
    return (share for share in shares if work_key(lines[share.line_id], share) in chosen)
