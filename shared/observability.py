"""Logs: one JSON line per entry, with the correlation id, and personal data masked whatever is logged.

Made with the standard library alone: a logging package would be a sixth of every cold start.
"""

from __future__ import annotations

import json
import os
import re
import traceback
from datetime import UTC, datetime
from enum import IntEnum
from functools import cache
from typing import Any

from shared.clock import rfc3339
from shared.settings import settings

_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"\+\d[\d ()-]{6,}\d")
_PERSONAL = r"(email|phone|name|given|family|line1|line2|city|postal_code|birth_date|document_last4|token)"
_FIELD = re.compile(rf'"{_PERSONAL}"(\s*:\s*)"(?:[^"\\]|\\.)*"')
_FIELD_IN_TEXT = re.compile(rf'\\"{_PERSONAL}\\"(\s*:\s*)\\"(?:[^"\\]|\\\\.)*\\"')
"""The same inside a JSON string, as in the message of an exception."""
_INPUT = re.compile(r"input_value=.*?(?=, input_type=)", re.DOTALL)
"""What pydantic quotes of a value that it refuses."""


def mask(line: str) -> str:
    """The line without e-mail addresses, phone numbers, the values of personal JSON fields and refused inputs."""
    line = _FIELD.sub(r'"\1"\2"***"', line)
    line = _FIELD_IN_TEXT.sub(r'\\"\1\\"\2\\"***\\"', line)
    line = _INPUT.sub("input_value=***", line)
    return _PHONE.sub("***", _EMAIL.sub("***", line))


class Level(IntEnum):
    """How grave an entry is; `LOG_LEVEL` names the least that is written."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40


class Log:
    """The log of one service, on standard output."""

    def __init__(self, service: str, *, least: Level = Level.INFO) -> None:
        self._least = least
        self._keys: dict[str, Any] = {"service": service}

    def append_keys(self, **keys: Any) -> None:
        """What every line says from here on, until it is said anew."""
        self._keys |= keys

    def info(self, message: str, **more: Any) -> None:
        """What happened as it should."""
        self._write(Level.INFO, message, more)

    def warning(self, message: str, **more: Any) -> None:
        """What heals by itself, and should not happen often."""
        self._write(Level.WARNING, message, more)

    def error(self, message: str, **more: Any) -> None:
        """What a person has to look at."""
        self._write(Level.ERROR, message, more)

    def exception(self, message: str, **more: Any) -> None:
        """The error that is being handled, with its stack."""
        self._write(Level.ERROR, message, more | {"exception": traceback.format_exc().rstrip()})

    def _write(self, level: Level, message: str, more: dict[str, Any]) -> None:
        if level < self._least:
            return
        # Real time, whatever the testing clock says: lines are laid beside those of the platform.
        line = {"level": level.name, "message": message, "timestamp": rfc3339(datetime.now(UTC)), **self._keys, **more}
        if trace := os.environ.get("_X_AMZN_TRACE_ID"):  # another one with every invocation
            line["xray_trace_id"] = trace.split(";")[0].removeprefix("Root=")
        print(mask(json.dumps(line, default=str, ensure_ascii=False)), flush=True)


def logger() -> Log:
    """The log of this function."""
    return _log(settings().service)


@cache
def _log(service: str) -> Log:
    return Log(service, least=Level[os.environ.get("LOG_LEVEL", Level.INFO.name)])
