"""Use cases of rate cards: put, look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from functions.fulfilment.domain.rate_card import RateCard
from functions.fulfilment.repository.rate_cards import RateCardRepository
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import retried
from shared.errors import NotFound, Refused

MAX_SCHEDULED = 10
"""Cards that are still to come; every plan reads them with the one in force."""


class TooManyScheduled(Refused):
    """Enough cards are still to come."""

    code = "too_many_scheduled"


class RateCardService:
    """Versions never change: another content is another version."""

    def __init__(self, cards: RateCardRepository, *, clock: Clock) -> None:
        self._cards = cards
        self._clock = clock

    def put(self, card: RateCard, *, cause: Cause) -> tuple[RateCard, bool]:
        """Keep the card as its next version, in force from `effective_from` (None: now) on; the content of the newest
        version again is that version. Answers it and whether it is new. Raises TooManyScheduled."""
        return retried(lambda: self._put(card, cause))

    def _put(self, card: RateCard, cause: Cause) -> tuple[RateCard, bool]:
        now = self._clock()
        latest = self._cards.latest(card.card_id)
        if latest is not None and _same(card, latest):
            self._cards.enter(latest, at=now, cause=cause)  # the first try may have ended before this
            return latest, False
        if len(self._cards.book().scheduled(now)) >= MAX_SCHEDULED:
            raise TooManyScheduled(f"{MAX_SCHEDULED} rate cards are still to come")
        stored = replace(card, version=latest.version + 1 if latest else 1, effective_from=card.effective_from or now)
        self._cards.add(stored, cause=cause)
        self._cards.enter(stored, at=now, cause=cause)
        return stored, True

    def get(self, card_id: str, *, version: int | None = None) -> RateCard:
        """A version of the card, the newest unless one is named. Raises NotFound."""
        found = self._cards.latest(card_id) if version is None else self._cards.version(card_id, version)
        if found is None:
            raise NotFound("no such rate card")
        return found

    def schedule(self) -> tuple[RateCard | None, tuple[RateCard, ...]]:
        """The card in force (None: the built-in one), and those still to come."""
        book, now = self._cards.book(), self._clock()
        return book.in_force(now), book.scheduled(now)


def _same(card: RateCard, latest: RateCard) -> bool:
    begins: datetime | None = card.effective_from or latest.effective_from
    return replace(card, version=latest.version, effective_from=begins) == latest
