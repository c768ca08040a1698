"""The HTTP operations that look back: the routing report and simulations."""

from __future__ import annotations

from functions.fulfilment import wiring
from functions.fulfilment.insight_schemas import (
    ReportQuery,
    ReportView,
    SimulationBody,
    SimulationQuery,
    SimulationView,
)
from functions.fulfilment.repository.history import EVERYWHERE
from shared import clock
from shared.http import Answer, Api, Call


def bind(api: Api) -> None:
    """Bind all of them."""

    @api.operation("get_routing_report", query=ReportQuery, answers={200: ReportView})
    def get_routing_report(call: Call[None, ReportQuery]) -> Answer:
        """What routing has come to by day: cost, parcels per order, fill, lateness, distance, empty positions."""
        first, last = call.query.days(clock.now().date())
        where = call.query.location_id
        rows = wiring.history().report(where or EVERYWHERE, first, last)
        return Answer(200, ReportView.of(first, last, where, rows))

    @api.operation("start_simulation", body=SimulationBody, answers={202: SimulationView})
    def start_simulation(call: Call[SimulationBody, None]) -> Answer:
        """Replay past orders under other profiles, on the stock and at the prices of then. Once more is the same."""
        body = call.body
        body.check()
        started = wiring.simulations().start(body.id(), body.start, body.end, body.tried(), cause=call.cause)
        return Answer(202, SimulationView.of(started, [], None))

    @api.operation("get_simulation", query=SimulationQuery, answers={200: SimulationView})
    def get_simulation(call: Call[None, SimulationQuery]) -> Answer:
        """How far it is, what each profile comes to, and which plans would have been otherwise."""
        query = call.query
        found = wiring.simulations().get(call.path["simulation_id"], limit=query.limit, cursor=query.cursor)
        return Answer(200, SimulationView.of(*found))
