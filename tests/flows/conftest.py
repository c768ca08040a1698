"""A running whole for each test, kind or unkind."""

from __future__ import annotations

import pytest

from tests.support import gateway
from tests.support.flow import Chaos, Flow
from tests.support.gateway import Gateway

UNKIND = [
    pytest.param(Chaos(on_moto=True), id="kind"),
    pytest.param(Chaos(seed=1, duplicate=1.0), id="everything-twice"),
    pytest.param(Chaos(seed=2, reorder=True, split_batches=True), id="reordered"),
    pytest.param(Chaos(seed=3, duplicate=0.5, reorder=True, split_batches=True), id="twice-and-reordered"),
]


@pytest.fixture(params=UNKIND)
def flow(request: pytest.FixtureRequest) -> Flow:
    """All services joined, under kind and unkind delivery: every test runs under each.

    Kind delivery runs on moto, which knows more of AWS.
    """
    chaos: Chaos = request.param
    request.getfixturevalue("aws" if chaos.on_moto else "quick_aws")
    return Flow(chaos)


@pytest.fixture
def ops(aws: None) -> Gateway:
    return Gateway(gateway.ops())


@pytest.fixture
def web(aws: None) -> Gateway:
    return Gateway(gateway.channel("web"))
