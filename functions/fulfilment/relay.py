"""Lambda entry: fulfilment's own stream -> events on the bus."""

from __future__ import annotations

from functions.fulfilment.facts import demand_facts, erasure_facts, rate_card_facts, simulation_facts, work_facts
from functions.fulfilment.repository import demands, erasures, rate_cards, simulations, work
from shared.relay import Relay, Source

handler = Relay(
    {
        demands.KIND: Source(decode=demands.to_demand, facts=demand_facts),
        work.KIND: Source(decode=work.to_order, facts=work_facts),
        simulations.KIND: Source(decode=simulations.to_simulation, facts=simulation_facts),
        rate_cards.KIND: Source(decode=rate_cards.to_card, facts=rate_card_facts),
        erasures.KIND: Source(decode=erasures.decode, facts=erasure_facts),
    }
)
