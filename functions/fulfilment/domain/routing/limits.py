"""What a split may look like besides being cheap: how many parcels, all or nothing, what stays together, worth."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from functions.fulfilment.domain.routing.problem import Want


@dataclass(frozen=True, slots=True)
class Limits:
    """Rules of one plan. A plan that ships nothing keeps all of them.

    `max_parcels`: places used, one parcel each. `ship_complete`: every unit of the plan or none. `together`: lines (by
    id) that come whole from one place or not at all; a set of one line forbids to split it. `min_parcel_value`: what
    each parcel is worth at least (minor units of `Want.value`).
    """

    max_parcels: int | None = None
    ship_complete: bool = False
    together: tuple[frozenset[str], ...] = ()
    min_parcel_value: int = 0

    @property
    def plain(self) -> bool:
        """Whether any split will do."""
        return self.max_parcels is None and not (self.ship_complete or self.together or self.min_parcel_value)

    def sets(self) -> list[frozenset[str]]:
        """The sets that stay together, those with a line in common as one."""
        found: list[frozenset[str]] = []
        for wanted in self.together:
            merged = wanted.union(*[known for known in found if known & wanted])
            found = [known for known in found if not known & wanted] + [merged]
        return found


NO_LIMITS = Limits()


class Given(Protocol):
    """Units of a line from a place."""

    @property
    def line_id(self) -> str: ...
    @property
    def location_id(self) -> str: ...
    @property
    def quantity(self) -> int: ...


def broken(limits: Limits, wants: Sequence[Want], given: Iterable[Given]) -> tuple[str, ...]:
    """The names of the limits that these units do not keep."""
    by_id = {want.line_id: want for want in wants}
    parcels: Counter[str] = Counter()
    units: dict[str, Counter[str]] = defaultdict(Counter)
    for one in given:
        parcels[one.location_id] += one.quantity * by_id[one.line_id].value
        units[one.line_id][one.location_id] += one.quantity
    found = []
    if limits.max_parcels is not None and len(parcels) > limits.max_parcels:
        found.append("max_parcels")
    if limits.ship_complete and parcels and any(units[w.line_id].total() < w.quantity for w in wants):
        found.append("ship_complete")
    if any(not _together([by_id[line_id] for line_id in sorted(kept & by_id.keys())], units) for kept in limits.sets()):
        found.append("keep_together")
    if any(value < limits.min_parcel_value for value in parcels.values()):
        found.append("min_parcel_value")
    return tuple(found)


def _together(wants: Sequence[Want], units: dict[str, Counter[str]]) -> bool:
    places = {place for want in wants for place in units[want.line_id]}
    return not places or (len(places) == 1 and all(units[w.line_id].total() == w.quantity for w in wants))
