"""Counts the DynamoDB calls and the read and write units of whatever runs inside `metered()`.

Units by the rules of the DynamoDB developer guide ("Read/write capacity mode"): a write costs one unit per KB of the
larger of the item before and after, twice that in a transaction; a consistent read one unit per 4 KB, an eventual one
half. Index writes are counted apart: they are derived rows. The emulators' own figures are not used, they are wrong.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from shared.aws import client
from shared.dynamo.marshal import from_item

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")
READS = ("GetItem", "BatchGetItem", "Query")
MAX_INDEXES = 20
KEYS_ONLY = frozenset({"orders"})
"""Tables whose indexes hold keys only: an entry is far below a kilobyte, and is written when a key moves."""


@dataclass
class Meter:
    """What was used."""

    calls: Counter[str] = field(default_factory=Counter)
    write_units: float = 0
    read_units: float = 0
    index_write_units: float = 0
    by_table: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Write units by table and kind of row."""
    events: int = 0
    """Entries put on the bus."""

    @property
    def write_requests(self) -> int:
        return sum(self.calls[name] for name in WRITES)

    @property
    def read_requests(self) -> int:
        return sum(self.calls[name] for name in READS)

    def row(self) -> tuple[str, ...]:
        return (
            str(self.write_requests),
            f"{self.write_units:g}",
            str(self.read_requests),
            f"{self.read_units:g}",
            f"{self.index_write_units:g}",
        )


def item_bytes(wire: Mapping[str, Any]) -> int:
    """The size by which DynamoDB bills an item in typed JSON."""
    return sum(len(name.encode()) + _bytes(value) for name, value in wire.items())


def _bytes(wire: Mapping[str, Any]) -> int:
    ((kind, value),) = wire.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return len(value.lstrip("-").replace(".", "").strip("0")) // 2 + 2
        case "B":
            return len(value)
        case "L":
            return 3 + sum(1 + _bytes(inner) for inner in value)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _bytes(inner) for name, inner in value.items())
    return 1


def write_units(*sizes: int) -> int:
    """Of one write: sizes in bytes of the item before and after."""
    return max(1, math.ceil(max(sizes) / 1024))


def read_units(size: int, *, consistent: bool) -> float:
    """Of one read of so many bytes."""
    return max(1, math.ceil(size / 4096)) * (1 if consistent else 0.5)


class _Recorder:
    """Listens to one client's calls."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.dynamodb = client("dynamodb")
        self.quiet = False
        self._pending: dict[tuple[str, str, str], Mapping[str, Any]] | None = None
        self._params: dict[str, Any] = {}

    def before(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        if not self.quiet and model.name in WRITES:
            self._pending = {key: self._item(*key) for key in _written_keys(model.name, params)}
        if not self.quiet:
            self._params = params

    def after(self, http_response: Any, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        if self.quiet:
            return
        meter, name = self.meter, model.name
        meter.calls[name] += 1
        if name in WRITES and self._pending is not None:
            before, self._pending = self._pending, None
            factor = 2 if name == "TransactWriteItems" else 1
            for key, old in before.items():
                new = self._item(*key) if "Error" not in parsed else old
                self._count_write(key[0], old, new, factor)
        elif name == "GetItem":
            size = item_bytes(parsed.get("Item", {}))
            meter.read_units += read_units(size, consistent=bool(self._params.get("ConsistentRead")))
        elif name == "BatchGetItem":
            for table, items in parsed.get("Responses", {}).items():
                consistent = bool(self._params["RequestItems"][table].get("ConsistentRead"))
                meter.read_units += sum(read_units(item_bytes(item), consistent=consistent) for item in items)
        elif name == "Query":
            size = sum(item_bytes(item) for item in parsed.get("Items", ()))
            meter.read_units += read_units(size, consistent=bool(self._params.get("ConsistentRead")))

    def published(self, params: dict[str, Any], **_: Any) -> None:
        self.meter.events += len(params["Entries"])

    def _count_write(self, table: str, old: Mapping[str, Any], new: Mapping[str, Any], factor: int) -> None:
        units = write_units(item_bytes(old), item_bytes(new)) * factor
        self.meter.write_units += units
        self.meter.by_table[table] += units
        kind = (new or old).get("kind", {}).get("S", "?")
        self.meter.by_kind[table, kind] += units
        for index in (f"gsi{number}" for number in range(1, MAX_INDEXES + 1)):
            had, has = (f"{index}pk" in item for item in (old, new))
            if (had or has) and table in KEYS_ONLY:
                same = had and has and all(old[f"{index}{part}"] == new[f"{index}{part}"] for part in ("pk", "sk"))
                self.meter.index_write_units += 0 if same else had + has
            elif had or has:
                moved = had and has and any(old[f"{index}{part}"] != new[f"{index}{part}"] for part in ("pk", "sk"))
                sides = [item_bytes(item) for item, there in ((old, had), (new, has)) if there]
                self.meter.index_write_units += sum(map(write_units, sides)) if moved else write_units(*sides)

    def _item(self, table: str, pk: str, sk: str) -> Mapping[str, Any]:
        self.quiet = True
        try:
            key = {"pk": {"S": pk}, "sk": {"S": sk}}
            return dict(self.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {}))
        finally:
            self.quiet = False


def _written_keys(name: str, params: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    actions: list[Mapping[str, Any]] = [params]
    if name == "BatchWriteItem":
        actions = [
            {"TableName": table, **one["PutRequest"]} for table, puts in params["RequestItems"].items() for one in puts
        ]
    elif name == "TransactWriteItems":
        actions = [action for entry in params["TransactItems"] for action in entry.values()]
    keys = []
    for action in actions:
        key = from_item({part: (action.get("Item") or action["Key"])[part] for part in ("pk", "sk")})
        keys.append((action["TableName"], key["pk"], key["sk"]))
    return keys


@contextmanager
def metered() -> Iterator[Meter]:
    """Within: every DynamoDB call of this process is counted."""
    meter = Meter()
    recorder = _Recorder(meter)
    events = recorder.dynamodb.meta.events
    events.register("provide-client-params.dynamodb.*", recorder.before)
    events.register("after-call.dynamodb.*", recorder.after)
    bus = client("events").meta.events
    bus.register("provide-client-params.events.PutEvents", recorder.published)
    try:
        yield meter
    finally:
        events.unregister("provide-client-params.dynamodb.*", recorder.before)
        events.unregister("after-call.dynamodb.*", recorder.after)
        bus.unregister("provide-client-params.events.PutEvents", recorder.published)
