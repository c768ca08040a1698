"""HTTP models of the platform."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from shared.schemas import Schema, UtcTime

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""What the testing clock may be set to: every date of the product stays representable around it."""


class Health(Schema):
    """The gateway and a function answer; `now` is the time that services judge by."""

    status: Literal["ok"]
    stage: str
    now: UtcTime


class SetClock(Schema):
    """The time that every service judges by from now on; it ticks on from there."""

    now: Annotated[UtcTime, Field(ge=EARLIEST, lt=LATEST)]


class ClockView(Schema):
    """The time that services judge by."""

    now: UtcTime
