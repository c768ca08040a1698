"""End-to-end tests share one deployed stack, in one test process."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.http import Api
from infra.local.stack import LocalStack


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is `e2e` and runs in one process, where the stack is."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("stack"))


@pytest.fixture(scope="session")
def ops(stack: LocalStack) -> Api:
    return stack.api(role="ops")


@pytest.fixture(scope="session")
def web(stack: LocalStack) -> Api:
    return stack.api(role="channel", channel="web")
