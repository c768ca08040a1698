"""Asking a provider until it gives its definite word."""

from __future__ import annotations

import time
from collections.abc import Callable

from functions.orders.providers.port import Declined, Done, NeverHeardOf, Outcome, PaymentProvider

MAX_QUESTIONS = 5
FIRST_PAUSE_SECONDS = 0.2
"""Doubling: about 6 s in all, well within one invocation; after that the queue asks again later."""


class OutcomeUnknown(RuntimeError):
    """The provider has not said whether it did it. Nothing may be assumed; the message comes again."""


def definite(
    provider: PaymentProvider,
    call: Callable[[], Outcome],
    *,
    key: str,
    pause: Callable[[float], None] = time.sleep,
) -> Done | Declined:
    """What became of `call` under its idempotency key: an unknown outcome is looked up, never guessed.

    Raises OutcomeUnknown when the provider still cannot tell.
    """
    said: Outcome | NeverHeardOf = call()
    for number in range(MAX_QUESTIONS):
        if isinstance(said, Done | Declined):
            return said
        pause(FIRST_PAUSE_SECONDS * 2**number)
        said = provider.look_up(key=key)
        if isinstance(said, NeverHeardOf):
            said = call()
    raise OutcomeUnknown(f"no definite word on {key} yet")
