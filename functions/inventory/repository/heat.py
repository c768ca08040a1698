"""How often writers got in each other's way: `HEAT` / `{sku}#{location_id}`, only while they do.

Noted by whoever was refused for a rival's sake or throttled, many at a time, so that the note is not hot itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from functions.inventory.domain.units import Position
from shared.dynamo.table import Action, ConditionFailed, Delete, Table, Update

NOTED_AT_ONCE = 8
"""Fewer than these per process are not written down: that is not heat."""


class Heat:
    """One row per position that is fought for."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._noted: Counter[Position] = Counter()

    def note(self, actions: Sequence[Action]) -> None:
        """These actions have to wait for rivals."""
        for pk, place in (action.key for action in actions):
            if pk.startswith("STOCK#"):
                self._noted[pk.split("#")[1], place] += 1
        for position in [position for position, times in self._noted.items() if times >= NOTED_AT_ONCE]:
            times = self._noted.pop(position)
            self._table.write(
                Update(
                    "HEAT",
                    "#".join(position),
                    "SET #times = if_not_exists(#times, :none) + :times",
                    "attribute_exists(pk) OR attribute_not_exists(pk)",
                    {":none": 0, ":times": times},
                    {"#times": "times"},
                )
            )

    def noted(self) -> dict[Position, int]:
        """How often each position was fought for since it was forgotten last."""
        rows = self._table.query_all("HEAT", consistent=True)
        return {(sku, place): row["times"] for row in rows for sku, _, place in (row["sk"].partition("#"),)}

    def forget(self, position: Position, times: int) -> None:
        """Begin anew, unless more was noted meanwhile."""
        same = Delete("HEAT", "#".join(position), "#times = :times", {":times": times}, {"#times": "times"})
        try:
            self._table.write(same)
        except ConditionFailed:
            return  # it goes on: the next look counts it
