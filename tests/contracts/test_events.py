"""Event contracts: schemas never change under a name that is in use; docs follow the classes."""

from __future__ import annotations

import json

import pytest

from shared.events.base import Event, contracts
from tests.support.contracts import OWNERS, all_contracts
from tests.support.generated import ROOT, must_be_current
from tests.support.wiring import consumers_of

GOLDEN = ROOT / "tests/contracts/schemas"
CONTRACTS = all_contracts()


@pytest.mark.parametrize("kind", CONTRACTS, ids=lambda kind: kind.detail_type)
def test_a_contract_accepts_what_its_golden_schema_promised(kind: type[Event]) -> None:
    path = GOLDEN / f"{kind.detail_type}.json"
    schema = kind.model_json_schema()
    if not path.exists():
        must_be_current(path, json.dumps(schema, indent=1) + "\n")
    assert_compatible(json.loads(path.read_text(encoding="utf-8")), schema)
    must_be_current(path, json.dumps(schema, indent=1) + "\n")


def assert_compatible(old: dict[str, object], new: dict[str, object]) -> None:
    """Nothing was removed, retyped or newly required: only new optional fields are free."""
    for name, before, after in _objects(old, new):
        gone = set(before["properties"]) - set(after["properties"])
        assert not gone, f"{name}: {sorted(gone)} disappeared; make a .v2"
        demanded = set(after.get("required", ())) - set(before.get("required", ()))
        assert not demanded, f"{name}: {sorted(demanded)} became required; make a .v2"
        for field, was in before["properties"].items():
            now = after["properties"][field]
            assert _shape(was) == _shape(now), f"{name}.{field} changed its type; make a .v2"


def _objects(old: dict, new: dict):  # type: ignore[no-untyped-def, type-arg]  # JSON schemas are what they are
    yield "event", old, new
    for name, before in old.get("$defs", {}).items():
        assert name in new.get("$defs", {}), f"{name} disappeared; make a .v2"
        if "properties" in before:
            yield name, before, new["$defs"][name]


def _shape(schema: dict) -> object:  # type: ignore[type-arg]
    ignored = {"description", "title", "default"}
    return {key: value for key, value in schema.items() if key not in ignored}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s["properties"].pop("order_id"), "disappeared"),
        (lambda s: s["required"].append("extra"), "became required"),
        (lambda s: s["properties"].update(order_id={"type": "integer"}), "changed its type"),
    ],
)
def test_a_breaking_change_of_a_contract_is_noticed(change, says: str) -> None:  # type: ignore[no-untyped-def]
    kind = next(kind for kind in CONTRACTS if kind.detail_type == "OrderPlaced.v1")
    broken = json.loads(json.dumps(kind.model_json_schema()))
    change(broken)
    with pytest.raises(AssertionError, match=says):
        assert_compatible(kind.model_json_schema(), broken)


def test_detail_types_are_unique_and_carry_their_version() -> None:
    names = [kind.detail_type for kind in CONTRACTS]
    assert len(names) == len(set(names))
    assert all(name == f"{kind.__name__}.v1" for name, kind in zip(names, CONTRACTS, strict=True))
    for owner, module in OWNERS.items():
        assert {kind.source for kind in contracts(module)} == {f"throughline.{owner}"}


def test_the_event_documentation_is_current_and_leaves_no_contract_out() -> None:
    page = _documentation()
    assert [kind.detail_type for kind in CONTRACTS if f"### {kind.detail_type}" not in page] == []
    must_be_current(ROOT / "docs/events.md", page)


def _documentation() -> str:
    lines = [
        "# Events",
        "",
        "Generated from `shared/events/`; a test fails when this page is stale. Every event travels as",
        '`{"meta": {id, time, correlation_id, causation_id, entity, entity_version}, "data": {...}}`; from 64 KB on',
        "`data` is replaced by `packed` (base64 of zlib). Ids repeat when a delivery does. Consumers ignore unknown",
        "fields; a new optional field is free, anything else becomes a `.v2` beside the `.v1`.",
        "",
    ]
    for owner, module in OWNERS.items():
        lines += [f"## {owner}", ""]
        for kind in contracts(module):
            consumers = ", ".join(consumers_of(kind)) or "nobody yet"
            fields = ", ".join(
                f"`{name}`{'' if field.is_required() else '?'}" for name, field in kind.model_fields.items()
            )
            lines += [
                f"### {kind.detail_type}{' (personal)' if kind.personal else ''}",
                "",
                " ".join((kind.__doc__ or "").split()),
                "",
                f"Fields: {fields}. Consumed by: {consumers}.",
                "",
            ]
    return "\n".join(lines)
