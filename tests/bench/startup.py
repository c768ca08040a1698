"""Start-up CPU of each function from its real zip and layer, against `boto3.client("dynamodb")` in the same run."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from infra.assets import HOST, dependency_layer, service_zip
from infra.toolchain import ROOT

RUNS = 7
_HANDLER = re.compile(r"^(?:def handler\b|handler\b)", re.MULTILINE)

_MEASURE = """
import resource, sys
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
sys.path[:0] = {paths!r}
began = cpu()
{code}
print((cpu() - began) * 1000)
"""
_BASELINE = 'import boto3; boto3.client("dynamodb", region_name="eu-west-1")'
_FUNCTION = 'import {module}; from shared.aws import client; client("{service}")'
_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def entry_points() -> list[tuple[str, str]]:
    """(service, module) of every function there is."""
    return [
        (folder.name, path.stem if path.stem != "__init__" else path.parent.name)
        for folder in sorted((ROOT / "functions").iterdir())
        for path in sorted([*folder.glob("*.py"), *folder.glob("*/__init__.py")])
        if _HANDLER.search(path.read_text(encoding="utf-8"))
    ]


def cpu_ms(code: str, paths: list[str]) -> float:
    """CPU milliseconds of the code in a fresh interpreter, without the interpreter's own start."""
    script = _MEASURE.format(paths=paths, code=code)
    ended = subprocess.run(
        [sys.executable, "-S" if paths else "-E", "-c", script],
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(ended.stdout.splitlines()[-1])


def measure(runs: int = RUNS) -> list[tuple[str, float, float]]:
    """(function, median CPU ms, ratio to the median baseline) with the baseline measured in turn with each function."""
    results = []
    with tempfile.TemporaryDirectory() as scratch:
        layer = _unzipped(dependency_layer(HOST).path, Path(scratch) / "layer") / "python"
        for service, module in entry_points():
            code_folder = _unzipped(service_zip(service, HOST).path, Path(scratch) / service)
            uses = "events" if module == "relay" else "dynamodb"
            code = _FUNCTION.format(module=f"functions.{service}.{module}", service=uses)
            if module == "token":  # calls no AWS service
                code = f"import functions.{service}.{module}"
            paths = [str(code_folder), str(layer)]
            baseline, ours = [], []
            for _ in range(runs):
                baseline.append(cpu_ms(_BASELINE, []))
                ours.append(cpu_ms(code, paths))
            median = statistics.median(ours)
            results.append((f"{service}.{module}", median, median / statistics.median(baseline)))
    return results


def _unzipped(archive: Path, folder: Path) -> Path:
    if not folder.exists():
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(folder)
    return folder
