"""Consent: what a shopper allows, per channel and purpose; a ledger in which the latest statement wins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Consent:
    """One statement with its proof: where it was made (`source`) and which text was shown."""

    channel: str
    purpose: str
    granted: bool
    source: str
    text_version: str
    at: datetime
    recorded_by: str = ""


@dataclass(frozen=True)
class Standing:
    """What holds now for one channel and purpose, and everything that was ever said, the newest first."""

    now: Consent
    history: tuple[Consent, ...]


def standings(said: Iterable[Consent]) -> tuple[Standing, ...]:
    """What holds per channel and purpose. Of two statements of one moment the refusal wins."""
    groups: dict[tuple[str, str], list[Consent]] = {}
    for one in said:
        groups.setdefault((one.channel, one.purpose), []).append(one)
    found = []
    for _, group in sorted(groups.items()):
        history = sorted(group, key=lambda one: (one.at, not one.granted), reverse=True)
        found.append(Standing(history[0], tuple(history)))
    return tuple(found)
