"""From a demand and the copies of network and stock to a plan: hard filters, the exact split, what has no place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.fulfilment.domain.choices import Choices, Chooser, Errand, Leg, Refusal, Units, anything_goes
from functions.fulfilment.domain.deciding import asker, deciding, outcome, withheld
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
    item_subject,
    place_subject,
    work_key,
)
from functions.fulfilment.domain.departures import later_departure
from functions.fulfilment.domain.network import Copies, Place
from functions.fulfilment.domain.profiles import BUILT_IN, Asker, Chosen, Unroutable
from functions.fulfilment.domain.replaying import NOBODY, Made, Seen, SeenItem, made
from functions.fulfilment.domain.routing.limits import Limits
from functions.fulfilment.domain.routing.plan import Reason, RoutingPlan, plan
from functions.fulfilment.domain.routing.problem import Want
from functions.fulfilment.domain.selling import METHODS, Terms
from functions.fulfilment.domain.states import SHIP

MAX_GROUPS = 45
"""Fulfilment orders that one plan may open. What is beyond is planned next, in the transaction that opens them: with
the places' counts of parcels both parts have to fit."""
NO_ROOM_NOW = frozenset({Reason.PAUSED, Reason.CAPACITY_FULL})
BROKEN_PROMISE = frozenset({Reason.PAST_CUTOFF, Reason.PROMISE_MISS})
MAX_AWAITED_PLACES = 20
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


class _Pool:
    """Units that this demand may still take; its own pinned units count as available to it."""

    def __init__(self, demand: Demand, copies: Copies, *, at: datetime) -> None:
        self._copies = copies
        self._tried = {line.sku: demand.tried_at(line.sku, at=at) for line in demand.lines} if demand.tried else {}
        self._own: Counter[tuple[str, str]] = Counter()
        for pin in demand.pins:
            self._own[pin.sku, pin.location_id] += pin.quantity
        self._taken: Counter[tuple[str, str]] = Counter()

    def tried(self, sku: str, location_id: str) -> bool:
        """Whether the place has failed to give the SKU lately."""
        return location_id in self._tried.get(sku, ())

    def units(self, sku: str, location_id: str) -> int:
        key = (sku, location_id)
        return self._copies.available(sku, location_id) + self._own[key] - self._taken[key]

    def refusal(self, sku: str, place: Place) -> Reason | None:
        """Why the place may not give the SKU to this demand."""
        return Reason.ALREADY_TRIED if self.tried(sku, place.location_id) else None

    def take(self, sku: str, location_id: str, wanted: int) -> int:
        if self.tried(sku, location_id):
            return 0
        taken = max(0, min(wanted, self.units(sku, location_id)))
        self._taken[sku, location_id] += taken
        return taken


class _Parcels:
    """The parcels of this plan so far; with them, and without those that the demand's last plan holds, the places are
    as full as `taken` says."""

    def __init__(self, demand: Demand, copies: Copies, *, at: datetime) -> None:
        self._at = at
        self.slots: dict[WorkKey, Slot] = {}
        self.taken = Counter(copies.taken)
        for slot in demand.held:
            self.taken[slot.key[0], slot.departure.day] -= 1

    def send(self, key: WorkKey, leg: Leg) -> None:
        """One parcel, however many lines are in it; on a later day where it must not leave before."""
        if key in self.slots:
            return
        if key[3] and (not_before := datetime.fromisoformat(key[3])) > self._at:
            later = later_departure(leg.place, at=not_before, taken=self.taken)
            leg = replace(leg, departure=later or leg.departure)
        departure = replace(leg.departure, delivered_by=leg.delivered_by)
        self.slots[key] = Slot(key, departure)
        self.taken[key[0], departure.day] += 1


def source(demand: Demand, copies: Copies, *, at: datetime, profile: Chosen | None = None) -> Sourcing:
    """Plan all open units: lines to be collected at their place only, lines to be shipped as cheaply as the profile
    (the one that decides the order, if none is named) allows."""
    profile = profile or deciding(demand, copies)
    rules = profile.terms
    pool, parcels = _Pool(demand, copies, at=at), _Parcels(demand, copies, at=at)
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
            missing.append(_lacking(line, line.open, demand, copies, profile, ask=False))
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
                    missing.append(_lacking(line, rest, demand, copies, profile))
            elif rest:
                missing.append(_not_collected(line, collection, demand, copies, profile))
    routing: RoutingPlan | None = None
    retry_at: datetime | None = None
    seen: Seen | None = None
    if shipped and rules.ship_complete and any(not one.location_id for one in missing):
        missing += [_held_back(line, line.open, demand, copies, profile) for line in shipped]
    elif shipped:
        routing, held_back, seen = _ship(demand, shipped, pool, parcels, copies, profile, at=at)
        shares += [Share(one.line_id, one.sku, one.location_id, one.quantity) for one in routing.assignments]
        waits = _Waits(routing, pool, copies, profile, at=at)
        by_id = {line.line_id: line for line in shipped}
        for one in routing.unfilled:
            line, back = by_id[one.line_id], held_back.get(one.line_id, 0)
            if back:
                missing.append(_held_back(line, back, demand, copies, profile))
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
    )


