"""Rate cards, every version of them, and which one is in force.

RATECARD#<card> / v<version>    one version, never changed
part `rates`                    the card in force and those still to come (see `knowledge`)
"""

from __future__ import annotations

from datetime import datetime

from functions.fulfilment.domain.rate_card import RateBook, RateCard
from functions.fulfilment.repository.knowledge import Knowledge
from functions.fulfilment.repository.rows import row
from shared.cause import Cause
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace
from shared.dynamo.table import ConditionFailed, Put, Table

RATES = "rates"
KIND = "rate_card"
BOOK = Document(RateBook)
_CARD = Document(RateCard)


def to_card(item: Item) -> RateCard:
    """The card of a stored row."""
    return _CARD.load(item["body"])


class RateCardRepository:
    """The cards of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._knowledge = Knowledge(table)

    def latest(self, card_id: str) -> RateCard | None:
        """The newest version, if there is any."""
        page = self._table.query(_pk(card_id), forward=False, limit=1, consistent=True)
        return _CARD.load(page.items[0]["body"]) if page.items else None

    def version(self, card_id: str, version: int) -> RateCard | None:
        """One version, if there is such."""
        found = self._table.get(_pk(card_id), _sk(version))
        return _CARD.load(found["body"]) if found else None

    def book(self) -> RateBook:
        """The card in force and those still to come."""
        book: RateBook = self._knowledge.parts({RATES: BOOK}, self._knowledge.head()).get(RATES, RateBook())
        return book

    def add(self, card: RateCard, *, cause: Cause) -> None:
        """Keep a new version. Raises LostRace when there is one of that number already."""
        item = row(KIND, _pk(card.card_id), _sk(card.version), version=1, cause=cause, body=_CARD.dump(card))
        try:
            self._table.write(Put(item))
        except ConditionFailed as error:
            raise LostRace("somebody else has put a version meanwhile") from error

    def enter(self, card: RateCard, *, at: datetime, cause: Cause) -> None:
        """Let the version count from when it says on; again changes nothing."""

        def with_card(known: RateBook | None) -> RateBook | None:
            book = known or RateBook()
            entered = book.with_card(card, at=at)
            return None if entered == book else entered

        self._knowledge.change(RATES, BOOK, with_card, cause=cause)


def _pk(card_id: str) -> str:
    return f"RATECARD#{card_id}"


def _sk(version: int) -> str:
    return f"v{version:06d}"
