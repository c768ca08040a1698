"""The synthesised templates of the local stage, made once per state of the sources and shared by all test processes."""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from infra.toolchain import BUILD, ROOT

Template = dict[str, Any]


@cache
def templates() -> dict[str, Template]:
    """Each stack's template by the last part of its name (`Core`, `Orders`, ...)."""
    folder = BUILD / f"templates-{_state()}"
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "templates.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "manifest.json").exists():
            _synthesise(folder)
    return {
        path.name.removesuffix(".template.json").rpartition("-")[2]: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.template.json"))
    }


def resources(kind: str) -> list[tuple[str, str, dict[str, Any]]]:
    """(stack, logical id, properties) of every resource of one type."""
    return [
        (stack, logical_id, resource.get("Properties", {}))
        for stack, template in templates().items()
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == kind
    ]


def _state() -> str:
    digest = hashlib.sha256()
    for top in ("infra", "shared", "functions", "docs/openapi.json", "uv.lock"):
        path = ROOT / top
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.relative_to(ROOT).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _synthesise(folder: Path) -> None:
    from infra.app import build  # importing CDK takes seconds
    from infra.assets import HOST
    from infra.stage import stage_named

    for old in BUILD.glob("templates-*"):
        shutil.rmtree(old)
    build(stage_named("local"), target=HOST, outdir=folder, checks=False, operations=False).synth()
