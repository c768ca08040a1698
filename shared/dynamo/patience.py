"""How long DynamoDB is asked again: throttles and conflicts pass, and a caller hears Busy when they do not."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from shared.errors import Busy

MAX_ATTEMPTS = 8
"""With full jitter from 25 ms doubling to 400 ms a writer is patient for about 1 s on average."""

RETRYABLE = frozenset(
    {"ThrottlingException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
     "RequestLimitExceeded", "InternalServerError"}
)  # fmt: skip
"""Codes of errors after which nothing was done and the same may be asked again."""
RETRYABLE_REASONS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Likewise, why a transaction was cancelled."""

Pause = Callable[[float], None]


def waits(pause: Pause) -> Iterator[Callable[[], None]]:
    """Gives, per attempt, the pause to take before the next (full jitter, AWS Architecture Blog 2015).

    Raises Busy after the last.
    """
    for attempt in range(MAX_ATTEMPTS):
        yield partial(_back_off, pause, attempt)
    raise Busy


def repeatable(act: Callable[..., dict[str, Any]], pause: Pause, **request: Any) -> dict[str, Any]:
    """The answer of a call that may be done twice. Raises Busy when DynamoDB keeps throttling beyond the client's own
    retries."""
    for wait in waits(pause):
        try:
            return act(**request)
        except ClientError as error:
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
            if error.response["Error"]["Code"] not in RETRYABLE and not reasons & RETRYABLE_REASONS:
                raise
            wait()
    raise Busy


def _back_off(pause: Pause, attempt: int) -> None:
    pause(random.uniform(0, min(0.4, 0.025 * 2**attempt)))
