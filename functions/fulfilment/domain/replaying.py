"""What a plan saw: enough to make it again, by the same profile or by another one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from functions.fulfilment.domain.deciding import outcome, within
from functions.fulfilment.domain.demand import Outcome
from functions.fulfilment.domain.profiles import Asker, Chosen, Traits
from functions.fulfilment.domain.routing.limits import Limits
from functions.fulfilment.domain.routing.plan import Exclusion, RoutingPlan
from functions.fulfilment.domain.routing.problem import Candidate, Want

MAX_SITES = 60
"""Of a network of thousands the cheapest choices are kept; then a replay is a close guess, and says so."""


@dataclass(frozen=True)
class SeenItem:
    """An item as it was then."""

    sku: str
    category: str = ""
    backorderable: bool = False


NOBODY = Asker("", "", "", "", frozenset(), Traits())


@dataclass(frozen=True)
class Seen:
    """The shipped lines of an order, the places that were a choice with their stock and costs, and what conditions ask.

    `complete`: no choice was left out of the record. Penalties and what profiles hold against places are not in it.
    """

    wants: tuple[Want, ...] = ()
    choices: tuple[Candidate, ...] = ()
    kinds: dict[str, str] = field(default_factory=dict)
    items: dict[str, SeenItem] = field(default_factory=dict)
    asker: Asker = NOBODY
    paid_by_channel: bool = False
    complete: bool = True


def bounded(seen: Seen, used: set[str]) -> Seen:
    """With as many choices as are kept: those used, then the cheapest."""
    if len(seen.choices) <= MAX_SITES:
        return seen
    best = sorted(seen.choices, key=lambda one: (one.location_id not in used, one.fixed_cost, one.location_id))
    kept = tuple(best[:MAX_SITES])
    kinds = {one.location_id: seen.kinds[one.location_id] for one in kept}
    return replace(seen, choices=kept, kinds=kinds, complete=False)


@dataclass(frozen=True)
class Made:
    """A plan by a profile, and what it was chosen from: `limits` and the places that the profile takes."""

    plan: RoutingPlan
    wants: tuple[Want, ...]
    choices: tuple[Candidate, ...]
    limits: Limits


def made(seen: Seen, chosen: Chosen, *, limits: Limits | None = None, excluded: Sequence[Exclusion] = ()) -> Made:
    """The cheapest split of what was seen that the profile allows. `limits` go before the profile's own."""
    terms = chosen.terms
    wants = tuple(
        want if want.cancel_penalty is not None else replace(want, cancel_penalty=terms.cancel_penalty)
        for want in seen.wants
    )
    choices, left_out = terms.applied(seen.choices, seen.kinds, seen.items)
    kept = terms.limits(wants, seen.items) if limits is None else limits
    planned = within(wants, choices, kept, [*excluded, *left_out], _cancelled(seen.items, chosen, seen.paid_by_channel))
    return Made(planned, wants, tuple(choices), kept)


def _cancelled(items: Mapping[str, SeenItem], chosen: Chosen, paid_by_channel: bool) -> set[str]:
    """The SKUs of which units that no place has are given up for good."""
    gone = Outcome.OUT_OF_STOCK
    return {sku for sku, item in items.items() if outcome(item, chosen, paid_by_channel=paid_by_channel) is gone}
