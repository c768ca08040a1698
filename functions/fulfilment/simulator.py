"""Lambda entry: a simulation has come so far -> its next slice."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cache

from functions.fulfilment.repository.history import HistoryRepository
from functions.fulfilment.repository.simulations import SimulationRepository
from functions.fulfilment.service.simulations import Simulator
from shared.aws import client
from shared.dynamo.table import Table
from shared.events import fulfilment
from shared.events.base import Event
from shared.inbox import Inbox, UseCase
from shared.settings import settings

SLICE_SECONDS = 15.0
"""Then the rest is left to the next step: the function has 60 s, a page takes far less than the difference."""

EVENTS: tuple[type[Event], ...] = (fulfilment.SimulationAdvanced,)


def _enough() -> Callable[[], bool]:
    ends = time.monotonic() + SLICE_SECONDS
    return lambda: time.monotonic() > ends


@cache
def use_cases() -> Mapping[type[Event], UseCase]:
    dynamodb = client("dynamodb")
    own, history = Table(dynamodb, settings().table_name), Table(dynamodb, settings().projection_table_name)
    simulator = Simulator(SimulationRepository(own), HistoryRepository(history), enough=_enough)
    return {fulfilment.SimulationAdvanced: simulator.advance}


handler = Inbox(EVENTS, use_cases)
