"""What is uploaded: one zip per service and one layer of third-party packages, built without Docker.

An asset's key is made from what goes in (sources, lock file, recipe), not from the bytes that come out. So the template
names the same key wherever it is synthesised, and a build for this computer can stand in for the one for AWS.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.toolchain import BUILD, ROOT, interpreter, run, uv

RUNTIME_VERSION = "3.14"
"""The Lambda runtime's Python; `infra.constructs.functions` names the same one to CloudFormation."""
RUNTIME_PLATFORM = "aarch64-manylinux_2_28"
"""The runtime is Amazon Linux 2023 with glibc 2.34; numpy is built for 2.28 and up."""
RECIPE = "7"
"""Changed by hand whenever this file builds something else from the same sources."""

BOTOCORE_SERVICES = frozenset(
    {
        "cloudwatch",
        "dynamodb",
        "dynamodbstreams",
        "events",
        "lambda",
        "s3",
        "scheduler",
        "secretsmanager",
        "sqs",
        "ssm",
        "sts",
    }
)
"""The AWS services that functions may call: the models of the other four hundred stay out of the layer."""

ENDPOINT_PREFIXES = BOTOCORE_SERVICES - {"cloudwatch", "dynamodbstreams"} | {"monitoring", "streams.dynamodb"}
"""The same services by the names that botocore's list of endpoints gives them."""

EVERYWHERE: tuple[str, ...] = ("--no-default-groups",)
SOLVER: tuple[str, ...] = ("--only-group", "solver")
"""Which packages of the lock file a layer holds, as the exporter is told: what all functions need, or HiGHS."""

EXTRA_FILES = {"platform": ("docs/openapi.json",)}
"""Files beside its own code that a service's zip holds, by their path in the repository."""

SOURCES = ROOT
"""Where `functions/` and `shared/` are read from; a test may point it elsewhere."""

_EPOCH = (1980, 1, 1, 0, 0, 0)


class AssetMissing(FileNotFoundError):
    """A file that belongs into a zip does not exist; the message says which."""


@dataclass(frozen=True)
class Target:
    """Which Python the files are made for."""

    name: str
    interpreter: Path | None
    """Compiles the byte code; None leaves it out."""
    platform: str | None
    """The platform tag of the wheels; None: this computer's."""
    compressed: bool = True
    """The emulator unpacks every zip for every worker: what is not compressed starts sooner."""


HOST = Target("host", Path(sys.executable), None, compressed=False)


def runtime_target() -> Target:
    """The Lambda runtime. Raises ToolMissing when no interpreter of its version is here to compile byte code."""
    return Target("lambda", interpreter(RUNTIME_VERSION), RUNTIME_PLATFORM)


@dataclass(frozen=True)
class Asset:
    """A zip and the key by which the template names it."""

    path: Path
    key: str


def service_zip(service: str, target: Target) -> Asset:
    """`shared/`, `functions/<service>/` and their byte code. Raises AssetMissing."""
    # Read once: what is edited meanwhile must not end up under this key.
    sources = {name: path.read_bytes() for name, path in sorted(_sources(service))}
    key = _digest("service", *(f"{name}\0".encode() + content for name, content in sources.items()))
    out = BUILD / f"{service}-{key[:16]}-{_tag(target)}.zip"
    if not out.exists():
        with _scratch() as folder:
            for name, content in sources.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
            compile_tree(folder, target, mounted_at="/var/task")
            write_zip(folder, out, compressed=target.compressed)
    return Asset(out, key)


def dependency_layer(target: Target, *, packages: tuple[str, ...] = EVERYWHERE) -> Asset:
    """Packages of the lock file, without what functions never read."""
    key = layer_key(packages)
    out = BUILD / f"layer-{key[:16]}-{_tag(target)}.zip"
    if not out.exists():
        with _scratch() as folder:
            install_packages(folder / "python", target, packages=packages)
            compile_tree(folder, target, mounted_at="/opt")
            write_zip(folder, out, compressed=target.compressed)
    return Asset(out, key)


@cache
def layer_key(packages: tuple[str, ...] = EVERYWHERE) -> str:
    """The key of a layer: the same for every target."""
    return _digest("layer", *packages, (ROOT / "uv.lock").read_bytes(), repr(sorted(BOTOCORE_SERVICES)).encode())


