"""Finds the programs that builds need: uv, and a Python interpreter of a given version."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
"""Everything that can be built again: zips, layers, the emulator's environment. Ignored by git."""


class ToolMissing(RuntimeError):
    """A program is not on this computer; the message says how to get it."""


class ToolFailed(RuntimeError):
    """A program ended with an error; the message carries what it said."""


@cache
def uv() -> tuple[str, ...]:
    """How to start uv. Raises ToolMissing when it is nowhere."""
    if given := os.environ.get("UV"):  # set by `uv run`
        return (given,)
    if found := shutil.which("uv"):
        return (found,)
    if importlib.util.find_spec("uv"):
        return (sys.executable, "-m", "uv")
    for bootstrapped in sorted((ROOT / ".throughline").glob("uv-*/bin/uv"), reverse=True):  # see .ci/uv
        return (str(bootstrapped),)
    raise ToolMissing("uv is not installed: see the README, or `python3 -m pip install uv`")


def run(command: Sequence[str | Path], *, cwd: Path = ROOT) -> str:
    """What the command printed. Raises ToolFailed with its errors when it ends otherwise than with 0."""
    ended = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)  # noqa: S603 (our own commands)
    if ended.returncode:
        raise ToolFailed(f"`{' '.join(str(part) for part in command)}` failed:\n{ended.stderr or ended.stdout}")
    return ended.stdout


def interpreter(version: str) -> Path:
    """An interpreter of that Python version. Raises ToolMissing, saying how to get one."""
    try:
        return Path(run([*uv(), "python", "find", "--no-project", version]).strip())
    except ToolFailed as error:
        raise ToolMissing(
            f"byte code for Lambda needs Python {version} on this computer: run `uv python install {version}`"
        ) from error
