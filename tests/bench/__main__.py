"""`poe bench [section ...]`: prints figures; nothing here passes or fails."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import commands, startup
from tests.bench.identity.report import print_identity

CONSOLE = Console(width=120)


def print_startup() -> None:
    """Start-up CPU per function."""
    table = Table(title='Start-up CPU from the real zip; 1.00 = boto3.client("dynamodb") in the same run; aim <= 1.40')
    for column in ("function", "CPU ms (median)", "ratio"):
        table.add_column(column, justify="left" if column == "function" else "right")
    for name, median, ratio in startup.measure():
        table.add_row(name, f"{median:.0f}", f"{ratio:.2f}")
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


SECTIONS: dict[str, Callable[[], None]] = {
    "startup": print_startup,
    "commands": print_commands,
    "identity": lambda: print_identity(CONSOLE),
}


def main() -> None:
    """Print the sections asked for, or all."""
    parser = argparse.ArgumentParser(prog="poe bench", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="which figures (default: all)")
    parser.add_argument("--csv", type=Path, help="identity: measure these labelled records instead")
    options = parser.parse_args()
    if options.csv:
        print_identity(CONSOLE, options.csv)
        return
    for section in options.sections or SECTIONS:
        SECTIONS[section]()


if __name__ == "__main__":
    main()
