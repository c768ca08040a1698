"""Each function from its real zip and layer: alone, offline, without environment, all of it can be imported."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import botocore
import botocore.session
import pytest

from infra.assets import (
    BOTOCORE_SERVICES,
    EVERYWHERE,
    HOST,
    RUNTIME_PLATFORM,
    SOLVER,
    Asset,
    Target,
    dependency_layer,
    install_packages,
    layer_key,
    service_zip,
)
from infra.local.assembly import synthesised
from shared.routes import ROUTES

SERVICES = sorted({route.service for route in ROUTES})

IMPORT_ALONE = """
import importlib, socket, sys
sys.path[:] = [path for path in sys.path if "site-packages" not in path] + {paths!r}

def refuse(*_):
    raise AssertionError("importing a function must not use the network")

socket.socket.connect = refuse
for name in {modules!r}:
    importlib.import_module(name)
for name in {handlers!r}:
    assert callable(sys.modules[name].handler), name
foreign = [m.__name__ for m in sys.modules.values() if getattr(m, "__file__", None) and {root!r} in m.__file__]
assert not foreign, foreign
"""


SOLVE_ALONE = """
import sys
sys.path[:] = [path for path in sys.path if "site-packages" not in path] + {paths!r}
from functions.fulfilment import pricer, solver
from functions.fulfilment.domain.routing.fluid import fluid_model
assert "highspy" not in sys.modules
print(solver.duals(fluid_model([1.0], [2.0], [0.0], [[5.0]], margin=0.0, penalty=12.0))[:2])
"""

ENDPOINTS = """
import sys
sys.path[:] = [path for path in sys.path if "site-packages" not in path] + {paths!r}
import botocore
import botocore.session
session = botocore.session.get_session()
session.set_credentials("a", "b")
for service in {services!r}:
    for region in ("eu-west-1", "us-east-1", "cn-north-1"):
        print(service, region, session.create_client(service, region_name=region).meta.endpoint_url)
"""


def handlers() -> dict[str, list[str]]:
    """The modules that the template names as handlers, by service."""
    found: dict[str, list[str]] = {}
    for template in synthesised(checks=True).glob("*.template.json"):
        for resource in json.loads(template.read_text())["Resources"].values():
            if resource["Type"] == "AWS::Lambda::Function":
                module, _, function = resource["Properties"]["Handler"].rpartition(".")
                assert function == "handler"
                found.setdefault(module.split(".")[1], []).append(module)
    return found


@pytest.fixture(scope="session")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked layer, as Lambda mounts it at /opt."""
    return unpacked(dependency_layer(HOST), tmp_path_factory.mktemp("layer"))


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def unpacked(asset: Asset, folder: Path) -> Path:
    with zipfile.ZipFile(asset.path) as archive:
        archive.extractall(folder)
    return folder


def names(asset: Asset) -> set[str]:
    with zipfile.ZipFile(asset.path) as archive:
        return set(archive.namelist())


def test_every_module_of_a_service_imports_from_its_zip_alone(service: str, layer: Path, tmp_path: Path) -> None:
    """Not the handlers alone: what is imported at first use (ADR 36) must not fail there for the first time."""
    code = unpacked(service_zip(service, HOST), tmp_path)
    modules = sorted(
        path.relative_to(code).with_suffix("").as_posix().removesuffix("/__init__").replace("/", ".")
        for path in (code / "functions" / service).rglob("*.py")
    )
    script = IMPORT_ALONE.format(
        paths=[str(code), str(layer / "python")],
        modules=modules,
        handlers=handlers()[service],
        root=str(Path(__file__).parents[2]) + "/",
    )
    # -I and -S: no environment, no user or site packages, nothing but the two folders and the standard library.
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], env={}, cwd=tmp_path, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr


def test_a_zip_holds_its_own_service_and_what_all_share_and_nothing_else(service: str) -> None:
    own = (f"functions/{service}/", "shared/")
    extra = {"functions/__init__.py"} | ({"docs/openapi.json"} if service == "platform" else set())
    others = {
        name for name in names(service_zip(service, HOST)) if not name.startswith(own) and "__pycache__" not in name
    }
    assert others == extra


def test_every_module_has_byte_code_that_is_trusted_unseen(service: str) -> None:
    with zipfile.ZipFile(service_zip(service, HOST).path) as archive:
        sources = [name for name in archive.namelist() if name.endswith(".py")]
        for source in sources:
            compiled = importlib.util.cache_from_source(source)
            # PEP 552: bit 0 = checked by hash instead of date, bit 1 = the source is looked at. We want 01.
            assert int.from_bytes(archive.read(compiled)[4:8], "little") == 0b01, source
    assert sources


