"""The scheduled audit: part by part over the whole estate, and an alarm that stays until what is wrong is cured."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.inventory import auditor
from functions.inventory.service import audit as audit_service
from functions.inventory.service import estate_audit
from shared import metrics
from shared.aws import client
from shared.dynamo.marshal import to_item
from tests.component.inventory.goods import hold, plan, tell
from tests.support.bus import Bus
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as
from tests.support.shop import open_shop, receive


def run() -> dict[str, Any]:
    with running_as("inventory"):
        return auditor.handler({}, None)


def corrupt(sku: str, place: str, counter: str, by: int) -> None:
    """As no code of ours would: past every condition, without a movement."""
    client("dynamodb").update_item(
        TableName="inventory",
        Key=to_item({"pk": f"STOCK#{sku}", "sk": place}),
        UpdateExpression="SET #counter = #counter + :by",
        ExpressionAttributeNames={"#counter": counter},
        ExpressionAttributeValues=to_item({":by": by}),
    )


def figures(text: str) -> list[dict[str, int]]:
    """The metrics in a log."""
    lines = [json.loads(line) for line in text.splitlines() if '"_aws"' in line]
    for line in lines:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == metrics.NAMESPACE
        assert [line[name] for name in directive["Dimensions"][0]] == ["test", "inventory"]
        assert {one["Name"] for one in directive["Metrics"]} <= line.keys()
    return [{name: line[name] for name in line if name.startswith("Audit")} for line in lines]


def test_a_sound_estate_is_told_as_sound(
    ops: Gateway, web: Gateway, bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5, "CUP": 2}, "S1": {"MUG": 1}})
    hold(web, "R1", [("MUG", 2)])
    tell(bus, plan("O1", [("CUP", "DC1", 1)]))
    transfer = {"transfer_id": "T1", "from_location_id": "DC1", "to_location_id": "S1"}
    assert ops.post("/v1/transfers", transfer | {"lines": [{"sku": "CUP", "quantity": 1}]}).status == 201
    bus.project("inventory")
    assert run() == {"checked": 3, "pending": 0, "violations": 0, "more": False}
    assert figures(capsys.readouterr().out) == [{"AuditChecked": 3, "AuditPending": 0, "AuditViolations": 0}]
    receive(ops, "R2", "S1", [{"sku": "MUG", "quantity": 1}])
    assert run()["pending"] == 1, "the ledger lags: nothing is known, nothing is wrong"


@pytest.mark.parametrize(
    ("counter", "by", "rules"),
    [
        ("on_hand", 1, {"free_copy", "ledger_sum_on_hand"}),
        ("free", -1, {"free_copy"}),
        ("allocated", 1, {"free_copy", "allocated", "ledger_sum_allocated"}),
        ("held", 1, {"free_copy", "held", "ledger_sum_held"}),
        ("damaged", 9, {"free_copy", "unavailable_within_on_hand", "ledger_sum_damaged"}),
    ],
)
def test_a_corrupt_row_raises_the_alarm_and_is_named(
    ops: Gateway, bus: Bus, capsys: pytest.CaptureFixture[str], counter: str, by: int, rules: set[str]
) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5, "CUP": 5}})
    bus.project("inventory")
    corrupt("MUG", "DC1", counter, by)
    assert run()["violations"] == len(rules)
    assert figures(capsys.readouterr().out)[0]["AuditViolations"] == len(rules)
    report = ops.get("/v1/inventory/audit?sku=MUG").body
    assert not report["ok"]
    assert {(one["sku"], one["location_id"]) for one in report["violations"]} == {("MUG", "DC1")}
    assert {one["rule"] for one in report["violations"]} == rules
    corrupt("MUG", "DC1", counter, -by)
    assert run()["violations"] == 0


def test_a_claim_of_a_transfer_that_was_lost_is_found(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 5}, "S1": {"MUG": 0}})
    transfer = {"transfer_id": "T1", "from_location_id": "DC1", "to_location_id": "S1"}
    ops.post("/v1/transfers", transfer | {"lines": [{"sku": "MUG", "quantity": 2}]})
    bus.project("inventory")
    client("dynamodb").delete_item(TableName="inventory", Key=to_item({"pk": "TRANSFER#T1", "sk": "-"}))
    (found,) = ops.get("/v1/inventory/audit").body["violations"]
    assert (found["rule"], found["expected"], found["actual"]) == ("allocated", 0, 2)


def test_a_large_estate_is_audited_part_by_part_and_the_alarm_stays_meanwhile(
    ops: Gateway, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    skus = [f"K{n}" for n in range(8)]
    open_shop(ops, stock={"DC1": dict.fromkeys(skus, 1)})
    bus.project("inventory")
    corrupt(skus[4], "DC1", "on_hand", 1)
    monkeypatch.setattr(audit_service, "SKUS_AT_ONCE", 1)
    monkeypatch.setattr(estate_audit, "BUDGET_SECONDS", -1.0)  # no time at all: one batch per run
    runs = [run()]
    while runs[-1]["more"]:
        runs.append(run())
    assert len(runs) > 4, "several runs make a round"
    assert sum(one["checked"] for one in runs) >= len(skus)
    runs += [run() for _ in range(3)]
    first = next(number for number, one in enumerate(runs) if one["violations"])
    assert all(one["violations"] for one in runs[first:]), "looked at again in every run"
    corrupt(skus[4], "DC1", "on_hand", -1)
    assert run()["violations"] == 0


def test_a_run_that_another_has_overtaken_loses_nothing(ops: Gateway, bus: Bus) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 1}})
    bus.project("inventory")
    corrupt("MUG", "DC1", "on_hand", 1)
    assert [run()["violations"] for _ in range(2)] == [2, 2]
