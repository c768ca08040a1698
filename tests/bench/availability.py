"""Availability of 1,000 items out of catalogues of different sizes: read units and CPU, counted in process.

The catalogues are written as the projector would have left them (log, then compaction), without a position row each.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from unittest import mock

from functions.inventory import availability_operations, wiring
from functions.inventory.domain.places import Item
from functions.inventory.domain.stock import Counters, Stock
from functions.inventory.repository import page_states, pages
from functions.inventory.repository.compaction import Compactor
from functions.inventory.repository.network import load_location
from functions.inventory.repository.pages import PageLog, State, read_directory
from shared.aws import client
from shared.dynamo.table import Table
from tests.bench.metering import metered
from tests.support import gateway, local_aws
from tests.support.gateway import Gateway

SIZES = (1_000, 10_000, 100_000)
PLACES = 25
PLACES_PER_ITEM = 5
ASKED = 1_000
RUNS = 15


@dataclass(frozen=True)
class Figure:
    """What one call cost. `cold_units`: the same as the very first call of a container."""

    size: int
    read_units: float
    cold_units: float
    cpu_ms: float
    cold_cpu_ms: float
    chunk_bytes: int
    new_units: float

    def row(self) -> tuple[str, ...]:
        return (
            f"{self.size:,}",
            f"{self.read_units:g}",
            f"{self.new_units:g}",
            f"{self.cpu_ms:.0f}",
            f"{self.cold_units:g}",
            f"{self.cold_cpu_ms:.0f}",
            f"{self.chunk_bytes / 1024:,.0f} KB",
        )


def measure() -> Iterator[Figure]:
    """One figure per catalogue size."""
    for size in SIZES:
        with local_aws.session():
            local_aws.reset()
            with local_aws.without_testing_clock(), local_aws.running_as("inventory"):
                yield _measure(size)


def _measure(size: int) -> Figure:
    rng = random.Random(size)
    table = Table(client("dynamodb"), "inventory-projection")
    _fill(table, size, rng)
    wiring.pages.cache_clear()
    availability_operations.service.cache_clear()
    web = Gateway(gateway.channel("web"))

    def ask() -> tuple[float, float]:
        body = {"skus": [f"SKU-{number:07d}" for number in rng.sample(range(size), ASKED)], "method": "ship"}
        with metered() as meter:
            begun = time.process_time()
            answer = web.post("/v1/availability", body | {"near": {"lat": 52.0, "lng": -1.0}})
            spent = time.process_time() - begun
        assert answer.status == 200
        assert len(answer.body["items"]) == ASKED
        assert all(item["available"] for item in answer.body["items"])
        return meter.read_units, spent * 1000

    cold_units, cold_cpu = ask()
    for _ in range(3):
        ask()
    figures = [ask() for _ in range(RUNS)]
    _change(table, size, rng)
    news, _ = ask()
    units, cpu = (statistics.median(column) for column in zip(*figures, strict=True))
    return Figure(size, units, cold_units, cpu, cold_cpu, read_directory(table).size, news)


def _fill(table: Table, size: int, rng: random.Random) -> None:
    log = PageLog(table)
    at = datetime.now(UTC)
    ids = [f"STORE-{number:03d}" for number in range(PLACES)]
    with mock.patch.object(pages, "STATES_PER_ROW", 10_000):
        log.append([State("/network", f"place/{one}", 1, _place(one, rng)) for one in ids], at=at, lag_ms=300)
        for start in range(0, size, 10_000):
            states = []
            for number in range(start, min(start + 10_000, size)):
                sku = f"SKU-{number:07d}"
                states.append(page_states.of_item(Item(sku, sku, 300, category=f"C{number % 40}")))
                for place in rng.sample(ids, PLACES_PER_ITEM):
                    stock = Stock(sku, place, Counters(on_hand=rng.randint(2, 90)), version=rng.randint(1, 999))
                    states.append(page_states.of_position(stock))
            log.append(states, at=at, lag_ms=300)
    while Compactor(table).run():
        pass
    for lane in range(pages.LANES):  # what was written last is read again, so let it be as small as it usually is
        PageLog(table, pick=lambda _, lane=lane: lane).append([states[-1]], at=at, lag_ms=300)  # type: ignore[misc]


def _change(table: Table, size: int, rng: random.Random) -> None:
    """What 2,000 sold units of 2,000 items leave in the log, as 20 batches of the stream."""
    log = PageLog(table)
    for _ in range(20):
        skus = [f"SKU-{rng.randrange(size):07d}" for _ in range(100)]
        rows = [Stock(sku, "STORE-001", Counters(on_hand=rng.randint(2, 90)), version=2000) for sku in skus]
        log.append([page_states.of_position(row) for row in rows], at=datetime.now(UTC), lag_ms=300)


def _place(location_id: str, rng: random.Random) -> str:
    place = {
        "location_id": location_id,
        "name": location_id,
        "kind": "store",
        "address": {"line1": "1 High St", "city": "Town", "region": "", "postal_code": "LS1 1AA", "country": "GB"},
        "geo": {"lat": 50 + rng.random() * 5, "lng": -3 + rng.random() * 3},
        "time_zone": "Europe/London",
        "capabilities": ["ship", "pickup"],
    }
    text = json.dumps(place)
    assert load_location(text).location_id == location_id
    return text
