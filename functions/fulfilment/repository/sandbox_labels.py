"""What the sandbox carrier remembers of the labels that it has sold.

SANDBOX#<key> / -      what became of one label; no number, no address
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

from shared import clock
from shared.dynamo.retry import LostRace
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table, Update

KEPT_FOR = timedelta(days=180)


class Sold(StrEnum):
    """What became of a label."""

    SOLD = "SOLD"
    SCANNED = "SCANNED"
    VOIDED = "VOIDED"
    NEVER = "NEVER"
    """It was given back before it was bought: whoever buys it later comes too late."""


class SandboxLabels:
    """The carrier's rows in one table. Nothing of them is told in an event."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def first(self, key: str, state: Sold) -> Sold:
        """Note the state of a label of which nothing is known yet; answers what is known."""
        ttl = int((clock.now() + KEPT_FOR).timestamp())
        item = {"pk": _pk(key), "sk": "-", "kind": "sandbox_label", "state": state, "ttl": ttl}
        try:
            self._table.write(Put(item, ABSENT))
        except ConditionFailed as error:
            return Sold((error.existing or {}).get("state", state))
        return state

    def move(self, key: str, to: Sold) -> None:
        """A label that was only sold comes to another state. Raises LostRace when it is not."""
        values = {":to": to, ":sold": Sold.SOLD}
        try:
            self._table.write(Update(_pk(key), "-", "SET #state = :to", "#state = :sold", values, {"#state": "state"}))
        except ConditionFailed as error:
            raise LostRace("the label was changed meanwhile") from error


def _pk(key: str) -> str:
    return f"SANDBOX#{key}"
