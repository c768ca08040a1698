"""Stream -> bus: what each stored change means to the others, with ids that repeat when the batch does.

Any refused entry or error raises, so the whole batch comes again; consumers tolerate repeats. Nothing is dropped:
bounded retries, bisecting and an on-failure queue stand behind the function.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from shared.aws import client
from shared.cause import Cause
from shared.dynamo.marshal import Item, from_item
from shared.events.base import Envelope, Event
from shared.ids import event_id
from shared.observability import logger
from shared.settings import settings
from shared.wire import to_detail

ENTRY_LIMIT = 10
REQUEST_BYTES = 240_000
"""PutEvents takes 256 KB per request, names and sources included."""

T = TypeVar("T")


class EntriesRefused(RuntimeError):
    """The bus took only a part of a request."""


@dataclass(frozen=True)
class Source(Generic[T]):
    """One kind of stored record: how to read it, and which events a change of it means (pure)."""

    decode: Callable[[Item], T]
    facts: Callable[[T | None, T], Iterable[Event]]


@dataclass(frozen=True)
class Change:
    """One stream record: a stored item before and after."""

    old: Item | None
    new: Item | None

    @property
    def kind(self) -> str:
        return str((self.new or self.old or {}).get("kind", ""))


def changes(event: Mapping[str, Any]) -> Iterator[Change]:
    """The changes of a stream batch, in order."""
    for record in event["Records"]:
        images = record["dynamodb"]
        yield Change(*(from_item(images[name]) if images.get(name) else None for name in ("OldImage", "NewImage")))


def entity_of(item: Item) -> str:
    """`order/O-ABC`, with the sort key behind it where a partition holds several."""
    name = item["pk"].split("#", 1)[-1]
    return f"{item['kind']}/{name}" + (f"/{item['sk']}" if item["sk"] != "-" else "")


def published(change: Change, sources: Mapping[str, Source[Any]]) -> Iterator[tuple[Event, Envelope]]:
    """The events that one change means, with their envelopes. Deletions and unknown kinds mean nothing."""
    source = sources.get(change.kind)
    if source is None or change.new is None:
        return
    cause, version = Cause.from_stamp(change.new["cause"]), change.new["version"]
    entity = entity_of(change.new)
    old = source.decode(change.old) if change.old else None
    for ordinal, event in enumerate(source.facts(old, source.decode(change.new))):
        yield (
            event,
            Envelope(
                id=event_id(entity, version, event.detail_type, ordinal),
                time=cause.at,
                correlation_id=cause.correlation_id,
                causation_id=cause.id,
                entity=entity,
                entity_version=version,
            ),
        )


def merged(events: Iterable[tuple[Event, Envelope]]) -> Iterator[tuple[Event, Envelope]]:
    """Neighbours of one mergeable kind and one correlation as fewer events, each under the envelope of its last."""

    def group(pair: tuple[Event, Envelope]) -> tuple[type[Event], str]:
        return type(pair[0]), pair[1].correlation_id

    for (kind, _), run in itertools.groupby(events, key=group):
        pairs = list(run)
        if kind.merged.__func__ is Event.merged.__func__:  # type: ignore[attr-defined]  # a bound classmethod has it
            yield from pairs
            continue
        for event in kind.merged([event for event, _ in pairs]):
            yield event, pairs[-1][1]


class Relay:
    """The Lambda handler of one service's relay. `sources` by the record's `kind`."""

    def __init__(self, sources: Mapping[str, Source[Any]]) -> None:
        self.sources = sources

    def __call__(self, event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
        """Publish the batch. Raises for anything that was not taken, so that the batch comes again.

        Without records the event says what to publish once more (`shared.reemission`).
        """
        if "Records" not in event:
            from shared.reemission import again  # hardly ever needed: not a part of every cold start

            return again(event, self)
        events = list(merged(pair for change in changes(event) for pair in published(change, self.sources)))
        put_events(events)
        logger().info("relayed", records=len(event["Records"]), events=len(events))
        return {"batchItemFailures": []}


def put_events(events: Sequence[tuple[Event, Envelope]]) -> None:
    """Put all events on the bus, in requests of at most 10 entries and 240 KB. Raises EntriesRefused."""
    request: list[dict[str, str]] = []
    size = 0
    for event, envelope in events:
        entry = {
            "EventBusName": settings().bus_name,
            "Source": event.source,
            "DetailType": event.detail_type,
            "Detail": to_detail(event, envelope),
            "Time": envelope.time.isoformat(),
        }
        length = len(entry["Detail"].encode()) + len(event.source) + len(event.detail_type) + 14
        if request and (len(request) == ENTRY_LIMIT or size + length > REQUEST_BYTES):
            _put(request)
            request, size = [], 0
        request.append(entry)
        size += length
    if request:
        _put(request)


def _put(entries: list[dict[str, str]]) -> None:
    answer = client("events").put_events(Entries=entries)
    if answer["FailedEntryCount"]:
        codes = sorted({entry["ErrorCode"] for entry in answer["Entries"] if entry.get("ErrorCode")})
        raise EntriesRefused(f"{answer['FailedEntryCount']} of {len(entries)} entries refused: {', '.join(codes)}")
