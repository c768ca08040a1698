"""A stage whose channels pay through Stripe."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.app import build
from infra.assets import HOST
from infra.stage import stage_named


def test_only_the_payment_worker_may_read_stripes_key_and_no_key_is_in_the_template(tmp_path: Path) -> None:
    """Synthesised with every check."""
    build(replace(stage_named("prod"), stripe_channels=("web", "app")), target=HOST, outdir=tmp_path).synth()
    template = json.loads((tmp_path / "Throughline-prod-Orders.template.json").read_text())

    readers = [
        name
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::IAM::Policy" and "secretsmanager:GetSecretValue" in json.dumps(one)
    ]
    assert len(readers) == 1
    assert readers[0].startswith("PaymentsRole")
    environments = {_handler(one): one["Properties"]["Environment"]["Variables"] for one in _functions(template)}
    assert environments["payments"]["STRIPE_SECRET_NAME"] == "Throughline-prod/stripe"
    assert [name for name, one in environments.items() if "STRIPE_SECRET_NAME" in one] == ["payments"]
    assert environments["api"]["STRIPE_CHANNELS"] == environments["payments"]["STRIPE_CHANNELS"] == "web,app"


def _functions(template: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in template["Resources"].values() if one["Type"] == "AWS::Lambda::Function"]


def _handler(function: dict[str, Any]) -> str:
    return str(function["Properties"]["Handler"]).split(".")[-2]
