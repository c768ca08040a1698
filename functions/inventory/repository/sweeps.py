"""How far the sweeper of lapsed holds has come (`SWEEP`)."""

from __future__ import annotations

from shared.cause import Cause
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

SWEEP_KIND = "sweep"


class Sweeps:
    """One row."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def position(self) -> tuple[int, int]:
        """(epoch seconds up to which lapsed holds were swept, the row's version); (0, 0) at first."""
        row = self._table.get("SWEEP")
        return (row["until"], row["version"]) if row else (0, 0)

    def advance(self, until: int, *, expected: int, cause: Cause) -> None:
        """Remember where the next run goes on. When another run was faster, its word stands."""
        row = {
            "pk": "SWEEP",
            "sk": "-",
            "kind": SWEEP_KIND,
            "version": expected + 1,
            "cause": cause.stamp(),
            "until": until,
        }
        condition = Put(row, "#version = :expected", {":expected": expected}, {"#version": "version"})
        try:
            self._table.write(condition if expected else Put(row, ABSENT))
        except ConditionFailed:
            return  # what both saw was swept by both; nothing is lost