def install_packages(folder: Path, target: Target, *, packages: tuple[str, ...] = EVERYWHERE) -> None:
    """The locked packages for the target in `folder`, pruned."""
    with _scratch() as scratch:
        wanted = scratch / "requirements.txt"
        locked = run([*uv(), "export", "--quiet", *packages, "--no-emit-project", "--frozen"])
        wanted.write_text(locked)
        made_for = (
            ["--python-platform", target.platform, "--python-version", RUNTIME_VERSION]
            if target.platform
            else ["--python", str(target.interpreter)]
        )
        run([*uv(), "pip", "install", "--quiet", "--target", folder, "--only-binary", ":all:", "--no-deps",
             *made_for, "-r", wanted])  # fmt: skip
    _prune(folder)


def _prune(folder: Path) -> None:
    models = folder / "botocore" / "data"
    if models.exists():
        for model in models.iterdir():
            if model.is_dir() and model.name not in BOTOCORE_SERVICES:
                shutil.rmtree(model)
        _trim_endpoints(models / "endpoints.json")
    for unused in ("bin", "dns", "boto3/examples", "aws_lambda_powertools/event_handler/openapi/swagger_ui"):
        shutil.rmtree(folder / unused, ignore_errors=True)
    for tests in [*folder.glob("*/tests"), *folder.glob("*/test"), *folder.glob("numpy/*/tests")]:
        shutil.rmtree(tests)
    for leftover in [folder / ".lock", *folder.glob("*.dist-info/RECORD"), *folder.rglob("*.pyi")]:
        leftover.unlink(missing_ok=True)


def _trim_endpoints(path: Path) -> None:
    """Every client reads all of this file at its first call: 1.2 MB for four hundred services."""
    endpoints = json.loads(path.read_text())
    for partition in endpoints["partitions"]:
        known = {name: one for name, one in partition["services"].items() if name in ENDPOINT_PREFIXES}
        partition["services"] = known
    path.unlink()  # the installer may have linked it from its cache, which must stay as it is
    path.write_text(json.dumps(endpoints, separators=(",", ":")))


def compile_tree(folder: Path, target: Target, *, mounted_at: str) -> None:
    """Byte code beside each source that is trusted without a look at the source's date.

    Unzipped files carry the zip's fixed date, and Lambda's file system is read-only: without this every cold start
    would compile everything, which doubles it.
    """
    if target.interpreter:
        run([target.interpreter, "-I", "-m", "compileall", "-q", "-j", "0", "--invalidation-mode", "unchecked-hash",
             "-s", folder, "-p", mounted_at, folder])  # fmt: skip


def write_zip(folder: Path, out: Path, *, compressed: bool = True) -> None:
    """The folder as a zip whose order, dates and modes are always the same. Appears whole or not at all."""
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    out.parent.mkdir(parents=True, exist_ok=True)
    half = out.with_name(f".{out.name}.{os.getpid()}")
    with zipfile.ZipFile(half, "w", method) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
                entry.external_attr = 0o644 << 16
                entry.compress_type = method
                archive.writestr(entry, path.read_bytes())
    half.replace(out)


def _sources(service: str) -> Iterator[tuple[str, Path]]:
    tops = ("shared", f"functions/{service}", "functions/__init__.py", *EXTRA_FILES.get(service, ()))
    for top in tops:
        if not (SOURCES / top).exists():
            raise AssetMissing(f"the zip of the service {service} needs {top}, which does not exist")
        for path in _files(SOURCES / top):
            yield path.relative_to(SOURCES).as_posix(), path


def sources_key() -> str:
    """Changes whenever anything changes that a synthesised stack is made from."""
    names = ("infra", "functions", "shared", "docs/openapi.json", "cdk.json", "uv.lock")
    files = sorted(path for name in names for path in _files(ROOT / name))
    return _digest("stack", sys.version, *(str(path).encode() + b"\0" + path.read_bytes() for path in files))


def _files(top: Path) -> Iterator[Path]:
    if top.is_file():
        yield top
    yield from (path for path in top.rglob("*") if path.is_file() and path.suffix != ".pyc")


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.sha256(f"{RECIPE} {RUNTIME_VERSION} {RUNTIME_PLATFORM}".encode())
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


def _tag(target: Target) -> str:
    return f"{target.name}{sys.version_info.major}{sys.version_info.minor}" if target.platform is None else target.name


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder that is gone afterwards, on the same disk as the results."""
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as name:
        yield Path(name)
