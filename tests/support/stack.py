"""The deployed stack for end-to-end tests: one per test process, apart from any that a developer runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from infra.local.stack import LocalStack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The whole stack in an emulator of its own, on a port of its own; ended with the session, whatever happens.

    Tests that use it are marked `e2e`: those run after the others, and those of one file in one process.
    """
    from infra.local.stack import LocalStack  # brings boto3, which most tests do not need

    with LocalStack.start(tmp_path_factory.mktemp("stack"), attended=True) as running:
        yield running
