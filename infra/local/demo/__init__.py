"""`throughline demo`: an omnichannel morning of a small retailer, played on the local stack over the public API."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from infra.local.demo.floor import Floor, WentWrong
from infra.local.demo.scenes import SCENES
from infra.local.demo.summary import Summary, show, summarise
from infra.local.patience import TookTooLong, Unexpected
from infra.local.stack import DEFAULT_DIRECTORY, LocalStack
from infra.local.starting import start

PIPE_WIDTH = 120
FAILURES = (WentWrong, TookTooLong, Unexpected, TimeoutError, OSError)


def demo(
    keep: Annotated[bool, typer.Option("--keep/--no-keep", help="Leave the API up afterwards.")] = True,
    port: Annotated[int | None, typer.Option(help="The port; by default a free one.")] = None,
    directory: Annotated[Path, typer.Option(help="Where the local stack keeps its state.")] = DEFAULT_DIRECTORY,
) -> None:
    """Start the whole stack, fresh, and play an omnichannel morning of a small retailer on it."""
    console = _console()
    began = time.monotonic()
    console.print("Starting the whole stack on this computer, fresh: nothing of an earlier run is kept.")
    stack = start(console, directory, fresh=True, attended=not keep, port=port)
    try:
        show(play(stack, console), console)
    except FAILURES as error:
        _explain(error, stack, console)
        raise typer.Exit(1) from error
    finally:
        if not keep:
            stack.stop()
    console.print(f"The morning took {time.monotonic() - began:.0f} s.")
    if keep:
        _how_to_play(stack, console)


def play(stack: LocalStack, console: Console) -> Summary:
    """Play every scene on a running, empty stack. Raises one of FAILURES when a scene does not end as it must."""
    floor = Floor(stack)
    columns = (SpinnerColumn(), TextColumn("{task.description:<28}"), BarColumn(bar_width=24), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(SCENES) + 1)
        for title, scene in SCENES:
            progress.update(task, description=title)
            began = time.monotonic()
            told = scene(floor)
            progress.console.print(f"  {title:<28} {told}  [dim]{time.monotonic() - began:.1f} s[/dim]")
            progress.advance(task)
        progress.update(task, description="Looking at what came of it")
        return summarise(floor)


def _console() -> Console:
    """Into a file or a pipe: wide enough that no table wraps."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PIPE_WIDTH)


def _explain(error: Exception, stack: LocalStack, console: Console) -> None:
    console.print(f"\nThe play stopped: {error}", style="red", markup=False)
    for line in stack.errors(limit=5):
        console.print(line, style="dim", markup=False)


def _how_to_play(stack: LocalStack, console: Console) -> None:
    """Three lines to copy."""
    url = stack.base_url
    console.print("\nThe API stays up to play with; `sh .ci/uv run throughline down` ends it.\n", style="bold")
    for line in (
        f"API={url}",
        "TOKEN=$(sh .ci/uv run throughline token --role ops)",
        'curl -s "$API/v1/inventory/MUG" -H "Authorization: Bearer $TOKEN"',
        'curl -s "$API/v1/orders?channel=app&channel_order_id=A-2001" -H "Authorization: Bearer $TOKEN"',
        'curl -s "$API/v1/customers?email=ann.lee@example.com" -H "Authorization: Bearer $TOKEN"',
    ):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print(f"\nThe OpenAPI document: {url}/v1/openapi.json", markup=False, soft_wrap=True)
