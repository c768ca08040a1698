"""The command line and the emulator's process, without a deployed stack."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.local import aws, emulator
from infra.local.cli import app
from infra.local.deployed import ACCOUNT, connect
from infra.local.emulator import Emulator, Progress, wait_until
from infra.local.stack import LocalStack, NotRunning
from infra.local.templates import DeployFailed, deploy
from infra.toolchain import ToolMissing

NO_SUCH_ATTRIBUTE = {"Fn::GetAtt": ["Good", "ProviderURL"]}
BROKEN = {
    "Resources": {
        "Good": {"Type": "AWS::Cognito::UserPool", "Properties": {}},
        "Bad": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": NO_SUCH_ATTRIBUTE}},
    }
}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Emulator]:
    """An emulator with nothing in it."""
    started = Emulator.start(tmp_path, attended=True)
    yield started
    started.stop()


def run(*arguments: str) -> tuple[int, str, str]:
    ended = CliRunner().invoke(app, [*arguments])
    return ended.exit_code, ended.stdout, ended.stderr


def test_status_of_nothing_is_an_answer_for_programs_too(tmp_path: Path) -> None:
    code, out, _ = run("status", "--json", "--directory", str(tmp_path))
    assert code == 1
    assert json.loads(out) == {
        "base_url": None,
        "healthy": False,
        "queues": {},
        "last_errors": ["no stack runs here: `throughline up` starts one"],
    }


@pytest.mark.parametrize("command", [["down"], ["token", "--role", "ops"], ["logs"]])
def test_what_needs_a_stack_says_how_to_start_one(tmp_path: Path, command: list[str]) -> None:
    code, out, errors = run(*command, "--directory", str(tmp_path))
    assert (code, out) == (1, "")
    assert "throughline up" in errors


def test_a_stack_that_died_is_not_taken_for_a_running_one(tmp_path: Path) -> None:
    gone = {"pid": 1, "port": emulator.free_port(), "instance": "x", "base_url": "", "pool_id": "", "stacks": []}
    (tmp_path / "stack.json").write_text(json.dumps({**gone, "queues": {}, "log_groups": {}}))
    with pytest.raises(NotRunning, match="has ended"):
        LocalStack.attach(tmp_path)


def test_the_emulator_is_ended_with_all_its_processes(running: Emulator) -> None:
    assert running.ready()
    assert running.progress() == Progress(streams=[], queues={}, running=0)
    running.stop()
    assert not running.running()
    assert running.answer("/_ministack/ready") is None
    running.stop()  # twice is the same


def test_no_process_is_ended_that_only_has_the_same_number(running: Emulator) -> None:
    Emulator(running.pid, running.port, instance="another").stop()
    assert running.ready()


def test_the_emulator_goes_when_whoever_started_it_is_killed(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys; from infra.local.emulator import Emulator;"
        "e = Emulator.start(pathlib.Path(sys.argv[1]), attended=True);"
        "print(e.pid, e.port, e.instance, flush=True); os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run([sys.executable, "-c", program, tmp_path], capture_output=True, text=True)
    pid, port, instance = ended.stdout.split()
    orphan = Emulator(int(pid), int(port), instance)
    wait_until(lambda: not orphan.running(), seconds=10)


def test_nothing_of_this_computers_settings_reaches_the_functions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "PYTHONPATH", "VIRTUAL_ENV", "SSL_CERT_FILE", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "leak")
    given = emulator._environment(4566, tmp_path)
    assert "leak" not in given.values()
    assert (given["BIND_HOST"], given["AUTH"]) == ("127.0.0.1", "true")


def test_a_failed_deployment_names_the_resource_and_the_reason(running: Emulator, tmp_path: Path) -> None:
    assembly = tmp_path / "assembly"
    assembly.mkdir()
    (assembly / "Broken.template.json").write_text(json.dumps(BROKEN))
    place = {"bucketName": "assets-${AWS::AccountId}-${AWS::Region}", "objectKey": "broken.json"}
    file = {"source": {"path": "Broken.template.json"}, "destinations": {"here": place}}
    (assembly / "Broken.assets.json").write_text(json.dumps({"files": {"1": file}}))
    (assembly / "manifest.json").write_text(json.dumps({"artifacts": {"Broken": {"type": "aws:cloudformation:stack"}}}))
    with pytest.raises(DeployFailed, match=r"(?s)Broken.*Bad \(AWS::SQS::Queue\): .+"):
        deploy(
            assembly,
            lambda service: connect(running.endpoint, service),
            endpoint=running.endpoint,
            account=ACCOUNT,
            region=emulator.REGION,
        )


def test_the_local_stage_is_not_deployed_to_aws() -> None:
    code, _, errors = run("deploy", "--stage", "local")
    assert code == 1
    assert "throughline up" in errors


def test_deploying_a_stage_that_nobody_described_names_those_that_are() -> None:
    code, _, errors = run("deploy", "--stage", "production")
    assert code == 1
    assert "prod" in errors


def test_deploy_says_how_to_get_the_interpreter_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ToolMissing("run `uv python install 3.14`")

    monkeypatch.setattr(aws, "runtime_target", missing)
    code, _, errors = run("deploy", "--stage", "prod")
    assert code == 1
    assert "uv python install 3.14" in errors


def test_deploy_says_when_aws_does_not_know_you(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "runtime_target", lambda: None)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    code, _, errors = run("deploy", "--stage", "prod")
    assert code == 1
    assert "AWS_REGION" in errors
