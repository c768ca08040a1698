"""From a demand and the copies of network and stock to a plan: hard filters, the exact split, what has no place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.fulfilment.domain.deciding import deciding, outcome, withheld, within
from functions.fulfilment.domain.demand import (
    TO_STORE,
    Demand,
    Destination,
    Line,
    Missing,
    Outcome,
    Share,
    WorkKey,
    item_subject,
    place_subject,
    work_key,
)
from functions.fulfilment.domain.network import Copies, Place
from functions.fulfilment.domain.profiles import BUILT_IN, Chosen, Terms, Unroutable
from functions.fulfilment.domain.rates import rate
from functions.fulfilment.domain.routing.plan import Exclusion, Reason, RoutingPlan, plan
from functions.fulfilment.domain.routing.problem import Candidate, Want
from functions.fulfilment.domain.work import SHIP

MAX_GROUPS = 80
"""Fulfilment orders that one plan may open: they are written in one transaction. What is beyond is planned next."""
CAPABILITY = {"pickup": "pickup", "curbside": "curbside", "ship_to_store": "pickup"}


@dataclass(frozen=True)
class Collection:
    """What became of a line that is collected at its place."""

    line_id: str
    location_id: str
    quantity: int
    placed: int
    reason: Reason | None = None


@dataclass(frozen=True)
class Sourcing:
    """The plan: where open units go, which have no place, and why. `routing` explains the shipped part, `profile` has
    decided."""

    shares: tuple[Share, ...]
    missing: tuple[Missing, ...]
    routing: RoutingPlan | None
    collections: tuple[Collection, ...]
    profile: Chosen = BUILT_IN


class _Pool:
    """Units that this demand may still take; its own pinned units count as available to it."""

    def __init__(self, demand: Demand, copies: Copies, profile: Chosen, *, at: datetime) -> None:
        self._copies = copies
        self._terms = profile.terms
        self._tried = {line.sku: demand.tried_at(line.sku, at=at) for line in demand.lines} if demand.tried else {}
        self._own: Counter[tuple[str, str]] = Counter()
        for pin in demand.pins:
            self._own[pin.sku, pin.location_id] += pin.quantity
        self._taken: Counter[tuple[str, str]] = Counter()

    def tried(self, sku: str, location_id: str) -> bool:
        """Whether the place has failed to give the SKU lately."""
        return location_id in self._tried.get(sku, ())

    def units(self, sku: str, location_id: str) -> int:
        if self.tried(sku, location_id):
            return 0
        key = (sku, location_id)
        return self._copies.available(sku, location_id) + self._own[key] - self._taken[key]

    def shippable(self, sku: str, location_id: str) -> int:
        """Units that may be shipped from there."""
        forbidden = self._terms.line_rules and self._terms.forbids(
            self._copies.items[sku], self._copies.places[location_id]
        )
        return 0 if forbidden else self.units(sku, location_id)

    def take(self, sku: str, location_id: str, wanted: int) -> int:
        taken = max(0, min(wanted, self.units(sku, location_id)))
        self._taken[sku, location_id] += taken
        return taken


def source(demand: Demand, copies: Copies, *, at: datetime, profile: Chosen | None = None) -> Sourcing:
    """Plan all open units: lines to be collected at their place only, lines to be shipped as cheaply as the profile
    (by default the one that decides the order) allows."""
    profile = profile or deciding(demand, copies)
    pool = _Pool(demand, copies, profile, at=at)
    most = profile.terms.max_reroutes
    shares: list[Share] = []
    missing: list[Missing] = []
    collections: list[Collection] = []
    shipped: list[Line] = []
    for line in demand.lines:
        if not line.open:
            continue
        if line.sku not in copies.items:
            missing.append(Missing(line.line_id, line.sku, line.open, Outcome.UNROUTABLE, line.location_id, ask=False))
        elif line.sku in demand.given_up or demand.exhausted(line.sku, most=most, at=at):
            missing.append(_lacking(line, line.open, demand, copies, profile, ask=False))
        elif line.method == SHIP:
            shipped.append(line)
        else:
            collection = _collect(line, pool, copies, at=at)
            collections.append(collection)
            if collection.placed:
                shares.append(Share(line.line_id, line.sku, collection.location_id, collection.placed))
            rest = line.open - collection.placed
            if rest and line.method == TO_STORE and collection.reason in (Reason.NO_STOCK, Reason.ALREADY_TRIED):
                travelling, rest = _to_store(line, rest, pool, copies, at=at)
                shares += travelling
                if rest:
                    missing.append(_lacking(line, rest, demand, copies, profile))
            elif rest:
                missing.append(_not_collected(line, collection, demand, copies, profile))
    routing: RoutingPlan | None = None
    if shipped and profile.terms.ship_complete and any(not one.location_id for one in missing):
        missing += [_waiting(line, line.open, demand, copies, profile) for line in shipped]
    elif shipped:
        routing, lacking = _ship(demand, shipped, pool, copies, profile, at=at)
        shares += [Share(one.line_id, one.sku, one.location_id, one.quantity) for one in routing.assignments]
        missing += lacking
    return Sourcing(tuple(_largest(demand, shares)), tuple(missing), routing, tuple(collections), profile)


def _to_store(line: Line, units: int, pool: _Pool, copies: Copies, *, at: datetime) -> tuple[list[Share], int]:
    """Where units come from that travel to the store of their collection, and how many find no place."""
    store = copies.places.get(line.location_id or "")
    others = [place for place in copies.places.values() if place is not store]
    destination = Destination(store.country, store.geo) if store else Destination()
    choices, _ = candidates(others, destination, service="standard", at=at, skus=[line.sku], units=pool.units)
    found = plan([Want(line.line_id, line.sku, units, copies.items[line.sku].weight_grams)], choices)
    shares = [Share(one.line_id, one.sku, one.location_id, one.quantity) for one in found.assignments]
    for share in shares:
        pool.take(share.sku, share.location_id, share.quantity)
    return shares, units - sum(share.quantity for share in shares)


def _collect(line: Line, pool: _Pool, copies: Copies, *, at: datetime) -> Collection:
    location_id = line.location_id or ""
    place = copies.places.get(location_id)
    reason: Reason | None = None
    if place and not place.can(CAPABILITY.get(line.method, "")):
        reason = Reason.METHOD_OFF
    elif place and not place.open_at(at):
        reason = Reason.PAUSED
    elif pool.tried(line.sku, location_id):
        reason = Reason.ALREADY_TRIED
    taken = pool.take(line.sku, location_id, line.open) if place and reason is None else 0
    if reason is None and taken < line.open:
        reason = Reason.NO_STOCK
    return Collection(line.line_id, location_id, line.open, taken, reason)


def _not_collected(line: Line, collection: Collection, demand: Demand, copies: Copies, profile: Chosen) -> Missing:
    units = line.open - collection.placed
    if collection.reason is Reason.PAUSED:  # the place opens again: wait for it, whatever the item says
        return Missing(line.line_id, line.sku, units, Outcome.UNROUTABLE, collection.location_id, ask=False)
    return _lacking(line, units, demand, copies, profile, ask=collection.reason is Reason.NO_STOCK)


def _lacking(line: Line, units: int, demand: Demand, copies: Copies, profile: Chosen, *, ask: bool = True) -> Missing:
    location_id = line.location_id if line.method not in (SHIP, TO_STORE) else None
    unknown = copies.unknown_places(line.sku)
    if location_id in unknown or (location_id is None and unknown):
        what, ask = Outcome.UNROUTABLE, False  # there is stock, at a place whose description is still on its way
    else:
        what = outcome(copies.items[line.sku], profile, paid_by_channel=demand.paid_by_channel)
    return Missing(line.line_id, line.sku, units, what, location_id, ask)


def _waiting(line: Line, units: int, demand: Demand, copies: Copies, profile: Chosen) -> Missing:
    """What becomes of units that have no place because of the profile's limits alone: they wait, unless it cancels."""
    what = outcome(copies.items[line.sku], profile, paid_by_channel=demand.paid_by_channel)
    if what is Outcome.OUT_OF_STOCK and profile.terms.unroutable is not Unroutable.CANCEL:
        what = Outcome.QUEUED
    return Missing(line.line_id, line.sku, units, what, ask=False)


