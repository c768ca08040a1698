"""Lambda entry: fulfilment's own stream -> events on the bus."""

from __future__ import annotations

from functions.fulfilment.facts import (
    demand_facts,
    erasure_facts,
    rate_card_facts,
    round_facts,
    simulation_facts,
    terms_facts,
)
from functions.fulfilment.repository import demands, erasures, knowledge, rate_cards, rounds, simulations, work
from functions.fulfilment.work_facts import work_facts
from shared.relay import Relay, Source

handler = Relay(
    {
        demands.KIND: Source(decode=demands.to_demand, facts=demand_facts),
        work.KIND: Source(decode=work.to_order, facts=work_facts),
        simulations.KIND: Source(decode=simulations.to_simulation, facts=simulation_facts),
        rate_cards.KIND: Source(decode=rate_cards.to_card, facts=rate_card_facts),
        knowledge.KIND: Source(decode=knowledge.to_part, facts=terms_facts),
        rounds.KIND: Source(decode=rounds.to_round, facts=round_facts),
        erasures.KIND: Source(decode=erasures.decode, facts=erasure_facts),
    }
)
