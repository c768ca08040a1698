"""The rules that every synth passes, and what the emulator can hold."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from infra.checks import ACKNOWLEDGED
from infra.local.assembly import synthesised
from infra.local.emulator import environment_python
from infra.local.templates import NOT_DEPLOYED_LOCALLY, stacks_in_order
from tests.infra.templates import Templates

CFN_LINT = Path(sys.executable).with_name("cfn-lint")


def test_every_rule_that_is_not_followed_has_a_reason() -> None:
    rules = [accepted.rule for accepted in ACKNOWLEDGED]
    assert len(set(rules)) == len(rules)
    for accepted in ACKNOWLEDGED:
        assert len(accepted.reason.split()) >= 10, accepted.rule


@pytest.mark.parametrize("stage", ["local", "prod"])
def test_a_synth_passes_every_other_rule(stage: str) -> None:
    """Findings make the synth raise."""
    assert stacks_in_order(synthesised(stage, checks=True))


@pytest.mark.parametrize("stage", ["local", "prod"])
def test_cfn_lint_finds_no_error(stage: str) -> None:
    files = sorted(synthesised(stage, checks=True).glob("*.template.json"))
    linted = subprocess.run(
        [CFN_LINT, "--non-zero-exit-code", "error", "--format", "parseable", *files], capture_output=True, text=True
    )
    assert linted.returncode == 0, linted.stdout


def test_no_stack_needs_a_custom_resource(any_stage: Templates) -> None:
    assert not [r.name for r in any_stage.resources() if r.type.startswith("Custom::") or "CustomResource" in r.type]


def test_the_emulator_knows_every_type_that_it_is_given(local: Templates) -> None:
    ask = (
        "import json; from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS;"
        "print(json.dumps(sorted(_RESOURCE_HANDLERS)))"
    )
    answered = subprocess.run([environment_python(), "-I", "-c", ask], capture_output=True, text=True, check=True)
    known = set(json.loads(answered.stdout.splitlines()[-1]))
    used = {r.type for r in local.resources() if not r.stack.endswith(NOT_DEPLOYED_LOCALLY)}
    assert used <= known


def test_a_stack_comes_after_those_it_depends_on() -> None:
    names = [name.rpartition("-")[2] for name in stacks_in_order(synthesised("local", checks=True))]
    assert names[0] == "Core"
    assert set(names) == {"Core", "Inventory", "Orders", "Fulfilment", "Customers", "Platform", "Operations"}
