"""`throughline replay`: real baskets through the public API of the local stack."""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from infra.local.imports import NotImported
from infra.local.patience import Unexpected
from infra.local.replay.baskets import Opening, Unreadable, baskets, opening
from infra.local.replay.journal import Journal
from infra.local.replay.player import Player
from infra.local.replay.report import Report, show
from infra.local.replay.standing import Standing, Tally
from infra.local.stack import DEFAULT_DIRECTORY, LocalStack
from infra.local.starting import start

EXCERPT = Path(__file__).parents[1] / "data" / "online-retail-300.jsonl.gz"
JOURNAL = "replay.jsonl"


def replay(
    file: Annotated[Path, typer.Argument(help="By default 300 orders of the UCI Online Retail data.")] = EXCERPT,
    orders: Annotated[int, typer.Option(min=1, help="How many of its orders.")] = 300,
    ship: Annotated[bool, typer.Option("--ship", help="Do the staff's work as well, until all parcels left.")] = False,
    connections: Annotated[int, typer.Option(min=1, max=64, help="Calls at a time.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="The report for programs.")] = False,
    directory: Annotated[Path, typer.Option(help="Where the local stack keeps its state.")] = DEFAULT_DIRECTORY,
) -> None:
    """Send real baskets through the running stack (one is started when none runs); goes on where it stopped."""
    console = Console(stderr=True, highlight=False)
    if not file.is_file():
        console.print(f"There is no file {file}.", style="red", markup=False)
        raise typer.Exit(2)
    stack = start(console, directory, fresh=False, attended=False)
    try:
        report = play(stack, file, orders=orders, ship=ship, connections=connections, console=console)
    except (NotImported, Unexpected, Unreadable, OSError, TimeoutError) as error:
        console.print(
            f"{error}\nWhat was done stays done: the same command goes on from here.", style="red", markup=False
        )
        raise typer.Exit(1) from error
    if as_json:
        typer.echo(json.dumps(report.to_json(), indent=2))
    else:
        show(report, Console(highlight=False))
        console.print(f"The API stays up at {stack.base_url}; `throughline down` ends it.")
    raise typer.Exit(0 if report.ok else 1)


def play(
    stack: LocalStack, file: Path, *, orders: int, ship: bool = False, connections: int = 8, console: Console
) -> Report:
    """The replay itself; it may be called again after any error.

    Raises NotImported, Unexpected, Unreadable, OSError or TimeoutError.
    """
    identity = f"{stack.base_url} {stack.pid}"
    with Journal(stack.directory / JOURNAL, stack=identity, source=file) as journal, _Display(console) as display:
        player = Player(stack, journal, connections=connections)
        with display.step("reading", total=None):
            needed = opening(file, orders)
        with display.step("stocking", total=_steps_to_load(needed), unit="rows") as advance:
            player.load(needed, advance)
        with display.step("settling", total=None):
            player.settle()
        placed_before = len(player.order_ids())
        with display.step("placing", total=orders, unit="orders") as advance:
            lines = player.place(baskets(file, orders), advance)
        placed_now = len(player.order_ids()) - placed_before
        if ship:
            with display.step("shipping", total=len(player.order_ids()), unit="orders") as advance:
                player.ship(advance)
        with display.step("arriving", total=None):
            player.settle()
        report = _looked_at(player, stack, display)
        report.placed_now, report.lines_now = placed_now, lines
        report.placing_seconds, report.steps = display.seconds["placing"], dict(display.seconds)
        return report


def _looked_at(player: Player, stack: LocalStack, display: _Display) -> Report:
    tally, standings = Tally(), Counter[Standing]()
    stuck = []
    with display.step("looking", total=len(player.order_ids()), unit="orders") as advance:
        for order, standing in player.orders(advance):
            tally.add(order)
            standings[standing] += 1
            if standing is Standing.MOVING:
                stuck.append(order["order_id"])
    with display.step("auditing", total=None):
        player.settle()
        audit = player.audit()
    dead = {queue: len(messages) for queue, messages in stack.dead_letters().items()}
    return Report(tally, standings, stuck, audit, dead)


def _steps_to_load(needed: Opening) -> int:
    return sum(len(wave.skus) + sum(map(len, wave.stock.values())) for wave in needed.waves)


class _Display:
    """One progress bar per step, with its speed; remembers how long each took."""

    def __init__(self, console: Console) -> None:
        columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, TextColumn("{task.fields[speed]}"), console=console)
        self.seconds: dict[str, float] = {}

    def __enter__(self) -> _Display:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @contextmanager
    def step(self, name: str, *, total: int | None, unit: str = "calls") -> Iterator[_Advance]:
        """Within: a bar; call what it gives for each thing done."""
        task = self._progress.add_task(name, total=total, speed="")
        began = time.monotonic()
        advance = _Advance(self._progress, task, unit, began)
        yield advance
        self.seconds[name] = round(time.monotonic() - began, 1)
        self._progress.update(task, total=advance.count or 1, completed=advance.count or 1)


class _Advance:
    """Counts one thing done."""

    def __init__(self, progress: Progress, task: TaskID, unit: str, began: float) -> None:
        self._progress, self._task, self._unit, self._began = progress, task, unit, began
        self._numbers = itertools.count(1)  # counting this way is one step, also between threads
        self.count = 0

    def __call__(self) -> None:
        self.count = max(self.count, next(self._numbers))
        speed = self.count / max(0.001, time.monotonic() - self._began)
        self._progress.update(self._task, advance=1, speed=f"{speed:.1f} {self._unit}/s")
