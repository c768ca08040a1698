"""The port that every payment provider stands behind: each call has an idempotency key, each answer is definite or not.

An adapter never guesses. What it cannot tell is `Unknown`, and the worker asks by `look_up` until it can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Done:
    """The provider did it."""


@dataclass(frozen=True)
class Declined:
    """The provider will not do it; `code` says why."""

    code: str


@dataclass(frozen=True)
class Unknown:
    """No answer in time, or not decided yet: it may or may not have been done."""


@dataclass(frozen=True)
class NeverHeardOf:
    """The provider has nothing under this key: asking it (again) is safe."""


Outcome = Done | Declined | Unknown


class PaymentProvider(Protocol):
    """What orders need of a payment processor. Amounts in minor units. The same `key` again has the same effect once.

    `authorisation` is the key under which the money was authorised.
    """

    def authorise(self, *, key: str, token: str, amount: int, currency: str) -> Outcome:
        """Set the money aside at the shopper's bank."""

    def capture(self, *, key: str, authorisation: str, amount: int) -> Outcome:
        """Take a part of what is authorised."""

    def void(self, *, key: str, authorisation: str) -> Outcome:
        """Give back whatever of the authorisation has not been captured."""

    def refund(self, *, key: str, authorisation: str, amount: int) -> Outcome:
        """Give back a part of what was captured."""

    def look_up(self, *, key: str) -> Outcome | NeverHeardOf:
        """What became of an earlier call."""