def subjects(demand: Demand, copies: Copies) -> tuple[str, ...]:
    """What news the waiting units of the demand wait for."""
    found: set[str] = set()
    for line in demand.waiting:
        found.add(item_subject(line.sku))
        found.update(place_subject(location_id) for location_id in copies.unknown_places(line.sku))
        if line.location_id:
            found.add(place_subject(line.location_id))
    return tuple(sorted(found))


def _ship(
    demand: Demand, lines: Sequence[Line], pool: _Pool, copies: Copies, profile: Chosen, *, at: datetime
) -> tuple[RoutingPlan, list[Missing]]:
    terms = profile.terms
    skus = sorted({line.sku for line in lines})
    tried = [place for place in copies.places.values() if all(pool.tried(sku, place.location_id) for sku in skus)]
    choices, excluded = candidates_under(
        terms,
        [place for place in copies.places.values() if place not in tried],
        demand.destination,
        service=demand.service,
        at=at,
        skus=skus,
        units=pool.shippable,
    )
    excluded += [Exclusion(place.location_id, Reason.ALREADY_TRIED) for place in tried]
    wants = [_want(line, copies, terms) for line in lines]
    limits = terms.limits(wants, copies.items)
    outcomes = {line.line_id: _lacking(line, 1, demand, copies, profile).outcome for line in lines}
    given_up = {line.sku for line in lines if outcomes[line.line_id] is Outcome.OUT_OF_STOCK}
    planned = within(wants, choices, limits, excluded, given_up)
    held_back = withheld(planned, wants, choices, limits)
    by_id = {line.line_id: line for line in lines}
    missing: list[Missing] = []
    for one in planned.unfilled:
        line, back = by_id[one.line_id], held_back.get(one.line_id, 0)
        if back:
            missing.append(_waiting(line, back, demand, copies, profile))
        if one.quantity > back:
            missing.append(_lacking(line, one.quantity - back, demand, copies, profile))
    return planned, missing


