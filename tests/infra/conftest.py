"""The synthesised templates that these tests read: a stage that tests, and one that keeps data."""

from __future__ import annotations

import json

import pytest

from infra.local.assembly import synthesised
from tests.infra.templates import Templates


def _load(stage: str) -> Templates:
    return Templates(
        {
            path.name.removesuffix(".template.json"): json.loads(path.read_text())
            for path in synthesised(stage, checks=True).glob("*.template.json")
        }
    )


@pytest.fixture(scope="session")
def local() -> Templates:
    """What runs on a laptop. Synthesised with every check of cdk-nag and CDK passed."""
    return _load("local")


@pytest.fixture(scope="session")
def prod() -> Templates:
    """What runs for real, checked likewise."""
    return _load("prod")


@pytest.fixture(params=["local", "prod"])
def any_stage(request: pytest.FixtureRequest) -> Templates:
    """Each of the two."""
    found: Templates = request.getfixturevalue(request.param)
    return found
