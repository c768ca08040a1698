"""Return policies: which terms a line was sold under. Every version stays: an order keeps the terms of its time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.orders.domain.lines import Line
from functions.orders.domain.order import Order
from functions.orders.domain.returns import ReturnMethod

DEFAULT_WINDOW_DAYS = 30


@dataclass(frozen=True)
class Fee:
    """What one return by this method costs the shopper, minor units."""

    method: ReturnMethod
    amount: int
    currency: str


@dataclass(frozen=True)
class ReturnPolicy:
    """One version of a policy: for lines that meet all conditions given, of orders placed from `effective_from` on.

    `window_days` run from delivery or hand-over. `final_sale`: nothing of it comes back, unless the retailer has to
    answer for it. `retired`: from then on the policy is no longer one.
    """

    policy_id: str
    version: int = 0
    effective_from: datetime | None = None
    """None: for orders of any time."""
    channel: str | None = None
    category: str | None = None
    sku: str | None = None
    window_days: int = DEFAULT_WINDOW_DAYS
    final_sale: bool = False
    methods: tuple[ReturnMethod, ...] = tuple(ReturnMethod)
    fees: tuple[Fee, ...] = ()
    retired: bool = False

    @property
    def name(self) -> str:
        return f"{self.policy_id}@{self.version}"

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.window_days)

    def fee(self, method: ReturnMethod, currency: str) -> int:
        """What a return costs, minor units; nothing where no fee is set in the currency."""
        return next((one.amount for one in self.fees if (one.method, one.currency) == (method, currency)), 0)

    def covers(self, channel: str, sku: str, category: str) -> bool:
        """Whether all its conditions hold."""
        return self.channel in (None, channel) and self.sku in (None, sku) and self.category in (None, category or None)

    @property
    def rank(self) -> tuple[bool, int, str]:
        """The highest wins: one for the very item, then the one with most conditions, then by name."""
        conditions = sum(one is not None for one in (self.channel, self.category, self.sku))
        return self.sku is not None, conditions, self.policy_id


BUILT_IN = ReturnPolicy("default")
"""Where no policy holds."""

Terms = Mapping[str, ReturnPolicy]
"""By line, the policy that it was sold under."""


def terms(
    order: Order, lines: Iterable[Line], versions: Iterable[ReturnPolicy], categories: Mapping[str, str]
) -> Terms:
    """The policy of each line, as it stood when the order was placed. `categories` by SKU, absent where not known."""
    in_force: dict[str, ReturnPolicy] = {}
    for one in sorted(versions, key=lambda one: one.version):
        if one.effective_from is None or one.effective_from <= order.placed_at:
            in_force[one.policy_id] = one
    live = [one for one in in_force.values() if not one.retired]

    def policy(line: Line) -> ReturnPolicy:
        category = categories.get(line.sku, "")
        holding = [one for one in live if one.covers(order.channel, line.sku, category)]
        return max(holding, key=lambda one: one.rank, default=BUILT_IN)

    return {line.line_id: policy(line) for line in lines}
