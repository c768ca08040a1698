"""The port that every payment provider stands behind: each call has an idempotency key, each answer is definite or not.

An adapter never guesses. What it cannot tell is `Unknown`, and the worker asks by `look_up` until it can.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

EXPIRED = "authorisation_expired"
"""The code of a capture that came too late: the money has to be authorised anew."""


@dataclass(frozen=True)
class Done:
    """The provider did it. `reference`: what it calls the authorisation; `expires_at`: when that lapses."""

    reference: str = field(default="", compare=False)
    expires_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Authorisation:
    """Money that is set aside: the key under which it was asked for, and what the provider calls it."""

    key: str
    reference: str = ""


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
    """What orders need of a payment processor. Amounts in minor units. The same `key` again has one effect."""

    def authorise(self, *, key: str, token: str, amount: int, currency: str) -> Outcome:
        """Set the money aside at the shopper's bank."""

    def reauthorise(self, *, key: str, authorisation: Authorisation, amount: int, currency: str) -> Outcome:
        """Set money aside anew by the means of an authorisation that has lapsed."""

    def capture(self, *, key: str, authorisation: Authorisation, amount: int) -> Outcome:
        """Take a part of what is authorised."""

    def void(self, *, key: str, authorisation: Authorisation) -> Outcome:
        """Give back whatever of the authorisation has not been captured."""

    def refund(self, *, key: str, authorisation: Authorisation, amount: int) -> Outcome:
        """Give back a part of what was captured."""

    def look_up(self, *, key: str) -> Outcome | NeverHeardOf:
        """What became of an earlier call."""
