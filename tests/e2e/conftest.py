"""End-to-end tests share the deployed stack of their test process."""

from __future__ import annotations

import pytest

from infra.local.http import Api
from infra.local.stack import LocalStack


@pytest.fixture(scope="session")
def ops(stack: LocalStack) -> Api:
    return stack.api(role="ops")


@pytest.fixture(scope="session")
def web(stack: LocalStack) -> Api:
    return stack.api(role="channel", channel="web")
