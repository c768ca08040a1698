"""Click-and-collect: the shopper's code, the days to come, and who may take the goods."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared.errors import Conflict, Forbidden

CODE_ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Nothing that is misread on a phone or misheard at a counter (no I, L, O, U, 0, 1)."""
CODE_LENGTH = 6
MAX_WRONG_TRIES = 5
MAX_EXTENSIONS = 1


class WrongCode(Forbidden):
    """This is not the code of the order."""

    code = "wrong_code"

    def __init__(self, tries_left: int) -> None:
        super().__init__("this is not the code of the order", extra={"tries_left": tries_left})


class ExtendedAlready(Conflict):
    """A collection is extended once."""

    code = "extended_already"


class CodeLocked(Forbidden):
    """Too many wrong codes: only a checked ID opens it."""

    code = "code_locked"

    def __init__(self) -> None:
        super().__init__("the code is locked after five wrong tries; check the shopper's ID")


@dataclass(frozen=True)
class Pickup:
    """The collection of one fulfilment order. `code` is the shopper's secret: never shown to staff, never logged."""

    code: str = field(repr=False)
    pickup_by: datetime | None = None
    wrong_tries: int = 0
    proof: str = ""
    """How the hand-over was proven: `code`, or `id_check:` and the relation of who came."""
    handed_by: str = ""
    """Who handed over."""
    extensions: int = 0
    ready_since: datetime | None = None
    """Since when it lay ready first, once a guest has come and gone."""
    arrived_at: datetime | None = None
    arrivals: int = 0
    """How often somebody came for it."""
    bay: str = ""
    vehicle: str = field(default="", repr=False)
    link: str = field(default="", repr=False)
    """The shopper's signed token: as secret as the code."""

    @property
    def locked(self) -> bool:
        return self.wrong_tries >= MAX_WRONG_TRIES

    def opens_with(self, code: str) -> bool:
        """Whether that is the code, in any case; says nothing about the lock. A forgotten code opens nothing."""
        return bool(self.code) and hmac.compare_digest(code.strip().upper().encode(), self.code.encode())

    def tried(self) -> Pickup:
        """After one more wrong code."""
        return replace(self, wrong_tries=self.wrong_tries + 1)

    @property
    def tries_left(self) -> int:
        return max(0, MAX_WRONG_TRIES - self.wrong_tries)


def new_code() -> str:
    """A fresh code: 30^6 possibilities, from the system's secure source."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
