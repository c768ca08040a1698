"""Money: integer minor units of an ISO 4217 currency, and splits that lose nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_MINOR = 10**12
"""Far above any basket, far below what JSON numbers, DynamoDB and arithmetic hold exactly."""


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met: a programming error, inputs are checked at the border."""


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in minor units (1299 GBP = 12.99 pounds)."""

    amount: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.amount * count, self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.amount


def total(amounts: Iterable[Money], *, currency: str) -> Money:
    """The sum, zero of `currency` when there are none."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Parts of `amount` in proportion to `weights` that sum exactly (largest remainder, ties to the earlier part).

    All-zero weights count as equal. Raises ValueError for no or negative weights.
    """
    if not weights or min(weights) < 0:
        raise ValueError("weights must be given and not negative")
    if not any(weights):
        weights = [1] * len(weights)
    sign, size, whole = (1 if amount >= 0 else -1), abs(amount), sum(weights)
    parts = [size * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % whole), i))
    for i in by_remainder[: size - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


def value_of_units(amount: int, quantity: int, *, before: int, count: int) -> int:
    """What `count` of `quantity` units are worth when `before` have gone already.

    Cumulative: the k-th unit is worth floor(N*k/q) - floor(N*(k-1)/q), so any sequence of parts sums to `amount`.
    """
    assert 0 <= before <= before + count <= quantity, "parts exceed the whole"
    return amount * (before + count) // quantity - amount * before // quantity if quantity else 0
