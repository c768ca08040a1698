"""Pairwise and B-cubed precision, recall and F1 of a clustering against the truth (Bagga and Baldwin 1998)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    """How right a clustering is."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def pairwise(found: Mapping[str, str], truth: Mapping[str, str]) -> Quality:
    """Over pairs of records; both map a record to its cluster."""

    def pairs(counts: Counter[object]) -> int:
        return sum(count * (count - 1) // 2 for count in counts.values())

    joined = pairs(Counter(found.values()))
    real = pairs(Counter(truth.values()))
    right = pairs(Counter((found[record], truth[record]) for record in truth))
    return Quality(right / joined if joined else 1.0, right / real if real else 1.0)


def apart_from(found: Mapping[str, str], truth: Mapping[str, str], groups: Mapping[str, str]) -> float:
    """Pairwise precision over the pairs that are not two members of one group (a father and a son of one name)."""

    def pairs(counts: Counter[tuple[str, ...]]) -> int:
        return sum(count * (count - 1) // 2 for count in counts.values())

    right = pairs(Counter((found[record], truth[record]) for record in truth))
    of_groups = pairs(Counter((found[record], groups[record]) for record in truth))
    right_of_groups = pairs(Counter((found[record], groups[record], truth[record]) for record in truth))
    joined = pairs(Counter((cluster,) for cluster in found.values()))
    return right / (joined - of_groups + right_of_groups)


def b_cubed(found: Mapping[str, str], truth: Mapping[str, str]) -> Quality:
    """Over records: how pure one's cluster is, and how much of one's own is in it."""
    sizes, real = Counter(found.values()), Counter(truth.values())
    both = Counter((found[record], truth[record]) for record in truth)
    precision = sum(count * count / sizes[cluster] for (cluster, _), count in both.items()) / len(truth)
    recall = sum(count * count / real[person] for (_, person), count in both.items()) / len(truth)
    return Quality(precision, recall)
