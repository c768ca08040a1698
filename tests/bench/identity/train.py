"""Learns the weights by expectation maximisation, without labels, and writes `weights.py`.

    python -m tests.bench.identity.train

Fellegi-Sunter under conditional independence. How often strangers agree (u) is counted on random pairs. How often the
same person agrees (m) is learnt in two passes over pairs that share a blocking key, so that no field is learnt from
pairs that were chosen by it: names, birth date and place on pairs with one e-mail, phone or card; those three on pairs
with one name and birth date or district.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from functions.customers.domain.matching import weights
from functions.customers.domain.matching.comparison import LEVELS, Levels, compared
from functions.customers.domain.matching.keys import Key, keys_of
from functions.customers.domain.matching.traits import Traits, traits_of
from tests.bench.identity.population import Population

SEED, HOUSEHOLDS = 4242, 1500
RANDOM_PAIRS = 150_000
ROUNDS = 25
IDENTIFIERS = ("card", "email", "phone")
STRANGERS_SHARE_ONE = 2e-6
"""How often two strangers among 10,000 have one number or mailbox (reissued, mistyped, borrowed). Too rare
to be counted on random pairs; the scorer lets it fall with the number of records."""
MOST_PER_KEY = 12
TELLING = frozenset({"email", "phone", "card", "home", "birth_family", "local"})
UNSEEN = 0.5
"""What a level counts that was never reached: rare, not impossible."""
CLIP = (-5.0, 20.0)
TABLE_SIZE = 90
PASSES = (
    (("given", "family", "birth", "place"), frozenset({"email", "phone", "card"})),
    (("email", "phone", "card"), frozenset({"birth", "birth_family", "district"})),
)
Rates = dict[str, dict[str, float]]


def blocked(records: Sequence[Traits], kinds: Iterable[str]) -> list[Levels]:
    """The comparisons of all pairs that share a key of these kinds."""
    wanted, by_key = frozenset(kinds), defaultdict(list)
    for index, record in enumerate(records):
        for key in keys_of(record):
            if key.kind in wanted:
                by_key[key].append(index)
    pairs = {pair for held in by_key.values() for pair in itertools.combinations(held[:MOST_PER_KEY], 2)}
    return [compared(records[one], records[other]) for one, other in sorted(pairs)]


def rates_of(weighted: Iterable[tuple[Levels, float]], fields: Iterable[str]) -> Rates:
    """How often each level is reached, where the field can be compared at all."""
    seen: dict[str, Counter[str]] = {field: Counter() for field in fields}
    for levels, weight in weighted:
        for field, (level, _) in levels.items():
            if field in seen:
                seen[field][level] += weight  # type: ignore[assignment]  # a Counter adds floats as well
    return {
        field: {
            level: (counts[level] + UNSEEN) / (sum(counts.values()) + UNSEEN * len(LEVELS[field]))
            for level in LEVELS[field]
        }
        for field, counts in seen.items()
    }


def strangers_of(records: Sequence[Traits], rng: random.Random) -> Rates:
    """u: the rates of random pairs, those left out that are one person or household by their keys."""

    def telling(record: Traits) -> set[Key]:
        return {key for key in keys_of(record) if key.kind in TELLING}

    pairs = (rng.sample(records, 2) for _ in range(RANDOM_PAIRS))
    return rates_of(((compared(*pair), 1.0) for pair in pairs if not telling(pair[0]) & telling(pair[1])), LEVELS)


def learnt(pairs: Sequence[Levels], fields: Sequence[str], strangers: Rates) -> Rates:
    """m by expectation maximisation with u held fixed: the field's rates among the pairs that are one person."""
    same: Rates = {
        field: {
            level: (0.8 if place == 0 else 0.2 / (len(LEVELS[field]) - 1)) for place, level in enumerate(LEVELS[field])
        }
        for field in fields
    }
    share = 0.5
    for _ in range(ROUNDS):
        weighted = []
        for levels in pairs:
            odds = math.log(share / (1 - share))
            for field in fields:
                if field in levels:
                    level = levels[field][0]
                    odds += math.log(same[field][level] / strangers[field][level])
            weighted.append((levels, 1 / (1 + math.exp(-max(-60.0, min(60.0, odds))))))
        share = min(0.999, max(0.001, sum(weight for _, weight in weighted) / len(weighted)))
        same = rates_of(weighted, fields)
    return same


def common(values: Iterable[str]) -> tuple[dict[str, float], float]:
    """How frequent the commonest values are, and how frequent one of the others is on average."""
    counts = Counter(values)
    total = sum(counts.values())
    top = {value: round(count / total, 5) for value, count in counts.most_common(TABLE_SIZE)}
    rest = sum(count * count for value, count in counts.items() if value not in top)
    others = sum(count for value, count in counts.items() if value not in top) or 1
    return top, max(1e-5, rest / others / total)


def main() -> None:
    """Train on a population that no measurement uses, and write the table."""
    population = Population(SEED, HOUSEHOLDS)
    records = [traits_of(sample.statement) for sample in population.samples(population.people())]
    rng = random.Random(SEED)
    strangers = strangers_of(records, rng)
    for field in IDENTIFIERS:
        strangers[field]["same"] = STRANGERS_SHARE_ONE
    same: Rates = {}
    for fields, kinds in PASSES:
        same |= learnt(blocked(records, kinds), fields, strangers)
    bits = {
        field: {
            level: round(max(CLIP[0], min(CLIP[1], math.log2(same[field][level] / strangers[field][level]))), 2)
            for level in levels
        }
        for field, levels in LEVELS.items()
    }
    names = {
        "given": common(record.given[0] for record in records if record.given),
        "family": common(record.family[0] for record in records if record.family),
    }
    lines = [
        '"""How much each level of each field says, in bits. Written by `python -m tests.bench.identity.train`."""',
        "",
        "from __future__ import annotations",
        "",
        "BITS: dict[str, dict[str, float]] = " + repr(bits),
        '"""log2 of how much more often one person reaches the level than two strangers do."""',
        "",
        "IDENTIFIERS: frozenset[str] = frozenset(" + repr(sorted(IDENTIFIERS)) + ")",
        '"""What is issued to one person at a time."""',
        "",
        "SAME: dict[str, float] = " + repr({field: round(same[field]["same"], 4) for field in names}),
        '"""How often two records of one person agree exactly."""',
        "",
        "COMMON: dict[str, dict[str, float]] = " + repr({field: top for field, (top, _) in names.items()}),
        '"""How frequent the commonest names are: agreeing on one of them says less."""',
        "",
        "RARE: dict[str, float] = " + repr({field: round(rare, 6) for field, (_, rare) in names.items()}),
        '"""How frequent any other name is."""',
        "",
    ]
    Path(weights.__file__).write_text("\n".join(lines), encoding="utf-8")
    print(f"{len(records)} records", bits, sep="\n")


if __name__ == "__main__":
    main()
