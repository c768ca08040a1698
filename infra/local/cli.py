"""The `throughline` command line."""

from __future__ import annotations

import importlib
import importlib.util
import json
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from infra.local import aws
from infra.local.emulator import EmulatorFailed
from infra.local.stack import DEFAULT_DIRECTORY, LocalStack, LogLine, NotRunning
from infra.local.templates import DeployFailed
from infra.local.tokens import NoSuchToken
from infra.stage import UnknownStage
from infra.toolchain import ToolFailed, ToolMissing

FOLLOW_SECONDS = 1.0
PLAYED = ("demo", "replay", "reemit", "geography")
"""Commands in modules of their own, each with a function of the same name."""

app = typer.Typer(
    help="Throughline: omnichannel order management, on this computer or on AWS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(stderr=True, highlight=False)

Directory = Annotated[Path, typer.Option(help="Where the local stack keeps its state.", show_default=False)]


@app.command()
def up(
    detach: Annotated[bool, typer.Option("--detach", help="Return as soon as it is healthy.")] = False,
    port: Annotated[int | None, typer.Option(help="The port; by default a free one.")] = None,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Start the whole stack on this computer, fresh and empty."""
    began = time.monotonic()
    console.print("Starting fresh: nothing of an earlier run is kept.")
    try:
        with console.status("starting") as display:
            stack = LocalStack.start(
                directory, port=port, attended=not detach, progress=lambda step: display.update(f"{step} …")
            )
    except (DeployFailed, EmulatorFailed, TimeoutError, ToolFailed, ToolMissing) as error:
        _fail(str(error))
    console.print(f"Up in {time.monotonic() - began:.1f} s. The API:")
    typer.echo(stack.base_url)
    console.print(f"OpenAPI document: {stack.base_url}/v1/openapi.json")
    console.print("A token: throughline token --role ops    Its state: throughline status")
    if detach:
        console.print("End it with: throughline down")
        return
    console.print("Ctrl-C ends it. What the functions log:")
    try:
        _follow(stack)
    except KeyboardInterrupt:
        console.print("Ending.")
    finally:
        stack.stop()


@app.command()
def down(directory: Directory = DEFAULT_DIRECTORY) -> None:
    """End the local stack and forget everything in it."""
    _attach(directory).stop()
    console.print("Ended.")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """How the local stack is: address, health, queues, last errors. Exit code 1 when it is not healthy."""
    try:
        stack = LocalStack.attach(directory)
    except NotRunning as error:
        found: dict[str, object] = {"base_url": None, "healthy": False, "queues": {}, "last_errors": [str(error)]}
    else:
        found = {
            "base_url": stack.base_url,
            "healthy": stack.healthy(),
            "queues": stack.queue_depths(),
            "last_errors": stack.errors(),
        }
    if as_json:
        typer.echo(json.dumps(found, indent=2))
    else:
        _show(found)
    raise typer.Exit(0 if found["healthy"] else 1)


@app.command()
def token(
    role: Annotated[str, typer.Option(help="ops, channel, associate, service_desk or customer.")],
    channel: Annotated[str | None, typer.Option(help="For the role channel: web, app, pos, …")] = None,
    location: Annotated[str | None, typer.Option(help="For the role associate: one or more, comma-joined.")] = None,
    customer: Annotated[str | None, typer.Option(help="For the role customer: the customer id.")] = None,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Print an access token of the local stack, and nothing else."""
    try:
        typer.echo(_attach(directory).token(role=role, channel=channel, location=location, customer=customer))
    except NoSuchToken as error:
        _fail(str(error))


@app.command()
def logs(
    function: Annotated[str | None, typer.Option(help="One function, for instance orders.api.")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on until Ctrl-C.")] = False,
    directory: Directory = DEFAULT_DIRECTORY,
) -> None:
    """Print what the functions logged, in order of time."""
    stack = _attach(directory)
    try:
        if follow:
            _follow(stack, function=function)
        for line in stack.log_lines(function=function):
            _print(line)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def deploy(
    context: typer.Context,
    stage: Annotated[str, typer.Option(help="A stage of infra/stage.py.")],
) -> None:
    """Deploy to AWS. Further options are handed to `cdk deploy`."""
    try:
        raise typer.Exit(aws.deploy(stage, options=context.args))
    except (aws.NotReady, UnknownStage) as error:
        _fail(str(error))


for _name in PLAYED:
    if importlib.util.find_spec(f"infra.local.{_name}"):
        app.command(_name)(getattr(importlib.import_module(f"infra.local.{_name}"), _name))


def _attach(directory: Path) -> LocalStack:
    try:
        return LocalStack.attach(directory)
    except NotRunning as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    console.print(message, style="red", markup=False)
    raise typer.Exit(1)


def _follow(stack: LocalStack, *, function: str | None = None) -> NoReturn:
    """Print lines as they come, until somebody interrupts."""
    signal.signal(signal.SIGTERM, _interrupt)
    seen_at, seen = 0, set[LogLine]()
    while True:
        for line in stack.log_lines(since_ms=seen_at, function=function):
            if line not in seen:
                _print(line)
            if line.at_ms > seen_at:
                seen_at, seen = line.at_ms, set()
            seen.add(line)
        time.sleep(FOLLOW_SECONDS)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _print(line: LogLine) -> None:
    if not line.text.startswith(("START ", "END ", "REPORT ")):
        typer.echo(f"{line.function:<22} {line.text}")


def _show(found: dict[str, object]) -> None:
    typer.echo(f"{found['base_url'] or 'not running'}    {'healthy' if found['healthy'] else 'NOT healthy'}")
    queues, errors = found["queues"], found["last_errors"]
    assert isinstance(queues, dict)
    assert isinstance(errors, list)
    for name, depth in queues.items():
        if depth:
            typer.echo(f"  {name}: {depth}")
    for line in errors:
        typer.echo(f"  {line}")
