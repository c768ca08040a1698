"""Bulk import: rows per second of CPU, peak memory and DynamoDB units per row, by the number of rows.

Each size runs in a process of its own through the real worker. The table stands in as a stub that finds every item and
place, forgets what is written and counts units: so memory is the worker's own. What DynamoDB takes is not in the time.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from shared.dynamo.marshal import to_item

SIZES = (1_000, 10_000, 100_000)
CASES = ("stock, every position new", "stock, nothing changed")
_HEADER = b"sku,location_id,quantity\n"
_ROW = "SKU{:06d},DC1,{:04d}\n"
_WIDTH = len(_ROW.format(0, 0))


class StubDynamo:
    """Finds every item and place; positions either all or none; keeps nothing but the import itself."""

    def __init__(self, *, stocked: bool) -> None:
        self._stocked = stocked
        self._job: dict[str, Any] = {}
        self.read_units = self.write_units = 0.0
        self.requests = 0

    def get_item(self, **_: Any) -> dict[str, Any]:
        self.requests += 1
        return {"Item": self._job} if self._job else {}

    def put_item(self, **request: Any) -> dict[str, Any]:
        self.requests += 1
        self.write_units += 1
        self._job = request["Item"]
        return {}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        self.requests += 1
        ((table, wanted),) = request["RequestItems"].items()
        found = [item for key in wanted["Keys"] if (item := self._row(key["pk"]["S"], key["sk"]["S"]))]
        self.read_units += len(wanted["Keys"])
        return {"Responses": {table: found}}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        from tests.bench.metering import item_bytes

        self.requests += 1
        for action in request["TransactItems"]:
            item = action["Put"]["Item"]
            self.write_units += 2 * max(1, -(-item_bytes(item) // 1024))
            if item["pk"]["S"].startswith("IMPORT#") and item["sk"]["S"] == "-":
                self._job = item
        return {}

    def _row(self, pk: str, sk: str) -> dict[str, Any] | None:
        if pk.startswith("ITEM#"):
            sku = pk.removeprefix("ITEM#")
            return to_item({"pk": pk, "sk": sk, "version": 1, "body": f'{{"sku":"{sku}","name":"x","weight_grams":1}}'})
        if pk == "LOCATIONS":
            return to_item({"pk": pk, "sk": sk, "version": 1, "body": json.dumps(_PLACE)})
        if not self._stocked:
            return None
        zero = dict.fromkeys(("damaged", "quality_control", "display", "held", "allocated", "safety"), 0)
        on_hand = int(pk.removeprefix("STOCK#SKU")) % 1_000
        return to_item({"pk": pk, "sk": sk, "version": 1, "lapses": {}, "free": on_hand, "on_hand": on_hand} | zero)


_PLACE = {
    "location_id": "DC1",
    "name": "DC",
    "kind": "dc",
    "address": {"line1": "x", "city": "x", "region": "", "postal_code": "", "country": "GB"},
    "geo": {"lat": 1.0, "lng": 1.0},
    "time_zone": "Europe/London",
}


class StubFiles:
    """A file that is made as it is read."""

    def __init__(self, rows: int) -> None:
        self._size = len(_HEADER) + rows * _WIDTH

    def head_object(self, **_: Any) -> dict[str, Any]:
        return {"ETag": "1", "ContentLength": self._size}

    def get_object(self, **request: Any) -> dict[str, Any]:
        first, last = map(int, request["Range"].removeprefix("bytes=").split("-"))
        begin = max(0, first - len(_HEADER)) // _WIDTH
        end = max(0, last - len(_HEADER)) // _WIDTH + 1
        body = "".join(_ROW.format(n, n % 1_000) for n in range(begin, end)).encode()
        content = _HEADER + body if begin == 0 else body
        start = first - (0 if begin == 0 else len(_HEADER) + begin * _WIDTH)
        return {"ETag": "1", "Body": BytesIO(content[start : start + last - first + 1])}

    def delete_object(self, **_: Any) -> None:
        return


def run(rows: int, case: int) -> Mapping[str, float]:
    """One import from its first row to its last."""
    from datetime import UTC, datetime

    from functions.inventory.importer import parts_of
    from shared.cause import Cause
    from shared.dynamo.table import Table
    from shared.imports.files import Files
    from shared.imports.job import Job, Jobs
    from shared.imports.worker import SLICE_SECONDS, Run

    dynamo = StubDynamo(stocked=bool(case))
    table = Table(dynamo, "bench")
    now = datetime.now(UTC)
    job = Jobs(table).open(Job("B", "stock", "csv", "ops", now), Cause("c", "bench", "ops", now, "c"))
    parts = parts_of(table, Files(StubFiles(rows), "bench"))
    began, slices = time.process_time(), 0
    while job.ended_at is None:
        job = Run(parts, time.monotonic() + SLICE_SECONDS, time.monotonic).through(job)
        slices += 1
    seconds = time.process_time() - began
    assert (job.tally.read, job.tally.rejected) == (rows, 0), job
    return {
        "rows_per_second": rows / seconds,
        "peak_mb": _peak_mb(),
        "slices": slices,
        "read_units": dynamo.read_units / rows,
        "write_units": dynamo.write_units / rows,
        "requests": dynamo.requests * 1000 / rows,
    }


def _peak_mb() -> float:
    """The most memory that this process has held. `ru_maxrss` would begin with what its parent held."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    (peak,) = (line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak) / 1024


def measure() -> Iterator[tuple[str, ...]]:
    """(case, rows, rows per CPU second, peak MB, read units, write units per row, requests per 1,000 rows)."""
    for case, name in enumerate(CASES):
        for rows in SIZES:
            ended = subprocess.run(
                [sys.executable, "-m", "tests.bench.imports", str(rows), str(case)],
                check=True,
                capture_output=True,
                text=True,
            )
            found = json.loads(ended.stdout)
            yield (
                name,
                f"{rows:,}",
                f"{found['rows_per_second']:,.0f}",
                f"{found['peak_mb']:.1f}",
                f"{found['read_units']:.2f}",
                f"{found['write_units']:.2f}",
                f"{found['requests']:.0f}",
            )


if __name__ == "__main__":
    from shared.settings import Settings, given

    with given(Settings("inventory", "bench")):
        print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]))))
