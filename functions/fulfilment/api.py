"""Lambda entry: HTTP routes of fulfilment -> one use case each."""

from __future__ import annotations

from functions.fulfilment import wiring
from functions.fulfilment.collection_operations import bind as bind_collections
from functions.fulfilment.decision_schemas import RoutingView
from functions.fulfilment.delivery_operations import bind as bind_delivery
from functions.fulfilment.domain.demand import Destination
from functions.fulfilment.domain.routing.limits import NO_LIMITS
from functions.fulfilment.geography_operations import bind as bind_geography
from functions.fulfilment.insight_operations import bind as bind_insights
from functions.fulfilment.link_operations import bind as bind_links
from functions.fulfilment.manifest_operations import bind as bind_manifests
from functions.fulfilment.profile_operations import bind as bind_profiles
from functions.fulfilment.rate_operations import bind as bind_rates
from functions.fulfilment.routing_schemas import PlanBody, PlanView
from functions.fulfilment.shipping_operations import bind as bind_shipping
from functions.fulfilment.wave_operations import bind as bind_waves
from functions.fulfilment.work_operations import bind as bind_work
from shared.aws import client
from shared.dynamo.idempotency import Markers
from shared.dynamo.table import Table
from shared.http import Answer, Api, Call
from shared.settings import settings

api = Api("fulfilment", markers=lambda: Markers(Table(client("dynamodb"), settings().table_name)))
bind_work(api)
bind_collections(api)
bind_links(api)
bind_shipping(api)
bind_profiles(api)
bind_insights(api)
bind_waves(api)
bind_manifests(api)
bind_rates(api)
bind_geography(api)
bind_delivery(api)


@api.operation("plan_routing", body=PlanBody, answers={200: PlanView})
def plan_routing(call: Call[PlanBody, None]) -> Answer:
    """A dry run of the router: nothing is kept."""
    body = call.body
    body.check()
    lines = [line.asked() for line in body.lines]
    limits = body.kept_limits()
    routing = wiring.routing()
    if body.candidates is not None:
        choices = [one.candidate() for one in body.candidates]
        return Answer(200, PlanView.of(routing.dry_run_with(lines, choices, limits=limits or NO_LIMITS)))
    destination = body.destination.to_destination() if body.destination else Destination()
    planned = routing.dry_run(lines, destination, service=body.service, limits=limits, profile_id=body.profile)
    return Answer(200, PlanView.of(planned))


@api.operation("get_routing", answers={200: RoutingView})
def get_routing(call: Call[None, None]) -> Answer:
    """Why the order was routed as it was: every plan made for it."""
    explained = wiring.routing().explain(call.path["order_id"])
    call.caller.require(channel=explained.demand.channel)
    return Answer(200, RoutingView.of(explained))


handler = api
