"""The deployed stack for end-to-end tests: one per test process, apart from any that a developer runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.stack import LocalStack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The whole stack in an emulator of its own, on a port of its own; ended with the session, whatever happens."""
    with LocalStack.start(tmp_path_factory.mktemp("stack"), attended=True) as running:
        yield running
