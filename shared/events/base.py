"""What every event is: facts in the past tense, and the envelope they travel in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from shared.clock import rfc3339


class Fact(BaseModel):
    """A part of an event. Consumers ignore fields they do not know: a new optional field is free."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)  # built when first used: start-up counts


class Event(Fact):
    """Something that has happened. Subclasses name their `source` and `detail_type`, and say in the docstring what is
    true now and what is not yet. `personal` contracts are never archived and never logged."""

    source: ClassVar[str]
    detail_type: ClassVar[str]
    personal: ClassVar[bool] = False

    @classmethod
    def merged(cls, events: Sequence[Self]) -> Iterable[Self]:
        """Several facts of one batch as fewer events. By default each stays by itself."""
        return events


@dataclass(frozen=True)
class Envelope:
    """What is known about an event without reading it; expressible as CloudEvents 1.0."""

    id: str
    time: datetime
    correlation_id: str
    causation_id: str
    entity: str
    entity_version: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"time": rfc3339(self.time)}

    @classmethod
    def from_json(cls, members: dict[str, Any]) -> Envelope:
        return cls(**{**members, "time": datetime.fromisoformat(members["time"])})

    def to_cloudevent(self, event: Event) -> dict[str, Any]:
        """The event in the CloudEvents 1.0 JSON format; our own members as extension attributes."""
        return {
            "specversion": "1.0",
            "id": self.id,
            "source": event.source,
            "type": event.detail_type,
            "subject": self.entity,
            "time": rfc3339(self.time),
            "datacontenttype": "application/json",
            "correlationid": self.correlation_id,
            "causationid": self.causation_id,
            "entityversion": str(self.entity_version),
            "data": event.model_dump(mode="json"),
        }


def contracts(*modules: Any) -> list[type[Event]]:
    """Every contract that the given modules define, or packages gather from their rooms, in order of definition."""
    return [
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, Event)
        and hasattr(kind, "detail_type")
        and f"{kind.__module__}.".startswith(f"{module.__name__}.")
    ]
