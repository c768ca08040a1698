"""What is believed of a demand rate: a forecast and how far it may be off, corrected by every day that is seen.

A Gamma prior on a Poisson rate (Gelman et al., Bayesian Data Analysis, 2.6): its shape says how much the forecast is
trusted, and sales seen over so many days outweigh it in time, so a wrong forecast does not stay wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, log, sqrt

LEAST_RATE = 1e-9
THIRDS = (-0.9674, 0.0, 0.9674)
"""The middles of the three thirds of a standard normal variable: its quantiles at 1/6, 1/2 and 5/6."""


@dataclass(frozen=True, slots=True)
class Belief:
    """A rate in units per day as Gamma(`shape`, `days`): as if `shape` units had been seen in so many days."""

    shape: float
    days: float

    @classmethod
    def of_forecast(cls, units_per_day: float, *, log_sd: float) -> Belief:
        """A forecast whose logarithm is off by a normal error of this standard deviation (0: nearly certain)."""
        shape = 1.0 / max(1e-6, expm1(log_sd * log_sd))
        return cls(shape, shape / max(LEAST_RATE, units_per_day))

    @property
    def units_per_day(self) -> float:
        """The expected rate."""
        return self.shape / self.days

    def seen(self, units: float, *, days: float) -> Belief:
        """After so many units in so many days."""
        return Belief(self.shape + units, self.days + days)

    def times(self, factor: float) -> Belief:
        """The belief of a market that sells this many times as much."""
        return Belief(self.shape, self.days / max(LEAST_RATE, factor))

    def blurred(self, log_sd: float) -> Belief:
        """Less certain by one more independent error, the expected rate unchanged."""
        shape = 1.0 / (1.0 / self.shape + expm1(log_sd * log_sd))
        return Belief(shape, shape / max(LEAST_RATE, self.units_per_day))

    def chance_of(self, units: int, *, days: float) -> float:
        """That at least so many units are asked for within the days: the tail of a negative binomial."""
        if units <= 0:
            return 1.0
        if days <= 0:
            return 0.0
        moved = days / (self.days + days)
        if moved <= 0.0:
            return 0.0
        term = self.shape * log(self.days / (self.days + days))
        below = exp(term)
        for n in range(1, units):
            if n > self._far(days) and below > 0.999_999:
                return 0.0
            term += log((self.shape + n - 1) / n * moved)
            below += exp(term)
        return max(0.0, 1.0 - below)

    def levels(self) -> tuple[float, ...]:
        """What the rate may be, over what is expected: a low, a middle and a high case, equally likely (quantiles of
        the Gamma after Wilson and Hilferty 1931)."""
        spread = 1.0 / (9.0 * self.shape)
        cases = [max(0.0, 1.0 - spread + middle * sqrt(spread)) ** 3 for middle in THIRDS]
        whole = sum(cases) / len(cases)
        return tuple([case / whole for case in cases])

    def _far(self, days: float) -> float:
        mean = self.units_per_day * days
        return mean + 8 * sqrt(mean + mean * mean / self.shape) + 8
