"""The whole stack on this computer: start it, look into it, wait for it, end it.

with LocalStack.start(directory=tmp_path) as stack:
    api = Api(stack.base_url, stack.token(role="ops"))
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from infra.local.assembly import synthesised
from infra.local.deployed import Deployed, connect, deploy_into
from infra.local.emulator import LOG_FILE, Emulator, Progress
from infra.local.http import Api
from infra.local.tokens import Tokens
from infra.toolchain import ROOT

DEFAULT_DIRECTORY = ROOT / ".throughline" / "local"
HEALTHY_SECONDS = 60.0
QUIET_POLL_SECONDS = 0.1
TOKEN_SECONDS = 30 * 60
"""Tokens live for an hour; a cached one is given away for half of it."""

DEAD = ("DeadLetters", "Failures")
"""Parts of the names of queues that only failures reach."""

_ERROR_PATTERN = '?"ERROR" ?"Traceback" ?"Task timed out" ?"errorMessage"'

Tell = Callable[[str], None]


class NotRunning(RuntimeError):
    """There is no stack in the directory, or it has ended."""


@dataclass(frozen=True)
class Timing:
    """How long the steps of a start took, in seconds."""

    steps: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.steps[step] = round(time.monotonic() - began, 2)

    @property
    def seconds(self) -> float:
        return round(sum(self.steps.values()), 2)


@dataclass(frozen=True, order=True)
class LogLine:
    """One line of one function's log."""

    at_ms: int
    function: str
    text: str


