"""Lambda entry: health, the OpenAPI document and the testing clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from functions.platform.schemas import ClockView, Health, SetClock
from shared import clock, testing_clock
from shared.cause import Cause
from shared.errors import NotFound
from shared.events.base import Envelope
from shared.events.platform import ClockMoved
from shared.http import Answer, Api, Call
from shared.ids import event_id
from shared.relay import put_events
from shared.settings import settings

OPENAPI = Path(__file__).parents[2] / "docs" / "openapi.json"
"""In the repository as in the function's zip."""

api = Api("platform")
handler = api


@dataclass(frozen=True)
class Document(Answer):
    """An answer whose JSON text is sent as it is."""

    json_text: str = ""

    def text(self) -> str:
        return self.json_text


@cache
def _openapi() -> str:
    return OPENAPI.read_text(encoding="utf-8")


@api.operation("health", answers={200: Health})
def health(call: Call[None, None]) -> Answer:
    """Whether the API answers."""
    return Answer(200, Health(status="ok", stage=settings().stage, now=call.cause.at))


@api.operation("openapi", answers={200: None})
def openapi(_call: Call[None, None]) -> Answer:
    """The OpenAPI 3.1 document of this API."""
    return Document(200, json_text=_openapi())


@api.operation("set_clock", body=SetClock, answers={200: ClockView})
def set_clock(call: Call[SetClock, None]) -> Answer:
    """Move the time that every service judges by; timers that are due by it run at once."""
    return _move(call.body.now, call.cause)


@api.operation("reset_clock", answers={200: ClockView})
def reset_clock(call: Call[None, None]) -> Answer:
    """Return to the real time."""
    return _move(None, call.cause)


def _move(to: datetime | None, cause: Cause) -> Answer:
    if not settings().clock_table_name:
        raise NotFound("only local and test stages have a testing clock")
    testing_clock.move(to)
    moved = clock.now()
    envelope = Envelope(
        id=event_id(f"clock/{cause.id}", 1, ClockMoved.detail_type, 0),
        time=moved,
        correlation_id=cause.correlation_id,
        causation_id=cause.id,
        entity="clock/testing",
        entity_version=1,
    )
    put_events([(ClockMoved(now=clock.rfc3339(moved)), envelope)])
    return Answer(200, ClockView(now=moved))
