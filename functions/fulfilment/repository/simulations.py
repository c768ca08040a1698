"""Simulations, in the service's own table: each stored step tells the worker to go on.

SIMULATION#<id> / -     the simulation as far as it is
"""

from __future__ import annotations

from dataclasses import replace

from functions.fulfilment.domain.simulation import Simulation
from functions.fulfilment.repository.rows import replacing, row
from shared.cause import Cause
from shared.dynamo import marshal
from shared.dynamo.documents import Document
from shared.dynamo.retry import LostRace
from shared.dynamo.table import ConditionFailed, Table

KIND = "simulation"
_BODY = Document(Simulation)


class SimulationRepository:
    """The simulations of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, simulation_id: str) -> Simulation | None:
        """The simulation, if there is one of this id."""
        found = self._table.get(_pk(simulation_id))
        return to_simulation(found) if found else None

    def save(self, simulation: Simulation, *, cause: Cause) -> Simulation:
        """Store the next version. Raises LostRace when the stored one is not the version that was loaded."""
        following = replace(simulation, version=simulation.version + 1)
        pk = _pk(simulation.simulation_id)
        item = row(KIND, pk, "-", version=following.version, cause=cause, body=_BODY.dump(following))
        try:
            self._table.write(replacing(item, expected=simulation.version))
        except ConditionFailed as error:
            raise LostRace("the simulation was changed meanwhile") from error
        return following


def to_simulation(item: marshal.Item) -> Simulation:
    """The simulation of a stored row."""
    return _BODY.load(item["body"])


def _pk(simulation_id: str) -> str:
    return f"SIMULATION#{simulation_id}"