def _want(line: Line, copies: Copies, terms: Terms) -> Want:
    item = copies.items[line.sku]
    return Want(line.line_id, line.sku, line.open, item.weight_grams, terms.cancel_penalty, item.value)


def candidates_under(
    terms: Terms,
    places: Sequence[Place],
    destination: Destination,
    *,
    service: str,
    at: datetime,
    skus: Sequence[str],
    units: Units,
) -> tuple[list[Candidate], list[Exclusion]]:
    """As `candidates`, of the places that the profile takes, with what it holds against them."""
    kept_out = [Exclusion(place.location_id, Reason.EXCLUDED) for place in places if terms.keeps_out(place)]
    taken = (place for place in places if not terms.keeps_out(place))
    found, excluded = candidates(taken, destination, service=service, at=at, skus=skus, units=units)
    choices, too_far = terms.weighed(found)
    return choices, [*excluded, *kept_out, *too_far]


class Units(Protocol):
    """How many units of a SKU a location may give."""

    def __call__(self, sku: str, location_id: str) -> int: ...


def candidates(
    places: Iterable[Place],
    destination: Destination,
    *,
    service: str,
    at: datetime,
    skus: Sequence[str],
    units: Units,
) -> tuple[list[Candidate], list[Exclusion]]:
    """The places that may ship to the destination with what a parcel from there costs, and the others with why not."""
    choices: list[Candidate] = []
    excluded: list[Exclusion] = []
    for place in places:
        reason = _hard_filter(place, at=at)
        if reason:
            excluded.append(Exclusion(place.location_id, reason))
            continue
        stock = {sku: have for sku in skus if (have := units(sku, place.location_id)) > 0}
        if not stock:
            excluded.append(Exclusion(place.location_id, Reason.NO_STOCK))
            continue
        label = rate(place.geo, place.country, destination.geo, destination.country or None, service=service)
        choices.append(
            Candidate(
                place.location_id,
                fixed_cost=label.label + place.handling_per_parcel,
                cost_per_kg=label.per_kg,
                unit_cost=place.handling_per_unit,
                stock=stock,
                distance_km=label.distance_km,
            )
        )
    return choices, excluded


def _hard_filter(place: Place, *, at: datetime) -> Reason | None:
    if not place.can(SHIP):
        return Reason.METHOD_OFF
    if not place.open_at(at):
        return Reason.PAUSED
    if place.parcels_per_day == 0:
        return Reason.CAPACITY_FULL
    return None


def _largest(demand: Demand, shares: Sequence[Share]) -> Iterator[Share]:
    """At most so many places at once as one transaction opens; those that give the most units go first."""
    lines = {line.line_id: line for line in demand.lines}
    units: Counter[WorkKey] = Counter()
    for share in shares:
        units[work_key(lines[share.line_id], share)] += share.quantity
    kept = sorted(units, key=lambda group: (-units[group], group))[:MAX_GROUPS]
    chosen = set(kept)
    return (share for share in shares if work_key(lines[share.line_id], share) in chosen)
