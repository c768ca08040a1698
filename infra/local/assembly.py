"""Synthesised stacks, made again only when something that they are made from has changed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.assets import HOST, sources_key
from infra.stage import stage_named
from infra.toolchain import BUILD

LOCAL_STAGE = "local"
KEPT = 6
"""Assemblies that stay: another process may be deploying or testing an older one just now."""


def synthesised(stage: str = LOCAL_STAGE, *, checks: bool = False) -> Path:
    """The folder of the stage's assembly, with byte code and packages for this computer.

    `checks`: every rule of `infra.checks` and CDK's own have passed. Safe to call in many processes at once.
    """
    folder = BUILD / f"assembly-{sources_key()[:16]}-{stage}{'-checked' if checks else ''}"
    with _alone():
        if not folder.exists():
            half = BUILD / f".{folder.name}"
            shutil.rmtree(half, ignore_errors=True)
            _synthesise(stage, half, checks=checks)
            half.rename(folder)
            _tidy()
    return folder


def _synthesise(stage: str, outdir: Path, *, checks: bool) -> None:
    # CDK's own look at the templates takes as long as everything else together.
    os.environ["CDK_VALIDATION"] = "true" if checks else "false"
    from infra.app import build  # only here: importing CDK takes seconds

    build(stage_named(stage), target=HOST, outdir=outdir, checks=checks).synth()


def _tidy() -> None:
    newest_first = sorted(BUILD.glob("assembly-*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in newest_first[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _alone() -> Iterator[None]:
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "assembly.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
