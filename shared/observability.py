"""Logs: one JSON line per invocation, with the correlation id, and personal data masked whatever is logged."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

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


class _MaskingFormatter(LambdaPowertoolsFormatter):
    def serialize(self, log: Any) -> str:
        return mask(super().serialize(log))


def logger() -> Logger:
    """The logger of this function."""
    return _logger(settings().service)


@cache
def _logger(service: str) -> Logger:
    return Logger(service=service, logger_formatter=_MaskingFormatter(), use_rfc3339=True)
