"""What a plan and delivery options cost by the size of the network: read units and CPU, counted in process."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from functions.fulfilment.domain.calendar import Calendar
from functions.fulfilment.domain.demand import Demand, Destination, Line
from functions.fulfilment.domain.network import Item, Place, Position
from functions.fulfilment.repository.copies import BUCKET, Bucket, CopyRepository, bucket_of
from functions.fulfilment.repository.knowledge import Knowledge
from functions.fulfilment.service.delivery_options import DeliveryOptionsService
from functions.fulfilment.service.planning import sourced
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.table import Table
from shared.geo import Geo
from tests.bench.metering import metered
from tests.support import local_aws

SIZES = (1, 50, 500, 2_000)
SKUS = ("MUG", "LAMP", "VASE")
RUNS = 7
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
CAUSE = Cause("bench", "bench", "bench:bench", AT, "bench")
HOURS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat"), (("09:00", "18:00"),))
HOME = Destination("GB", Geo(52.5, -1.5))


@dataclass(frozen=True)
class Figure:
    """What it cost. `cold`: by a process that knows nothing yet."""

    places: int
    cold_units: float
    cold_ms: float
    warm_units: float
    plan_ms: float
    options_units: float
    options_ms: float

    def row(self) -> tuple[str, ...]:
        return (
            f"{self.places:,}",
            f"{self.cold_units:g}",
            f"{self.cold_ms:.0f}",
            f"{self.warm_units:g}",
            f"{self.plan_ms:.1f}",
            f"{self.options_units:g}",
            f"{self.options_ms:.1f}",
        )


def measure() -> Iterator[Figure]:
    """One figure per size of the network."""
    with local_aws.session():
        for size in SIZES:
            local_aws.reset()
            yield _figure(size)


def _figure(size: int) -> Figure:
    table = Table(client("dynamodb"), "fulfilment")
    furnish(table, size)
    with metered() as cold:
        cold_ms = _cpu_ms(lambda: CopyRepository(table).load(SKUS))
    copies = CopyRepository(table)
    lines = tuple(Line(sku, sku, 1, "ship") for sku in SKUS)
    demand = Demand("O-1", channel="web", lines=lines, destination=HOME)
    sourced(demand, copies, at=AT)
    with metered() as warm:
        copies.load(SKUS)
    plan_ms = statistics.median(_cpu_ms(lambda: sourced(demand, copies, at=AT)) for _ in range(RUNS))
    service = DeliveryOptionsService(copies, clock=lambda: AT)

    def ask() -> None:
        service.options(dict.fromkeys(SKUS, 1), channel="web", destination=HOME, near=None)

    ask()
    with metered() as options:
        ask()
    options_ms = statistics.median(_cpu_ms(ask) for _ in range(RUNS))
    return Figure(size, cold.read_units, cold_ms, warm.read_units, plan_ms, options.read_units, options_ms)


def furnish(table: Table, size: int) -> None:
    """So many places all over the country, each with stock of every item, its hours and its limit of parcels."""
    rng = random.Random(7)
    buckets: dict[str, dict[str, Place]] = {}
    names = [f"S{number:04d}" for number in range(size)]
    for name in names:
        geo = Geo(round(rng.uniform(50.5, 56), 3), round(rng.uniform(-4, 1), 3))
        place = Place(
            name,
            "store",
            "GB",
            1,
            geo,
            ("ship", "pickup", "curbside", "returns"),
            parcels_per_day=50,
            handling_per_parcel=80,
            handling_per_unit=20,
            calendar=Calendar("Europe/London", HOURS, ("2026-12-25",)),
            cutoff="15:00",
        )
        buckets.setdefault(bucket_of(name), {})[name] = place
    for part, places in buckets.items():
        Knowledge(table).change(part, BUCKET, partial(_whole, Bucket(places)), cause=CAUSE)
    copies = CopyRepository(table)
    for sku in SKUS:
        copies.put_item(Item(sku, 1, 400), cause=CAUSE)
    news = {sku: [(name, Position(rng.randint(1, 9), 0, 0, 0, 0, 1)) for name in names] for sku in SKUS}
    copies.merge(news, at=AT, cause=CAUSE)


def _whole(bucket: Bucket, _known: Bucket | None) -> Bucket:
    return bucket


def _cpu_ms(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return (time.process_time() - began) * 1000
