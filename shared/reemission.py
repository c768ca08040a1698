"""What a stream reader missed, once more: a time window, or the batch that a message of a Failures queue names.

A table's stream keeps every change for 24 hours, with its old and new image. Reading it again means the same events
with the same ids, so consumers that had heard of them change nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, ValidationError

from shared.aws import client
from shared.schemas import Schema, UtcTime
from shared.settings import settings

PAGE_RECORDS = 100
BUDGET_SECONDS = 5.0
"""A stream reader has ten seconds; what is left then is for the next call, from `after` on."""
EMPTY_PAGES = 5
"""So many pages without a record in a row mean the end of a shard that still grows: streams answer with empty pages."""

Process = Callable[[dict[str, Any], Any], Any]
"""The reader's own handler of a batch of records."""


class NotAsked(ValueError):
    """The event is neither a batch of records nor a wish to see some again."""


class Window(Schema):
    """Changes between two moments. `after`: where an earlier answer ended."""

    since: UtcTime
    until: UtcTime | None = None
    after: str | None = None


class Batch(Schema, extra="ignore"):
    """A batch that was given up, as Lambda tells the Failures queue."""

    shard: Annotated[str, Field(alias="shardId")]
    first: Annotated[str, Field(alias="startSequenceNumber")]
    last: Annotated[str, Field(alias="endSequenceNumber")]


@dataclass(frozen=True)
class _Place:
    """Where in a stream to go on: behind a record, or at it, or at a shard's beginning."""

    shard: str
    sequence: str = ""
    at: bool = False


def again(
    event: Mapping[str, Any], process: Process, *, elapsed: Callable[[], float] = time.monotonic
) -> dict[str, Any]:
    """Hand the records that are asked for to `process`, page by page.

    Answers `{records, after}`: how many there were, and, when the time was up, where the next call has to go on. Raises
    NotAsked for an event that is no such wish, and whatever `process` does.
    """
    stream = _stream_arn()
    try:
        if "DDBStreamBatchInfo" in event:
            batch = Batch.model_validate(event["DDBStreamBatchInfo"])
            return _given_up(stream, batch, process)
        return _window(stream, Window.model_validate(event, strict=False), process, elapsed)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
        raise NotAsked(f"a batch of records, a failed batch, or since, until and after; not with {fields}") from error


def _given_up(stream: str, batch: Batch, process: Process) -> dict[str, Any]:
    seen = 0
    for page in _pages(stream, _Place(batch.shard, batch.first, at=True)):
        wanted = [record for record in page if int(_sequence(record)) <= int(batch.last)]
        seen += _handed(wanted, process)
        if len(wanted) < len(page) or (wanted and _sequence(wanted[-1]) == batch.last):
            break
    return {"records": seen, "after": None}


def _window(stream: str, window: Window, process: Process, elapsed: Callable[[], float]) -> dict[str, Any]:
    began, seen = elapsed(), 0
    until = window.until or datetime.now(tz=window.since.tzinfo)
    for place in _shards(stream, window.after):
        for page in _pages(stream, place):
            wanted = [one for one in page if window.since <= one["dynamodb"]["ApproximateCreationDateTime"] <= until]
            seen += _handed(wanted, process)
            if page and page[-1]["dynamodb"]["ApproximateCreationDateTime"] > until:
                break
            if page and elapsed() - began > BUDGET_SECONDS:
                return {"records": seen, "after": f"{place.shard}/{_sequence(page[-1])}"}
    return {"records": seen, "after": None}


def _handed(records: list[dict[str, Any]], process: Process) -> int:
    if records:
        process({"Records": records}, None)
    return len(records)


def _stream_arn() -> str:
    (stream,) = client("dynamodbstreams").list_streams(TableName=settings().table_name)["Streams"]
    return str(stream["StreamArn"])


def _shards(stream: str, after: str | None) -> Iterator[_Place]:
    """The shards in the order in which they came to be, from the one that `after` lies in on."""
    shard, _, sequence = (after or "").partition("/")
    names = list(_shard_names(stream))
    if shard and shard not in names:
        raise NotAsked("after: no place of this stream")
    start = names.index(shard) if shard else 0
    for number, name in enumerate(names[start:]):
        yield _Place(name, sequence if number == 0 else "")


def _shard_names(stream: str) -> Iterator[str]:
    more: dict[str, str] = {}
    while True:
        described = client("dynamodbstreams").describe_stream(StreamArn=stream, **more)["StreamDescription"]
        yield from (shard["ShardId"] for shard in described["Shards"])
        if "LastEvaluatedShardId" not in described:
            return
        more = {"ExclusiveStartShardId": described["LastEvaluatedShardId"]}


def _pages(stream: str, place: _Place) -> Iterator[list[dict[str, Any]]]:
    """The shard's records, page by page, up to its end or, where it still grows, up to now."""
    streams = client("dynamodbstreams")
    kind = "TRIM_HORIZON" if not place.sequence else "AT_SEQUENCE_NUMBER" if place.at else "AFTER_SEQUENCE_NUMBER"
    start = {"SequenceNumber": place.sequence} if place.sequence else {}
    answer = streams.get_shard_iterator(StreamArn=stream, ShardId=place.shard, ShardIteratorType=kind, **start)
    iterator, empty = answer.get("ShardIterator"), 0
    while iterator and empty < EMPTY_PAGES:
        page = streams.get_records(ShardIterator=iterator, Limit=PAGE_RECORDS)
        iterator, empty = page.get("NextShardIterator"), 0 if page["Records"] else empty + 1
        yield page["Records"]


def _sequence(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])
