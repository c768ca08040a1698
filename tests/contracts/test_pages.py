"""What the pages name exists: routes, files, modules, events and commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.routes import ROUTES
from tests.support.contracts import all_contracts
from tests.support.generated import ROOT

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PATHS = {re.sub(r"\{\w+\}", "{}", route.path) for route in ROUTES}
EVENTS = {kind.detail_type for kind in all_contracts()}
MODULES = {path.name for top in ("functions", "infra", "shared", "tests") for path in (ROOT / top).rglob("*.py")}


def unknown(text: str) -> Iterator[str]:
    """Everything in backticks that looks like ours and is not there."""
    for path in re.findall(r"`(?:(?:GET|PUT|POST|DELETE|PATCH)\s+)?(/v1/[^`\s?]*)", text):
        plain = re.sub(r"\{\w+\}", "{}", path.rstrip(".,"))
        if not any(known == plain or known.startswith(f"{plain}/") for known in PATHS):
            yield path
    for file in re.findall(r"`((?:functions|infra|shared|tests|docs)/[\w/.-]+)`", text):
        if not (ROOT / file).exists():
            yield file
    yield from (name for name in re.findall(r"`(\w+\.py)`", text) if name not in MODULES)
    yield from (name for name in re.findall(r"`([A-Z]\w+\.v\d+)`", text) if name not in EVENTS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_whatever_a_page_names_exists(page: Path) -> None:
    assert list(unknown(page.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "wrong",
    ["`GET /v1/nothing`", "`/v1/orders/{id}/nothing`", "`shared/nothing.py`", "`nothing.py`", "`NothingHappened.v1`"],
)
def test_a_name_that_nothing_has_is_noticed(wrong: str) -> None:
    assert list(unknown(f"see {wrong}."))
