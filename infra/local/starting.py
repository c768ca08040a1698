"""Starting the stack for a command that plays on it: progress while it starts, a plain word when it cannot."""

from __future__ import annotations

import time
from pathlib import Path

import typer
from rich.console import Console

from infra.local.emulator import EmulatorFailed
from infra.local.stack import LocalStack
from infra.local.templates import DeployFailed
from infra.toolchain import ToolFailed, ToolMissing


def start(console: Console, directory: Path, *, fresh: bool, attended: bool, port: int | None = None) -> LocalStack:
    """A healthy stack. Ends the command with code 1 when there is none to be had."""
    began = time.monotonic()
    try:
        with console.status("starting") as status:
            stack = LocalStack.start(
                directory,
                fresh=fresh,
                port=port,
                attended=attended,
                progress=lambda step: status.update(f"{step} …"),
            )
    except (DeployFailed, EmulatorFailed, TimeoutError, ToolFailed, ToolMissing) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    console.print(f"Up in {time.monotonic() - began:.1f} s at {stack.base_url}", soft_wrap=True)
    return stack
