"""Start-up CPU of each function from its real zip and layer, against `boto3.client("dynamodb")` in the same run.

Operations and parts are imported at first use (ADR 36), so the first call is printed beside the start, for functions
that leave something to it: a typical route of each API, and what is due of each timer. AWS is a stub with empty tables.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from infra.assets import HOST, dependency_layer, service_zip
from infra.toolchain import ROOT
from shared.routes import ROUTES
from tests.support import examples

RUNS = 7
_HANDLER = re.compile(r"^(?:def handler\b|handler\b)", re.MULTILINE)

_MEASURE = """
import json, resource, sys
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000
sys.path[:0] = {paths!r}
began = cpu()
{code}
started = cpu()
answer = None
{call}
print(json.dumps([started - began, cpu() - started, answer]))
"""
_BASELINE = 'import boto3; boto3.client("dynamodb", region_name="eu-west-1")'
_FUNCTION = 'import {module}; from shared.aws import client; client("{service}")'
_CALL = "answer = {module}.handler({event!r}, None)"
_TABLES = ("TABLE_NAME", "PROJECTION_TABLE_NAME", "COPIES_TABLE_NAME", "SANDBOX_TABLE_NAME", "BUS_NAME")
_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "PYTHONDONTWRITEBYTECODE": "1",
    "STAGE": "bench",
    "PHONE_COUNTRY": "GB",
} | {name: name.lower() for name in _TABLES}

TYPICAL: Mapping[str, tuple[str, str, dict[str, str]]] = {
    "customers": ("GET", "/v1/customers", {"email": "ann@example.com"}),
    "fulfilment": ("GET", "/v1/fulfilment-orders", {"location_id": "S1"}),
    "inventory": ("POST", "/v1/availability", {}),
    "orders": ("POST", "/v1/orders", {}),
    "platform": ("GET", "/v1/health", {}),
}
"""By service: what its API is asked most, with the query; bodies are those of the contract's examples."""


@dataclass(frozen=True)
class Started:
    """One function: median CPU ms of its start, that as a ratio to the baseline, and of its first call (None: it leaves
    nothing to the first call)."""

    function: str
    start_ms: float
    ratio: float
    first_call_ms: float | None


def entry_points() -> list[tuple[str, str]]:
    """(service, module) of every function there is."""
    return [
        (folder.name, path.stem if path.stem != "__init__" else path.parent.name)
        for folder in sorted((ROOT / "functions").iterdir())
        for path in sorted([*folder.glob("*.py"), *folder.glob("*/__init__.py")])
        if _HANDLER.search(path.read_text(encoding="utf-8"))
    ]


def cpu_ms(
    code: str, paths: list[str], *, call: str = "", more: Mapping[str, str] | None = None
) -> tuple[float, float]:
    """CPU milliseconds of the code and of the call behind it, in a fresh interpreter, without the interpreter's start.
    Raises RuntimeError for a call that is refused."""
    script = _MEASURE.format(paths=paths, code=code, call=call)
    ended = subprocess.run(
        [sys.executable, "-S" if paths else "-E", "-c", script],
        env={**_ENVIRONMENT, **(more or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    start, first, answer = json.loads(ended.stdout.splitlines()[-1])
    if answer and answer.get("statusCode", 200) >= 400:
        raise RuntimeError(answer["body"])
    return start, first


def measure(runs: int = RUNS) -> list[Started]:
    """Every function, with the baseline measured in turn with it."""
    results = []
    with tempfile.TemporaryDirectory() as scratch, _nothing_there() as endpoint:
        layer = _unzipped(dependency_layer(HOST).path, Path(scratch) / "layer") / "python"
        for service, module in entry_points():
            code_folder = _unzipped(service_zip(service, HOST).path, Path(scratch) / service)
            name = f"functions.{service}.{module}"
            code = _FUNCTION.format(module=name, service="events" if module == "relay" else "dynamodb")
            if module == "token":  # calls no AWS service
                code = f"import {name}"
            event = _event(service, module)
            call = "" if event is None else _CALL.format(module=name, event=event)
            more = {"SERVICE": service, "AWS_ENDPOINT_URL": endpoint}
            baseline, starts, firsts = [], [], []
            for _ in range(runs):
                baseline.append(cpu_ms(_BASELINE, [])[0])
                start, first = cpu_ms(code, [str(code_folder), str(layer)], call=call, more=more)
                starts.append(start)
                firsts.append(first)
            median = statistics.median(starts)
            ratio = median / statistics.median(baseline)
            results.append(
                Started(f"{service}.{module}", median, ratio, None if event is None else statistics.median(firsts))
            )
    return results


def _event(service: str, module: str) -> dict[str, Any] | None:
    if module == "timer":
        return {"id": "bench"}
    if module != "api":
        return None
    method, path, query = TYPICAL[service]
    (operation,) = (one.operation for one in ROUTES if (one.method, one.path) == (method, path))
    bodies = examples.bodies().get(operation, [])
    return {
        "routeKey": f"ANY {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "queryStringParameters": query,
        "requestContext": {
            "requestId": "bench",
            "http": {"method": method},
            "authorizer": {"jwt": {"claims": {"sub": "ops-1", "scope": "throughline/ops"}}},
        },
        "body": json.dumps(bodies[0]["value"]) if bodies else None,
    }


class _Nothing(BaseHTTPRequestHandler):
    """AWS with empty tables, where every write succeeds."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        answers: dict[str, Any] = {
            "Query": {"Items": [], "Count": 0, "ScannedCount": 0},
            "BatchGetItem": {"Responses": {}, "UnprocessedKeys": {}},
            "TransactGetItems": {"Responses": []},
            "BatchWriteItem": {"UnprocessedItems": {}},
        }
        body = json.dumps(answers.get(self.headers["x-amz-target"].split(".")[-1], {})).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Says nothing."""


@contextmanager
def _nothing_there() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Nothing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _unzipped(archive: Path, folder: Path) -> Path:
    if not folder.exists():
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(folder)
    return folder
