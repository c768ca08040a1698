"""The HTTP operations of plans: dry runs, and why an order was routed as it was."""

from __future__ import annotations

from functions.fulfilment import wiring
from functions.fulfilment.decision_schemas import RoutingView
from functions.fulfilment.domain.demand import Destination
from functions.fulfilment.domain.routing.limits import NO_LIMITS
from functions.fulfilment.routing_schemas import PlanBody, PlanView
from shared.http import Answer, Api, Call


def bind(api: Api) -> None:
    """Bind both operations."""

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
