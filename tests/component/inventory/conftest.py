"""Fixtures of inventory's component tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared import clock, testing_clock
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as


@pytest.fixture
def ops(bus: Bus) -> Gateway:
    """Everything allowed."""
    return Gateway(gateway.ops())


@pytest.fixture
def web(bus: Bus) -> Gateway:
    """The web shop."""
    return Gateway(gateway.channel("web"))


@pytest.fixture(autouse=True)
def real_time() -> Iterator[None]:
    """No test leaves its clock to the next."""
    yield
    with running_as("platform"):
        testing_clock.move(None)
    assert clock.now()
