"""HTTP models of the explanation of an order's routing."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from functions.fulfilment.domain import demand as domain
from functions.fulfilment.domain.explanation import Decision, Used
from functions.fulfilment.domain.profiles import Stage
from functions.fulfilment.domain.routing.plan import Reason
from functions.fulfilment.domain.sourcing import Postage
from functions.fulfilment.domain.states import SHIP
from functions.fulfilment.routing_schemas import (
    AlternativeView,
    AssignmentView,
    ConsideredView,
    CostView,
    ExclusionView,
    UnfilledView,
    alternatives_of,
    considered_of,
    cost_of,
    excluded_of,
)
from functions.fulfilment.service.routing import Explained
from shared.schemas import Schema, UtcTime


class CollectionView(Schema):
    """A line to be collected at its place: how many units it has, and why not all."""

    line_id: str
    location_id: str
    quantity: int
    placed: int
    reason: Reason | None = None


class UsedView(Schema):
    """The version of a profile that a plan was made by, and the stage it was in then."""

    profile_id: str
    version: int
    stage: Stage

    @classmethod
    def of(cls, used: Used) -> UsedView:
        return cls(profile_id=used.profile_id, version=used.version, stage=used.stage)


class ShadowView(Schema):
    """What a profile in the stage SHADOW would have decided; nothing was set aside for it. `total` as its own plan
    counts, in minor units."""

    profile: UsedView
    assignments: list[AssignmentView]
    unfilled: list[UnfilledView]
    total: int


class PlannedParcelView(Schema):
    """A parcel that leaves a place by `ship_by`, on the place's local day `day`, and should then be there. `postage`:
    what the rate card charges for its weight, in minor units."""

    location_id: str
    day: str
    ship_by: UtcTime
    delivered_by: UtcTime | None = None
    weight_grams: int | None = None
    postage: int | None = None

    @classmethod
    def of(cls, slot: domain.Slot, postage: Postage | None) -> PlannedParcelView:
        leaves = slot.departure
        return cls(
            location_id=slot.key[0],
            day=leaves.day,
            ship_by=leaves.ship_by,
            delivered_by=leaves.delivered_by,
            weight_grams=postage.weight_grams if postage else None,
            postage=postage.amount if postage else None,
        )


class DecisionView(Schema):
    """One plan of the order. `trigger`: released, refused (inventory could not give it), stock_changed, item_changed,
    place_changed, continued, reevaluated (waiting work is to move: what is set aside anew). The lists of places are
    bounded, the counts are not; `cost` is of the shipped part. `price_version`: the run of the price job whose
    opportunity prices counted, 0 without any; `rate_card`: the version of the card in force."""

    plan_version: int
    at: UtcTime
    trigger: str
    assignments: list[AssignmentView]
    unfilled: list[UnfilledView]
    cost: CostView | None = None
    lower_bound: int | None = None
    proven_optimal: bool | None = None
    alternatives: list[AlternativeView]
    considered: list[ConsideredView]
    excluded: list[ExclusionView]
    collections: list[CollectionView]
    places_considered: int
    excluded_by_reason: dict[str, int]
    profile: UsedView
    shadows: list[ShadowView] = Field(default_factory=list)
    price_version: int = 0
    rate_card: str = ""
    parcels: list[PlannedParcelView] = Field(default_factory=list)

    @classmethod
    def of(cls, decision: Decision) -> DecisionView:
        plan = decision.routing
        return cls(
            plan_version=decision.plan_version,
            at=decision.at,
            trigger=decision.trigger,
            assignments=_assignments(decision.shares),
            unfilled=_unfilled(decision.missing),
            cost=cost_of(plan) if plan else None,
            lower_bound=plan.lower_bound if plan else None,
            proven_optimal=plan.proven_optimal if plan else None,
            alternatives=alternatives_of(plan) if plan else [],
            considered=considered_of(plan) if plan else [],
            excluded=excluded_of(plan) if plan else [],
            collections=[
                CollectionView(
                    line_id=one.line_id,
                    location_id=one.location_id,
                    quantity=one.quantity,
                    placed=one.placed,
                    reason=one.reason,
                )
                for one in decision.collections
            ],
            places_considered=decision.places_considered,
            excluded_by_reason=decision.excluded_by_reason,
            profile=UsedView.of(decision.profile),
            shadows=[
                ShadowView(
                    profile=UsedView.of(one.profile),
                    assignments=_assignments(one.shares),
                    unfilled=_unfilled(one.missing),
                    total=one.total,
                )
                for one in decision.shadows
            ],
            price_version=decision.price_version,
            rate_card=decision.rate_card,
            parcels=[PlannedParcelView.of(slot, _postage(decision, slot)) for slot in decision.slots],
        )


def _postage(decision: Decision, slot: domain.Slot) -> Postage | None:
    location_id, method = slot.key[:2]
    return next((one for one in decision.postage if method == SHIP and one.location_id == location_id), None)


def _assignments(shares: Iterable[domain.Share]) -> list[AssignmentView]:
    return [
        AssignmentView(line_id=one.line_id, sku=one.sku, location_id=one.location_id, quantity=one.quantity)
        for one in shares
    ]


def _unfilled(missing: Iterable[domain.Missing]) -> list[UnfilledView]:
    return [
        UnfilledView(line_id=one.line_id, sku=one.sku, quantity=one.quantity, outcome=one.outcome) for one in missing
    ]


class RoutingView(Schema):
    """Every plan made for an order; the last one stands, once `status` is SETTLED."""

    order_id: str
    status: domain.Status
    decisions: list[DecisionView]

    @classmethod
    def of(cls, explained: Explained) -> RoutingView:
        return cls(
            order_id=explained.demand.order_id,
            status=explained.demand.status,
            decisions=[DecisionView.of(decision) for decision in explained.decisions],
        )
