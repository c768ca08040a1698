"""Identity resolution in figures: five arrival orders, the baseline of exact keys, and the household probes."""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from functions.customers.domain.matching.traits import Traits, traits_of
from tests.bench.identity.baseline import joined_by_exact_keys
from tests.bench.identity.measures import Quality, apart_from, b_cubed, pairwise
from tests.bench.identity.memory import Memory
from tests.bench.identity.population import Population, Sample

ORDERS = 5
SEED, HOUSEHOLDS = 7, 1200


@dataclass(frozen=True)
class Run:
    """One arrival order."""

    pairwise: Quality
    b_cubed: Quality
    precision_apart: float
    """Without pairs of namesakes in one home, which undated records cannot tell apart."""
    reads_mean: float
    reads_p99: int
    asked_mean: float
    score_microseconds: float
    record_milliseconds: float
    reviews: int
    clusters: int


def generated(seed: int = SEED, households: int = HOUSEHOLDS) -> list[Sample]:
    """The population that is measured; no weight was learnt from it."""
    population = Population(seed, households)
    return population.samples(population.people())


def truth_of(samples: Sequence[Sample]) -> dict[str, str]:
    return {sample.statement.external_id: sample.person_id for sample in samples}


def baseline(samples: Sequence[Sample]) -> tuple[Quality, Quality]:
    """Pairwise and B-cubed quality of five exact keys."""
    found = joined_by_exact_keys({one.statement.external_id: traits_of(one.statement) for one in samples})
    return pairwise(found, truth_of(samples)), b_cubed(found, truth_of(samples))


def run(samples: Sequence[Sample], *, order: int) -> tuple[Run, Memory]:
    """All samples through the resolver, in one arrival order."""
    arriving = list(samples)
    random.Random(order).shuffle(arriving)
    memory, joined = Memory(), {}
    began = time.process_time()
    for sample in arriving:
        name = sample.statement.external_id
        record: Traits = traits_of(sample.statement)
        joined[name] = memory.take(name, record)
    seconds = time.process_time() - began
    found = {name: memory.root(root) for name, root in joined.items()}
    truth = truth_of(samples)
    reads = sorted(memory.reads)
    return (
        Run(
            pairwise(found, truth),
            b_cubed(found, truth),
            apart_from(found, truth, {one.statement.external_id: one.namesakes or one.person_id for one in samples}),
            statistics.mean(reads),
            reads[math.ceil(0.99 * len(reads)) - 1],
            statistics.mean(memory.asked),
            memory.seconds / max(1, memory.scored) * 1e6,
            seconds / len(samples) * 1e3,
            memory.reviews,
            len(set(found.values())),
        ),
        memory,
    )