def _to_store(
    line: Line, units: int, pool: _Pool, parcels: _Parcels, copies: Copies, *, channel: str, at: datetime
) -> tuple[list[Share], int]:
    """Where units come from that travel to the store of their collection, and how many find no place."""
    store = copies.places.get(line.location_id or "")
    others = [place for place in copies.places.values() if place is not store]
    destination = Destination(store.country, store.geo) if store else Destination()
    wants = [Want(line.line_id, line.sku, units, copies.items[line.sku].weight_grams)]
    chooser = Chooser(copies, Errand(destination, "standard", at, channel=channel), wants)
    found = chooser.choose(others, pool.units, refusal=pool.refusal)
    planned = plan(wants, found.candidates)
    shares = [Share(one.line_id, one.sku, one.location_id, one.quantity) for one in planned.assignments]
    for share in shares:
        pool.take(share.sku, share.location_id, share.quantity)
        parcels.send(work_key(line, share), found.legs[share.location_id])
    return shares, units - sum(share.quantity for share in shares)


def _collect(line: Line, pool: _Pool, copies: Copies, terms: Terms, *, at: datetime) -> Collection:
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


def _held_back(line: Line, units: int, demand: Demand, copies: Copies, profile: Chosen) -> Missing:
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
        elif line.outcome is Outcome.UNROUTABLE:
            found.update(place_subject(location_id) for location_id in _paused_with(line.sku, copies))
    return tuple(sorted(found))


def _paused_with(sku: str, copies: Copies) -> list[str]:
    """The places that have the SKU and are paused, as many as an order can wait for."""
    paused = (place.location_id for place in copies.places.values() if place.paused)
    return sorted(name for name in paused if copies.available(sku, name))[:MAX_AWAITED_PLACES]


def _ship(
    demand: Demand,
    lines: Sequence[Line],
    pool: _Pool,
    parcels: _Parcels,
    copies: Copies,
    profile: Chosen,
    *,
    at: datetime,
) -> tuple[RoutingPlan, dict[str, int], Seen]:
    """The plan, the units by line that it leaves only because of the profile's limits, and what it saw."""
    wants = [_want(line, copies) for line in lines]
    errand = Errand(demand.destination, demand.service, at, demand.promised_by, channel=demand.channel)
    who = Who(asker(demand, copies), demand.paid_by_channel)
    result, found, seen = planned_by(errand, wants, copies, pool.units, refusal=pool.refusal, profile=profile, who=who)
    by_id = {line.line_id: line for line in lines}
    for one in result.plan.assignments:
        share = Share(one.line_id, one.sku, one.location_id, one.quantity)
        parcels.send(work_key(by_id[one.line_id], share), found.legs[one.location_id])
    return result.plan, withheld(result.plan, result.wants, result.choices, result.limits), seen


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


def planned_for(
    errand: Errand, wants: Sequence[Want], copies: Copies, units: Units, *, refusal: Refusal = anything_goes
) -> tuple[RoutingPlan, Choices]:
    """As `planned_by`, where no profile has a say."""
    result, found, _ = planned_by(errand, wants, copies, units, refusal=refusal)
    return result.plan, found


class _Waits:
    """Units without a place, of which some are at places that only have no room for them now."""

    def __init__(self, routing: RoutingPlan, pool: _Pool, copies: Copies, profile: Chosen, *, at: datetime) -> None:
        self._copies, self._pool, self._profile, self._at = copies, pool, profile, at
        self._closed = [copies.places[one.location_id] for one in routing.excluded if one.reason in NO_ROOM_NOW]
        self.retry_at: datetime | None = None

    def missing(self, line: Line, units: int, demand: Demand) -> Missing:
        """What becomes of units of a line that no place gives: they wait where one has them and opens again."""
        closed = [
            place
            for place in self._closed
            if self._pool.refusal(line.sku, place) is None and self._pool.units(line.sku, place.location_id) > 0
        ]
        if not closed:
            return _lacking(line, units, demand, self._copies, self._profile)
        moments = [self._opens(place) for place in closed]
        self.retry_at = min([one for one in (*moments, self.retry_at) if one], default=None)
        return Missing(line.line_id, line.sku, units, Outcome.UNROUTABLE, ask=False)

    def _opens(self, place: Place) -> datetime | None:
        """When the place may have room: at the end of its pause, else on its next day."""
        if not place.open_at(self._at):
            return place.paused_until
        return place.calendar.moment(place.calendar.local_date(self._at), "24:00")


def _largest(demand: Demand, shares: Sequence[Share]) -> Iterator[Share]:
    """At most so many places at once as one transaction opens; those that give the most units go first."""
    lines = {line.line_id: line for line in demand.lines}
    units: Counter[WorkKey] = Counter()
    for share in shares:
        units[work_key(lines[share.line_id], share)] += share.quantity
    kept = sorted(units, key=lambda group: (-units[group], group))[:MAX_GROUPS]
    chosen = set(kept)
    return (share for share in shares if work_key(lines[share.line_id], share) in chosen)
