"""Lambda entry: the order table's stream -> events on the bus."""

from __future__ import annotations

from functions.orders import erasures
from functions.orders.facts import erasure_facts, facts
from functions.orders.repository import KIND, decode
from shared.relay import Relay, Source

handler = Relay(
    {
        KIND: Source(decode=decode, facts=facts),
        erasures.KIND: Source(decode=erasures.decode, facts=erasure_facts),
    }
)
