"""The emulator's process: an environment of its own, started clean, on loopback only, ended as a group."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from infra.toolchain import BUILD, run, uv

PACKAGES = ("ministack==1.5.33", "boto3==1.43.106", "cryptography>=45")
LOOPBACK = "127.0.0.1"
REGION = "us-east-1"
LOG_FILE = "emulator.log"
START_SECONDS = 60.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.05

_HELD_OPEN: list[IO[bytes]] = []
"""Pipes to attended emulators: they close when this process ends, however it ends."""

_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "USER", "SYSTEMROOT")
_LAUNCHER = Path(__file__).with_name("ministack_main.py")


class EmulatorFailed(RuntimeError):
    """The emulator did not start, or went away; the message carries the end of its log."""


def environment_python() -> Path:
    """The interpreter of the emulator's own environment, made on first use (some seconds, with the network)."""
    key = hashlib.sha256(repr((PACKAGES, sys.version_info[:3])).encode()).hexdigest()[:12]
    home = BUILD / f"emulator-{key}"
    if not home.exists():
        half = BUILD / f".emulator-{key}-{os.getpid()}"
        run([*uv(), "venv", "--quiet", "--no-project", "--relocatable", "--python", sys.executable, half])
        run([*uv(), "pip", "install", "--quiet", "--compile-bytecode", "--python", half / "bin" / "python", *PACKAGES])
        try:
            half.rename(home)
        except OSError:  # somebody else was faster
            shutil.rmtree(half)
    return home / "bin" / "python"


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Progress:
    """What may still move: for each stream reader `{function, table, written, read}` in records; the messages in each
    queue by its name; how many functions run."""

    streams: list[dict[str, Any]]
    queues: dict[str, int]
    running: int


@dataclass(frozen=True)
class Emulator:
    """A running emulator, told by its process group, its port and a name that it answers to."""

    pid: int
    port: int
    instance: str

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @classmethod
    def start(cls, directory: Path, *, port: int | None = None, attended: bool) -> Emulator:
        """Start one that knows nothing yet. Attended: it ends when this process does.

        Raises EmulatorFailed when it is not ready in time.
        """
        port = port or free_port()
        instance = uuid.uuid4().hex
        scratch = directory / "tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        with (directory / LOG_FILE).open("wb") as log:
            process = subprocess.Popen(
                [environment_python(), "-P", _LAUNCHER, instance, "attended" if attended else "detached"],
                env=_environment(port, scratch),
                cwd=directory,
                stdin=subprocess.PIPE if attended else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        emulator = cls(process.pid, port, instance)
        try:
            wait_until(lambda: emulator.ready() or process.poll() is not None, seconds=START_SECONDS)
        except TimeoutError:
            emulator.stop()
        if not emulator.ready():
            raise EmulatorFailed(f"the emulator did not start:\n{_tail(directory / 'emulator.log')}")
        if process.stdin:
            _HELD_OPEN.append(process.stdin)
        return emulator

    def ready(self) -> bool:
        """Whether it is up and is the one that we started."""
        return self.answer("/_throughline/instance") == {"instance": self.instance} and (
            self.answer("/_ministack/ready") is not None
        )

    def progress(self) -> Progress:
        """What still moves, at one moment. Raises EmulatorFailed."""
        answer = self.answer("/_throughline/progress")
        if answer is None:
            raise EmulatorFailed(f"the emulator at {self.endpoint} does not answer")
        return Progress(**answer)

    def answer(self, path: str) -> dict[str, Any] | None:
        """The JSON at a path of the emulator itself; None when nobody answers."""
        try:
            with urllib.request.urlopen(self.endpoint + path, timeout=5) as response:  # noqa: S310 (our own loopback)
                return dict(json.load(response))
        except (OSError, urllib.error.URLError, ValueError):
            return None

    def running(self) -> bool:
        """Whether the process still exists and is the one that we started."""
        return self.instance in _command_line(self.pid)

    def stop(self) -> None:
        """End the process group. Does nothing when it is gone, and never touches a process that is not ours.

        At once: nothing of it is kept, and a busy emulator takes ten seconds to take leave of its workers.
        """
        if not self.running():
            return
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
            wait_until(lambda: not self.running(), seconds=STOP_SECONDS)


def wait_until(condition: Callable[[], object], *, seconds: float) -> None:
    """Look again and again until the condition holds. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(POLL_SECONDS)


def _environment(port: int, scratch: Path) -> dict[str, str]:
    """A clean one: the functions inherit it, so nothing of this computer's AWS or Python settings may leak in."""
    return {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ} | {
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": REGION,
        "AUTH": "true",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": str(scratch),
        "S3_DATA_DIR": str(scratch / "s3"),
        "LOG_LEVEL": "INFO",
    }


def _command_line(pid: int) -> str:
    """What the process was started with; empty when there is none (or only its remains)."""
    proc = Path("/proc") / str(pid) / "cmdline"
    if Path("/proc/self/cmdline").exists():
        try:
            return proc.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            return ""
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout


def _tail(log: Path, lines: int = 30) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