def test_the_same_sources_give_the_same_zip_and_key(
    service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = service_zip(service, HOST)
    monkeypatch.setattr("infra.assets.BUILD", tmp_path)
    again = service_zip(service, HOST)
    assert again.key == before.key
    assert names(again) == names(before)
    with zipfile.ZipFile(before.path) as one, zipfile.ZipFile(again.path) as other:
        for name in one.namelist():
            assert one.getinfo(name).date_time == other.getinfo(name).date_time == (1980, 1, 1, 0, 0, 0)
            if not name.endswith(".pyc"):
                assert one.read(name) == other.read(name), name


def test_the_layer_holds_what_functions_need_and_little_of_the_sdk() -> None:
    held = names(dependency_layer(HOST))
    assert "python/pydantic/__init__.py" in held
    assert "python/boto3/__init__.py" in held
    models = {name.split("/")[3] for name in held if name.startswith("python/botocore/data/") and name.count("/") > 3}
    assert {"dynamodb", "events", "sqs"} <= models
    assert len(models) <= 11
    assert not {name.split("/")[1] for name in held} & {"aws_cdk", "pytest", "moto", "typer", "ministack"}


def test_building_the_layer_leaves_the_installed_sdk_as_it_was(tmp_path: Path) -> None:
    data = Path(str(botocore.__file__)).parent / "data" / "endpoints.json"
    before = data.read_bytes()
    install_packages(tmp_path / "python", HOST)
    assert data.read_bytes() == before
    assert (tmp_path / "python/botocore/data/endpoints.json").stat().st_size < len(before) / 10


def test_every_service_in_use_is_reached_at_the_same_address_as_with_the_whole_sdk(layer: Path, tmp_path: Path) -> None:
    script = ENDPOINTS.format(paths=[str(layer / "python")], services=sorted(BOTOCORE_SERVICES))
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], env={}, cwd=tmp_path, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    whole = botocore.session.get_session()
    for line in ended.stdout.splitlines():
        service, region, endpoint = line.split()
        assert whole.create_client(service, region_name=region).meta.endpoint_url == endpoint
    assert len(ended.stdout.splitlines()) == len(BOTOCORE_SERVICES) * 3


def test_the_layer_for_lambda_holds_arm_wheels_of_the_runtimes_version(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("infra.assets.BUILD", tmp_path)
    built = dependency_layer(Target("lambda", None, RUNTIME_PLATFORM))
    assert built.key == layer_key()
    binaries = [name for name in names(built) if name.endswith(".so")]
    assert binaries
    assert all("cpython-314-aarch64" in name for name in binaries), binaries
    assert built.path.stat().st_size < 50_000_000


def test_the_price_job_solves_with_its_two_layers_alone(layer: Path, tmp_path: Path) -> None:
    code = unpacked(service_zip("fulfilment", HOST), tmp_path / "code")
    own = unpacked(dependency_layer(HOST, packages=SOLVER), tmp_path / "solver")
    paths = [str(code), str(layer / "python"), str(own / "python")]
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SOLVE_ALONE.format(paths=paths)],
        env={},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "[-7.0, 12.0]"


def test_no_other_function_carries_the_solver(tmp_path: Path) -> None:
    assert not {name.split("/")[1] for name in names(dependency_layer(HOST))} & {"numpy", "highspy"}
    held = {name.split("/")[1] for name in names(dependency_layer(HOST, packages=SOLVER))}
    assert {"numpy", "highspy"} <= held
    assert not held & {"botocore", "pydantic", "pytest"}


def test_both_layers_for_lambda_fit_beside_the_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Lambda unpacks no more than 250 MB for one function."""
    monkeypatch.setattr("infra.assets.BUILD", tmp_path)
    target = Target("lambda", None, RUNTIME_PLATFORM)
    whole = 0
    for packages in (EVERYWHERE, SOLVER):
        with zipfile.ZipFile(dependency_layer(target, packages=packages).path) as archive:
            whole += sum(entry.file_size for entry in archive.infolist())
            binaries = [name for name in archive.namelist() if name.endswith(".so")]
            assert all("aarch64" in name or "/lib" in name for name in binaries), binaries
    assert 50_000_000 < whole < 200_000_000


def test_an_edit_changes_the_key_of_the_services_that_hold_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sources: Path
) -> None:
    monkeypatch.setattr("infra.assets.SOURCES", sources)
    monkeypatch.setattr("infra.assets.BUILD", tmp_path / "build")
    before = {name: service_zip(name, HOST).key for name in ("orders", "customers")}
    (sources / "functions" / "orders" / "api.py").write_text("handler = print\n")
    after = {name: service_zip(name, HOST).key for name in ("orders", "customers")}
    assert after["orders"] != before["orders"]
    assert after["customers"] == before["customers"]


def test_a_zip_without_a_file_that_belongs_in_it_is_not_built(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sources: Path
) -> None:
    monkeypatch.setattr("infra.assets.SOURCES", sources)
    monkeypatch.setattr("infra.assets.BUILD", tmp_path / "build")
    with pytest.raises(FileNotFoundError, match=r"docs/openapi\.json"):
        service_zip("platform", HOST)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A small tree like the repository's."""
    root = tmp_path / "repository"
    for module in (
        "functions/__init__",
        "functions/orders/api",
        "functions/customers/api",
        "functions/platform/api",
        "shared/x",
    ):
        path = root / f"{module}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("handler = None\n")
    return root