class LocalStack:
    """A deployed stack in an emulator of its own. Everything in it is new at every start."""

    def __init__(self, directory: Path, record: Deployed, timing: Timing | None = None) -> None:
        self.directory = directory
        self.timing = timing or Timing()
        self._record = record
        self._emulator = Emulator(record.pid, record.port, record.instance)
        self._clients: dict[str, Any] = {}
        self._tokens: dict[tuple[str | None, ...], tuple[float, str]] = {}

    @classmethod
    def start(
        cls,
        directory: Path = DEFAULT_DIRECTORY,
        *,
        fresh: bool = True,
        port: int | None = None,
        attended: bool = True,
        progress: Tell = lambda _: None,
    ) -> LocalStack:
        """Synthesise, start the emulator, deploy, and wait until the API is healthy.

        `fresh`: one that runs in the directory is ended first; else it is taken as it is. `attended`: the stack ends
        with this process at the latest. Raises EmulatorFailed, DeployFailed, TimeoutError.
        """
        if running := cls.running_in(directory):
            if not fresh:
                return running
            progress("ending the stack that ran here")
            running.stop()
        directory.mkdir(parents=True, exist_ok=True)
        timing = Timing()
        with timing.of("synthesise"):
            progress("synthesising the stack")
            assembly = synthesised()
        with timing.of("start"):
            progress("starting the emulator")
            emulator = Emulator.start(directory, port=port, attended=attended)
        try:
            with timing.of("deploy"):
                progress("deploying")
                record = deploy_into(emulator, assembly)
            (directory / "stack.json").write_text(json.dumps(asdict(record), indent=1))
            stack = cls(directory, record, timing)
            with timing.of("health"):
                progress("waiting until it is healthy")
                stack._wait_healthy()
        except BaseException:
            emulator.stop()
            raise
        return stack

    @classmethod
    def attach(cls, directory: Path = DEFAULT_DIRECTORY) -> LocalStack:
        """The stack that runs in the directory. Raises NotRunning."""
        try:
            kept = json.loads((directory / "stack.json").read_text())
        except FileNotFoundError:
            raise NotRunning("no stack runs here: `throughline up` starts one") from None
        stack = cls(directory, Deployed(**{**kept, "stacks": tuple(kept["stacks"])}))
        if not stack._emulator.ready():
            raise NotRunning("the stack that ran here has ended: `throughline up` starts a new one")
        return stack

    @classmethod
    def running_in(cls, directory: Path) -> LocalStack | None:
        """The stack that runs in the directory, if one does."""
        try:
            return cls.attach(directory)
        except NotRunning:
            return None

    @property
    def base_url(self) -> str:
        """Where the API is; paths like `/v1/orders` follow it. Needs no Host header and no name resolution."""
        return self._record.base_url

    @property
    def endpoint(self) -> str:
        """Where the emulated AWS services are."""
        return self._emulator.endpoint

    @property
    def pid(self) -> int:
        """The leader of the process group."""
        return self._record.pid

    def api(self, **of: str) -> Api:
        """A client with a token: `api(role="channel", channel="web")`."""
        return Api(self.base_url, self.token(**of))

    def token(
        self, *, role: str, channel: str | None = None, location: str | None = None, customer: str | None = None
    ) -> str:
        """An access token, the same one for some time. Raises NoSuchToken."""
        wanted = (role, channel, location, customer)
        made_at, token = self._tokens.get(wanted, (0.0, ""))
        if time.monotonic() - made_at > TOKEN_SECONDS or not token:
            issuer = Tokens(self.client, endpoint=self.endpoint, pool_id=self._record.pool_id)
            token = issuer.issue(role=role, channel=channel, location=location, customer=customer)
            self._tokens[wanted] = (time.monotonic(), token)
        return token

    def client(self, service: str) -> Any:
        """The boto3 client of an emulated service, with all rights: for looking, not for working."""
        if service not in self._clients:
            self._clients[service] = connect(self.endpoint, service)
        return self._clients[service]

    def healthy(self) -> bool:
        """Whether the API says that it is well."""
        try:
            return Api(self.base_url, timeout_seconds=5).get("/v1/health").status == 200
        except OSError:
            return False

    def queue_depths(self) -> dict[str, int]:
        """Messages in each queue (waiting, delayed or being worked on), by `<service>.<name>`."""
        return self._depths(self._emulator.progress())

    def dead_letters(self) -> dict[str, list[dict[str, Any]]]:
        """The messages that nobody could work off, by queue; they stay where they are."""
        found = {}
        for name, depth in self.queue_depths().items():
            if _is_dead(name) and depth:
                url = self._record.queues[name]
                answer = self.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
                found[name] = [json.loads(message["Body"]) for message in answer.get("Messages", ())]
        return found

    def wait_quiet(self, timeout_seconds: float = 60.0) -> None:
        """Wait until every stream has been read to its end, every queue but the dead-letter ones is empty and no
        function runs.

        Raises TimeoutError, saying what was still moving.
        """
        deadline = time.monotonic() + timeout_seconds
        before: object = None
        while True:
            progress = self._emulator.progress()
            moving, now = self._moving(progress), [row["written"] for row in progress.streams]
            if not moving and now == before:
                return
            before = None if moving else now
            if time.monotonic() > deadline:
                raise TimeoutError(f"not quiet after {timeout_seconds:.0f} s: {', '.join(moving) or 'still writing'}")
            time.sleep(QUIET_POLL_SECONDS)

    def errors(self, *, limit: int = 20) -> list[str]:
        """The newest lines that tell of an error: the functions' own, then the emulator's (a function that did not
        even start leaves its word only there)."""
        told = [f"{line.function}: {line.text}" for line in self.log_lines(pattern=_ERROR_PATTERN)]
        log = (self.directory / LOG_FILE).read_text(errors="replace").splitlines()
        return told[-limit:] + [line for line in log if " ERROR " in line][-limit:]

    def log_lines(self, *, since_ms: int = 0, function: str | None = None, pattern: str = "") -> list[LogLine]:
        """What the functions wrote after a moment (milliseconds since 1970), in order of time."""
        lines = []
        for name, group in self._record.log_groups.items():
            if function and name != function:
                continue
            wanted: dict[str, Any] = {"logGroupName": group, "startTime": since_ms}
            if pattern:
                wanted["filterPattern"] = pattern
            for page in self.client("logs").get_paginator("filter_log_events").paginate(**wanted):
                lines += [LogLine(event["timestamp"], name, event["message"].rstrip()) for event in page["events"]]
        return sorted(lines)

    def stop(self) -> None:
        """End it, and forget everything in it."""
        self._emulator.stop()
        (self.directory / "stack.json").unlink(missing_ok=True)
        shutil.rmtree(self.directory / "tmp", ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _wait_healthy(self) -> None:
        deadline = time.monotonic() + HEALTHY_SECONDS
        while not self.healthy():
            if time.monotonic() > deadline:
                raise TimeoutError("\n".join(["the API did not become healthy", *self.errors()]))
            time.sleep(QUIET_POLL_SECONDS)

    def _moving(self, progress: Progress) -> list[str]:
        streams = [f"stream of {row['function']}" for row in progress.streams if row["read"] < row["written"]]
        waiting = self._depths(progress).items()
        queues = [f"{name} ({depth})" for name, depth in waiting if depth and not _is_dead(name)]
        return streams + queues + ([f"{progress.running} functions"] if progress.running else [])

    def _depths(self, progress: Progress) -> dict[str, int]:
        return {name: progress.queues[url.rpartition("/")[2]] for name, url in self._record.queues.items()}


def _is_dead(queue: str) -> bool:
    return any(part in queue for part in DEAD)
