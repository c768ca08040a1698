"""What is kept of each plan so that anybody can see why an order went where it went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from functions.fulfilment.domain.demand import Missing, Share, Slot
from functions.fulfilment.domain.lacking import Collection
from functions.fulfilment.domain.profiles import BUILT_IN, Chosen, Stage
from functions.fulfilment.domain.replaying import Seen, bounded
from functions.fulfilment.domain.routing.plan import RoutingPlan
from functions.fulfilment.domain.sourcing import Postage, Sourcing

MAX_PLACES_KEPT = 50
"""Of a network of thousands the cheapest choices and the first exclusions are kept, all are counted."""


@dataclass(frozen=True)
class Used:
    """The version of a profile that a plan was made by, and in which stage it was."""

    profile_id: str
    version: int
    stage: Stage

    @classmethod
    def of(cls, chosen: Chosen) -> Used:
        return cls(chosen.profile_id, chosen.version, chosen.stage)


BY_BUILT_IN = Used.of(BUILT_IN)


@dataclass(frozen=True)
class Shadow:
    """What another profile would have decided: recorded, and nothing else. `total`: as its own plan counts."""

    profile: Used
    shares: tuple[Share, ...]
    missing: tuple[Missing, ...]
    total: int


@dataclass(frozen=True)
class Decision:
    """One plan of one order: what led to it, what it decided, what it cost, and what else was possible."""

    order_id: str
    plan_version: int
    at: datetime
    trigger: str
    shares: tuple[Share, ...]
    missing: tuple[Missing, ...]
    routing: RoutingPlan | None = None
    collections: tuple[Collection, ...] = ()
    places_considered: int = 0
    excluded_by_reason: dict[str, int] = field(default_factory=dict)
    profile: Used = BY_BUILT_IN
    shadows: tuple[Shadow, ...] = ()
    seen: Seen | None = None
    """What the shipped part was chosen from, so that it can be planned again."""
    price_version: int = 0
    """The run of the price job whose prices counted; 0: none."""
    rate_card: str = ""
    slots: tuple[Slot, ...] = ()
    postage: tuple[Postage, ...] = ()


def explained(
    order_id: str,
    plan_version: int,
    sourcing: Sourcing,
    *,
    at: datetime,
    trigger: str,
    beside: Iterable[Sourcing] = (),
) -> Decision:
    """The record of a plan, bounded whatever the size of the network."""
    routing = sourcing.routing
    excluded = Counter(str(one.reason) for one in routing.excluded) if routing else Counter[str]()
    return Decision(
        order_id,
        plan_version,
        at,
        trigger,
        sourcing.shares,
        sourcing.missing,
        _bounded(routing) if routing else None,
        sourcing.collections,
        len(routing.considered) if routing else 0,
        dict(sorted(excluded.items())),
        Used.of(sourcing.profile),
        tuple(_shadow(one) for one in beside),
        bounded(sourcing.seen, {share.location_id for share in sourcing.shares}) if sourcing.seen else None,
        sourcing.price_version,
        sourcing.card,
        sourcing.slots,
        sourcing.postage,
    )


def _shadow(sourcing: Sourcing) -> Shadow:
    total = sourcing.routing.total if sourcing.routing else 0
    return Shadow(Used.of(sourcing.profile), sourcing.shares, sourcing.missing, total)


def _bounded(routing: RoutingPlan) -> RoutingPlan:
    best = sorted(routing.considered, key=lambda one: (not one.used, one.alone_total, one.location_id))
    return replace(
        routing,
        assignments=(),  # they are the decision's shares
        considered=tuple(best[:MAX_PLACES_KEPT]),
        excluded=routing.excluded[:MAX_PLACES_KEPT],
    )
