"""A linear programme as plain data: built with nothing but the standard library, solved by whoever has a solver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

ANY = float("inf")


@dataclass(frozen=True, slots=True)
class Column:
    """A variable >= 0: its cost, and what one of it adds to which rows."""

    cost: float
    entries: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Programme:
    """The least cost with every row's sum from `lower` to `upper`. The first `stocks` rows say how many units there
    are: their duals, negated, are prices."""

    columns: tuple[Column, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    stocks: int


Solve = Callable[[Programme], Sequence[float] | None]
"""The duals of a programme's rows at its optimum; None when that takes too long."""


def prices_of(row_duals: Sequence[float], stocks: int) -> list[float]:
    """The price of a unit of each stock from the duals of a minimisation (never negative)."""
    return [max(0.0, -dual) for dual in row_duals[:stocks]]
