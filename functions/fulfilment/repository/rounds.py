"""Rounds through queues: each stored step but the last tells the next.

ROUND#<subject> / -     how far the round is
LOOKED / -              until when dates have been looked at that change the terms of routing
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from functions.fulfilment.domain.rounds import Round
from functions.fulfilment.repository.rows import ALWAYS, replacing, row
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo import marshal
from shared.dynamo.documents import Document
from shared.dynamo.retry import LostRace
from shared.dynamo.table import ConditionFailed, Put, Table

KIND = "round"
LOOKED = "LOOKED"
_BODY = Document(Round)


class RoundRepository:
    """The rounds of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, subject: str) -> Round:
        """The round through the queue of the subject; one that is over where there has been none."""
        found = self._table.get(_pk(subject))
        return to_round(found) if found else Round(subject)

    def save(self, one: Round, *, cause: Cause) -> None:
        """Store the next version. Raises LostRace when the stored one is not the version that was loaded."""
        following = replace(one, version=one.version + 1)
        item = row(KIND, _pk(one.subject), "-", version=following.version, cause=cause, body=_BODY.dump(following))
        try:
            self._table.write(replacing(item, expected=one.version))
        except ConditionFailed as error:
            raise LostRace("the round was changed meanwhile") from error

    def looked(self) -> datetime | None:
        """Until when dates have been looked at; None: they never were."""
        found = self._table.get(LOOKED)
        return datetime.fromisoformat(found["until"]) if found else None

    def look(self, until: datetime, *, cause: Cause) -> None:
        """They have been looked at until then."""
        self._table.write(Put(row("looked", LOOKED, "-", version=1, cause=cause, until=rfc3339(until)), ALWAYS))


def to_round(item: marshal.Item) -> Round:
    """The round of a stored row."""
    return _BODY.load(item["body"])


def _pk(subject: str) -> str:
    return f"ROUND#{subject}"
