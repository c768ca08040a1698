"""Stored answers to holds that carts asked for: CARTHOLD#{reservation_id}, put once, gone after two weeks."""

from __future__ import annotations

from datetime import timedelta

from functions.inventory.domain.cart_answer import CartAnswer
from functions.inventory.repository.documents import row_of
from shared.cause import Cause
from shared.clock import epoch_seconds
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

KIND = "cart_answer"
KEEP = timedelta(days=14)
"""As long as a question may wait in a dead-letter queue."""

_ANSWERS = Document(CartAnswer)


def decode_cart_answer(item: Item) -> CartAnswer:
    """The answer of a stored row."""
    return _ANSWERS.load(item["body"])


class CartAnswers:
    """Reads are consistent."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, reservation_id: str) -> CartAnswer | None:
        """The answer, or None while there is none."""
        row = self._table.get(_pk(reservation_id))
        return decode_cart_answer(row) if row else None

    def give(self, answer: CartAnswer, cause: Cause) -> CartAnswer:
        """Answer once; answers what was said first."""
        row = row_of(_pk(answer.reservation_id), "-", KIND, 1, cause, _ANSWERS.dump(answer))
        try:
            self._table.write(Put(row | {"ttl": epoch_seconds(cause.at + KEEP)}, ABSENT))
        except ConditionFailed:
            return self.find(answer.reservation_id) or answer
        return answer


def _pk(reservation_id: str) -> str:
    return f"CARTHOLD#{reservation_id}"
