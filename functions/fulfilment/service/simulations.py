"""Use cases of simulations: start one, carry it on slice by slice, look at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from functions.fulfilment.domain.profiles import BUILT_IN
from functions.fulfilment.domain.simulation import Contender, Difference, Position, Progress, Simulation, replayed
from functions.fulfilment.repository.history import HistoryRepository
from functions.fulfilment.repository.profiles import ProfileRepository
from functions.fulfilment.repository.simulations import SimulationRepository
from shared.cause import Cause
from shared.dynamo.retry import LostRace
from shared.errors import Conflict, InvalidField, NotFound

if TYPE_CHECKING:  # making these models is start-up time that the API need not spend
    from shared.events.fulfilment import SimulationAdvanced

PAGE = 25


class SimulationIdReused(Conflict):
    """Another simulation has this id."""

    code = "simulation_id_reused"


@dataclass(frozen=True)
class Tried:
    """A profile to be tried; without a version its latest."""

    profile_id: str
    version: int | None = None


class SimulationService:
    """Starts simulations and shows them."""

    def __init__(
        self, simulations: SimulationRepository, profiles: ProfileRepository, history: HistoryRepository
    ) -> None:
        self._simulations = simulations
        self._profiles = profiles
        self._history = history

    def start(
        self, simulation_id: str, start: datetime, end: datetime, tried: Sequence[Tried], *, cause: Cause
    ) -> Simulation:
        """Begin to replay; the same again is the same. Raises SimulationIdReused, InvalidField for an unknown
        profile."""
        contenders = tuple(self._contender(index, one) for index, one in enumerate(tried))
        wanted = Simulation(simulation_id, start, end, contenders)
        known = self._simulations.find(simulation_id)
        if known is None:
            try:
                return self._simulations.save(wanted, cause=cause)
            except LostRace:  # somebody has started one of this id in the same moment
                known = self._simulations.find(simulation_id)
        if known is None or _question(known) != _question(wanted):
            raise SimulationIdReused("another simulation has this id")
        return known

    def get(
        self, simulation_id: str, *, limit: int, cursor: str | None
    ) -> tuple[Simulation, list[Difference], str | None]:
        """The simulation as far as it is, and a page of what would have been otherwise. Raises NotFound."""
        found = self._simulations.find(simulation_id)
        if found is None:
            raise NotFound("no such simulation")
        return found, *self._history.differences(simulation_id, limit=limit, cursor=cursor)

    def _contender(self, index: int, tried: Tried) -> Contender:
        book = self._profiles.book()
        if tried.profile_id not in book.profiles:
            if tried.profile_id == BUILT_IN.profile_id:
                return Contender(BUILT_IN.profile_id, BUILT_IN.version, BUILT_IN.terms)
            raise InvalidField(f"/profiles/{index}/profile_id", "no such profile")
        profile = book.profile(tried.profile_id)
        numbers = {one.number for one in profile.versions}
        if tried.version is not None and tried.version not in numbers:
            raise InvalidField(f"/profiles/{index}/version", "no such version")
        version = profile.version(tried.version)
        return Contender(tried.profile_id, version.number, self._profiles.terms(tried.profile_id, version.digest))


class Simulator:
    """Carries simulations on. A step that is told twice, or late, finds that it is done already."""

    def __init__(
        self, simulations: SimulationRepository, history: HistoryRepository, *, enough: Callable[[], Callable[[], bool]]
    ) -> None:
        self._simulations = simulations
        self._history = history
        self._enough = enough

    def advance(self, event: SimulationAdvanced, cause: Cause) -> None:
        """Replay one slice and store how far it is, which tells the next step. What a crash leaves half comes again."""
        simulation = self._simulations.find(event.simulation_id)
        if simulation is None or simulation.version != event.version or simulation.progress is Progress.COMPLETED:
            return
        after = self._slice(replace(simulation, progress=Progress.RUNNING))
        try:
            self._simulations.save(after, cause=cause)
        except LostRace:  # the same step was told twice at once
            return

    def _slice(self, simulation: Simulation) -> Simulation:
        enough = self._enough()
        first = simulation.start.date()
        parts = (simulation.end.date() - first).days + 1
        while simulation.position.part < parts:
            part, cursor = simulation.position.part, simulation.position.cursor
            page, more = self._history.decisions(first + timedelta(days=part), after=cursor or "", limit=PAGE)
            simulation, differences = replayed(simulation, page)
            self._history.put_differences(simulation.simulation_id, differences)
            position = Position(part, more) if more else Position(part + 1)
            simulation = replace(simulation, position=position)
            if enough():
                break
        done = simulation.position.part >= parts
        return replace(simulation, progress=Progress.COMPLETED) if done else simulation


def _question(simulation: Simulation) -> object:
    tried = [(one.profile_id, one.version) for one in simulation.contenders]
    return simulation.start, simulation.end, tried
