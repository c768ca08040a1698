"""The README is true: its lines are those that CI runs, its calls work, its links lead somewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.http import Answer, Api
from infra.local.stack import LocalStack

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands() -> list[str]:
    """Every line of every shell block of the README."""
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def curl_calls() -> Iterator[tuple[str, str, str, str | None]]:
    """(method, path, name of the token's variable, body) of each curl line."""
    for command in commands():
        if not command.startswith("curl "):
            continue
        words = shlex.split(command)[1:]
        method, url, token, body = "GET", "", "", None
        while words:
            match words.pop(0):
                case "-X":
                    method = words.pop(0)
                case "-H":
                    if found := re.fullmatch(r"Authorization: Bearer \$(\w+)", words[0]):
                        token = found[1]
                    words.pop(0)
                case "-d":
                    body = words.pop(0)
                case argument:
                    url = argument
        assert url.startswith("$BASE"), command
        yield method, url.removeprefix("$BASE"), token, body


def test_ci_runs_exactly_the_test_line_of_the_readme() -> None:
    (line,) = (command for command in commands() if "poe check" in command)
    assert line in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()


def test_the_first_calls_work_as_written(stack: LocalStack) -> None:
    tokens = {"OPS": stack.token(role="ops"), "WEB": stack.token(role="channel", channel="web")}
    answers: list[Answer] = []
    for method, path, token, body in curl_calls():
        assert f"{token}=$(" in README
        api = Api(stack.base_url, tokens[token])
        answers.append(
            api.call(method, path, body.encode() if body else None, headers={"Content-Type": "application/json"})
        )
    assert [answer.status for answer in answers] == [201, 201, 201, 201, 200]
    (found,) = answers[-1].body["items"]
    assert found["channel_order_id"] == "W-1001"


def test_every_command_of_the_readme_exists() -> None:
    from typer.main import get_command

    from infra.local.cli import app

    known = set(get_command(app).commands)  # type: ignore[attr-defined]  # a typer app is a click group
    used = set(re.findall(r"throughline (up|down|status|token|demo|replay|deploy|logs)\b", README))
    assert used <= known
    assert {"up", "demo", "token", "replay", "deploy", "down", "status"} <= used


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target
