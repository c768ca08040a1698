"""`throughline reemit`: lets a service say again what it said in a window of time."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from infra.local.stack import DEFAULT_DIRECTORY, LocalStack, NotRunning


class Refused(RuntimeError):
    """The function did not do it; the message says why."""


def reemit(
    service: Annotated[str, typer.Argument(help="inventory, orders, fulfilment or customers.")],
    since: Annotated[datetime, typer.Option(help="UTC; the stream keeps 24 hours.", formats=["%Y-%m-%dT%H:%M:%SZ"])],
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%SZ"], help="By default now.")] = None,
    reader: Annotated[str, typer.Option(help="relay (events), or projector (derived rows).")] = "relay",
    directory: Annotated[Path, typer.Option(help="Where the local stack keeps its state.")] = DEFAULT_DIRECTORY,
) -> None:
    """Let a service's stream reader go through a window of time once more. Harmless: events have the same ids."""
    console = Console(stderr=True, highlight=False)
    try:
        stack = LocalStack.attach(directory)
        count = again(
            stack, f"functions.{service}.{reader}.handler", since=_utc(since), until=_utc(until) if until else None
        )
    except (NotRunning, Refused) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    typer.echo(f"{count} changes gone through again")


def again(stack: LocalStack, handler: str, *, since: str, until: str | None = None) -> int:
    """Let the function go through the window, call by call; answers how many changes there were. Raises Refused."""
    name = _function(stack, handler)
    wanted: dict[str, Any] = {"since": since} | ({"until": until} if until else {})
    count = 0
    while True:
        answer = stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps(wanted).encode())
        said = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise Refused(said.get("errorMessage", str(said)))
        count += int(said["records"])
        if said["after"] is None:
            return count
        wanted["after"] = said["after"]


def _function(stack: LocalStack, handler: str) -> str:
    for page in stack.client("lambda").get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            if function["Handler"] == handler:
                return str(function["FunctionName"])
    raise Refused(f"there is no function {handler}")


def _utc(moment: datetime) -> str:
    return f"{moment.isoformat()}Z"
