"""Fixtures for tests that need AWS: in process by default, the deployed local stack for `e2e`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import local_aws
from tests.support.bus import Bus
from tests.support.fast_aws import FastAws, installed
from tests.support.stack import stack

__all__ = ["stack"]


@pytest.fixture(scope="session")
def _aws_session() -> Iterator[None]:
    with local_aws.session():
        yield


@pytest.fixture
def aws(_aws_session: None) -> None:
    """Empty tables and a bus, in process."""
    local_aws.reset()


@pytest.fixture
def quick_aws(aws: None) -> Iterator[None]:
    """The same on the stand-in for moto, for what would take minutes there."""
    with installed(FastAws()):
        local_aws.observe()
        yield


@pytest.fixture
def bus(aws: None) -> Bus:
    """The road between services; brings `aws`."""
    return Bus()
