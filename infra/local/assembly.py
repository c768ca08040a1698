"""The synthesised stack of the local stage, made again only when something that it is made from has changed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from infra.assets import HOST, sources_key
from infra.stage import stage_named
from infra.toolchain import BUILD

STAGE = "local"
KEPT = 4
"""Assemblies that stay: another stack may be deploying an older one just now."""


def synthesised() -> Path:
    """The folder of the assembly. The rules of `infra.checks` are left to the tests and to `throughline deploy`."""
    folder = BUILD / f"assembly-{sources_key()[:16]}"
    if not folder.exists():
        half = BUILD / f".assembly-{os.getpid()}"
        shutil.rmtree(half, ignore_errors=True)
        _synthesise(half)
        try:
            half.rename(folder)
        except OSError:  # somebody else was faster
            shutil.rmtree(half)
        _tidy()
    return folder


def _synthesise(outdir: Path) -> None:
    # CDK's own look at the templates takes as long as everything else together.
    os.environ["CDK_VALIDATION"] = "false"
    from infra.app import build  # only here: importing CDK takes seconds

    build(stage_named(STAGE), target=HOST, outdir=outdir, checks=False).synth()


def _tidy() -> None:
    newest_first = sorted(BUILD.glob("assembly-*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in newest_first[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
