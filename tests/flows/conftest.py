"""A running whole for each test, kind or unkind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from tests.support import gateway, local_aws
from tests.support.fast_aws import FastAws, installed
from tests.support.flow import Chaos, Flow
from tests.support.gateway import Gateway

UNKIND = [
    pytest.param(Chaos(on_moto=True), id="kind"),
    pytest.param(Chaos(seed=1, duplicate=1.0), id="everything-twice"),
    pytest.param(Chaos(seed=2, reorder=True, split_batches=True), id="reordered"),
    pytest.param(Chaos(seed=3, duplicate=0.5, reorder=True, split_batches=True), id="twice-and-reordered"),
]


@pytest.fixture(params=UNKIND)
def flow(request: pytest.FixtureRequest, aws: None) -> Iterator[Flow]:
    """All services joined, under kind and unkind delivery: every test runs under each.

    Kind delivery runs on moto, which knows more of AWS.
    """
    chaos: Chaos = request.param
    with nullcontext() if chaos.on_moto else installed(FastAws()):
        if not chaos.on_moto:
            local_aws.observe()
        yield Flow(chaos)


@pytest.fixture
def ops(aws: None) -> Gateway:
    return Gateway(gateway.ops())


@pytest.fixture
def web(aws: None) -> Gateway:
    return Gateway(gateway.channel("web"))
