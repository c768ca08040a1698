"""What a limited plan chooses between: units that are alike, and sets of lines that stay together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from functions.fulfilment.domain.routing.limits import Limits
from functions.fulfilment.domain.routing.problem import Candidate, Want


def _penalty(want: Want) -> int:
    assert want.cancel_penalty is not None, "the problem was not completed by with_penalties"
    return want.cancel_penalty


def unfilled_cost(want: Want) -> int:
    """What leaving the whole line costs."""
    return _penalty(want) * want.quantity


@dataclass(frozen=True)
class Entry:
    """Units that are alike: lines of one SKU, weight and value, dearest penalty first; or, `whole`, a set of lines that
    stays together, counted as one. `takes`: units by SKU of one; `quantity`: how many are wanted."""

    wants: tuple[Want, ...]
    whole: bool
    takes: Mapping[str, int]
    quantity: int

    @cached_property
    def worth(self) -> int:
        """What one is worth (minor units)."""
        return sum(w.value * w.quantity for w in self.wants) if self.whole else self.wants[0].value

    def cost(self, place: Candidate) -> int:
        """What one costs from the place, the parcel apart."""
        return sum(place.cost_of(w) * w.quantity for w in self.wants) if self.whole else place.cost_of(self.wants[0])

    def room(self, place: Candidate) -> int:
        """How many the place could give if nobody else wanted anything."""
        return max(0, min(self.quantity, *(place.stock.get(sku, 0) // units for sku, units in self.takes.items())))

    def without(self, reserved: int, *, name: str) -> Iterator[Want]:
        """What is wanted apart from the reserved ones, which serve the dearest lines."""
        if self.whole:
            if not reserved:
                yield Want(name, name, 1, cancel_penalty=sum(unfilled_cost(want) for want in self.wants))
            return
        for number, want in enumerate(self.wants):
            kept = max(0, want.quantity - reserved)
            reserved -= want.quantity - kept
            if kept:
                yield Want(f"{name}.{number}", name, kept, cancel_penalty=want.cancel_penalty)


def entries_of(wants: Sequence[Want], limits: Limits) -> list[Entry]:
    """Each want in one entry, in the order of their first lines."""
    sets = limits.sets()
    kept: dict[int, list[Want]] = {}
    alike: dict[tuple[str, int, int], list[Want]] = {}
    for want in wants:
        number = next((n for n, one in enumerate(sets) if want.line_id in one), None)
        if number is None:
            alike.setdefault((want.sku, want.weight_grams, want.value), []).append(want)
        else:
            kept.setdefault(number, []).append(want)
    found = []
    for lines in kept.values():
        takes: Counter[str] = Counter()
        for want in lines:
            takes[want.sku] += want.quantity
        found.append(Entry(tuple(lines), True, takes, 1))
    for (sku, _, _), lines in alike.items():
        dearest_first = sorted(lines, key=lambda want: (-_penalty(want), want.line_id))
        found.append(Entry(tuple(dearest_first), False, {sku: 1}, sum(want.quantity for want in lines)))
    return sorted(found, key=lambda entry: entry.wants[0].line_id)
