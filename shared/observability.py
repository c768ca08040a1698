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
_PERSONAL_FIELD = re.compile(
    r'(\\?")(email|phone|name|given|family|line1|line2|city|postal_code|birth_date|document_last4|token)\1'
    r'(\s*:\s*)\1(?:[^"\\]|\\[^"])*\1'
)


def mask(line: str) -> str:
    """The line without e-mail addresses, phone numbers and the values of personal JSON fields."""
    line = _PERSONAL_FIELD.sub(r"\1\2\1\3\1***\1", line)
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
