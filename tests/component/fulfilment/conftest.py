"""Fixtures of fulfilment's component tests."""

from __future__ import annotations

import pytest

from tests.component.fulfilment.world import World
from tests.support.bus import Bus


@pytest.fixture
def world(bus: Bus) -> World:
    """Three places that ship and hand over, and two items; no stock yet."""
    world = World(bus)
    world.open_for_business("MUG", "LAMP")
    return world
