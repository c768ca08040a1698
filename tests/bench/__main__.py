"""`poe bench [section ...]`: prints figures; nothing here passes or fails."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import availability, commands, flatness, imports, options, startup, way
from tests.bench import shards as shards_bench
from tests.bench.identity.measuring import SEED as IDENTITY_SEED
from tests.bench.identity.report import print_identity
from tests.bench.routing import latency, report

CONSOLE = Console(width=120)


def print_startup() -> None:
    """Start-up CPU per function, and what is left to the first call."""
    table = Table(title='Start-up CPU from the real zip; 1.00 = boto3.client("dynamodb") in the same run; aim <= 1.40')
    for column in ("function", "CPU ms (median)", "ratio", "first call, CPU ms"):
        table.add_column(column, justify="left" if column == "function" else "right")
    for one in startup.measure():
        first = "" if one.first_call_ms is None else f"{one.first_call_ms:.0f}"
        table.add_row(one.function, f"{one.start_ms:.0f}", f"{one.ratio:.2f}", first)
    CONSOLE.print(table)


def print_commands() -> None:
    """DynamoDB calls and units per command."""
    table = Table(title="DynamoDB per command (units by AWS's billing rules; index writes are derived rows)")
    table.add_column("command")
    for column in ("write requests", "write units", "read requests", "read units", "index write units"):
        table.add_column(column, justify="right")
    for name, meter in commands.measure():
        table.add_row(name, *meter.row())
    CONSOLE.print(table)


def print_way() -> None:
    """The whole way of one order."""
    table = Table(title="One order, placed to delivered; us-east-1 list prices of DynamoDB on demand and EventBridge")
    for column in ("lines", "placement requests / WU", "command WU", "without notes", "derived WU", "index WU",
                   "read units", "events", "$ per million"):  # fmt: skip
        table.add_column(column, justify="right")
    for cost in way.measure():
        table.add_row(*cost.row())
    CONSOLE.print(table)
    parts = ", ".join(f"{owner} {kind} {units:g}" for owner, kind, units in way.breakdown(3))
    CONSOLE.print(f"Command write units at 3 lines: {parts}")


def print_availability() -> None:
    """Availability of 1,000 items, whatever the size of the catalogue."""
    table = Table(title="Availability of 1,000 random items; aim <= 25 read units and <= 60 ms CPU")
    table.add_column("items in all")
    for column in ("read units", "after 2,000 sales", "CPU ms", "first call: units", "CPU ms", "chunks"):
        table.add_column(column, justify="right")
    for figure in availability.measure():
        table.add_row(*figure.row())
    CONSOLE.print(table)


def print_options() -> None:
    """Delivery options and plans by the size of the network."""
    table = Table(title="A basket of three items by size of the network; every place has stock and a limit of parcels")
    for column in ("places", "first load: units", "CPU ms", "then: units", "plan: CPU ms", "options: units", "CPU ms"):
        table.add_column(column, justify="right")
    for figure in options.measure():
        table.add_row(*figure.row())
    CONSOLE.print(table)


def print_imports() -> None:
    """Bulk import by the number of rows."""
    table = Table(
        title="Bulk import through the real worker; the table is a stub that counts (CPU of the worker alone)"
    )
    for column in ("case", "rows", "rows per CPU s", "peak MB", "read units/row", "write units/row", "requests/1,000"):
        table.add_column(column, justify="left" if column == "case" else "right")
    for row in imports.measure():
        table.add_row(*row)
    CONSOLE.print(table)


def print_shards() -> None:
    """What a hot position takes."""
    table = Table(title="Holds of one unit of one hot position (aim: grows with the shards)")
    for column in ("shards", "write units per hold at the hottest key", "holds per second"):
        table.add_column(column, justify="right")
    for shards, units, throughput in shards_bench.measure():
        table.add_row(str(shards), f"{units:.2f}", f"{throughput:,.0f}")
    CONSOLE.print(table)
    table = Table(title="A hold of three lines by size of the catalogue (aim: the same within 5 %)")
    for column in ("items", "write units", "read units"):
        table.add_column(column, justify="right")
    for items, written, read in flatness.measure():
        table.add_row(f"{items:,}", f"{written:g}", f"{read:g}")
    CONSOLE.print(table)


def print_routing(path: Path) -> None:
    """The router against simple rules: simulated weeks, real baskets."""
    report.weeks(CONSOLE)
    report.published(CONSOLE)
    report.baskets(CONSOLE, path)


def print_latency() -> None:
    """CPU of one decision."""
    table = Table(title="CPU ms of one plan with its explanation; medians over runs of each run's figure")
    for column in ("case", "plans", "median", "p99", "most", "aim (p99)", "proven"):
        table.add_column(column, justify="left" if column == "case" else "right")
    for row in latency.measure():
        table.add_row(*row)
    CONSOLE.print(table)


SECTIONS = (
    "startup",
    "commands",
    "way",
    "availability",
    "options",
    "shards",
    "imports",
    "latency",
    "routing",
    "identity",
)


def main() -> None:
    """Print the sections asked for, or all."""
    parser = argparse.ArgumentParser(prog="poe bench", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="which figures (default: all)")
    parser.add_argument("--baskets", type=Path, default=report.EXCERPT, help="real baskets to replay (routing)")
    parser.add_argument("--seed", type=int, default=IDENTITY_SEED, help="of the generated population (identity)")
    parser.add_argument("--csv", type=Path, help="labelled records to measure instead of a population (identity)")
    parser.add_argument("--mapping", type=Path, help="which columns of the CSV are what (identity/labelled.py)")
    asked = parser.parse_args()
    printers: dict[str, Callable[[], None]] = {
        "startup": print_startup,
        "commands": print_commands,
        "way": print_way,
        "availability": print_availability,
        "options": print_options,
        "shards": print_shards,
        "imports": print_imports,
        "latency": print_latency,
        "routing": lambda: print_routing(asked.baskets),
        "identity": lambda: print_identity(CONSOLE, asked.csv, mapping=asked.mapping, seed=asked.seed),
    }
    for section in asked.sections or SECTIONS:
        printers[section]()


if __name__ == "__main__":
    main()
