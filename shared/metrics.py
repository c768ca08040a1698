"""Business figures as CloudWatch metrics, by a line in the log (embedded metric format): no call, no permission."""

from __future__ import annotations

import json
from collections.abc import Mapping

from shared import clock
from shared.settings import settings

NAMESPACE = "Throughline"

AUDIT_CHECKED = "AuditChecked"
AUDIT_PENDING = "AuditPending"
AUDIT_VIOLATIONS = "AuditViolations"


def dimensions(*, stage: str, service: str) -> dict[str, str]:
    """By what every figure is told apart."""
    return {"stage": stage, "service": service}


def emit(figures: Mapping[str, int], also_by: Mapping[str, str] | None = None) -> None:
    """Record figures of now, by stage and service, and by what else they are told apart (few values each). One whose
    name ends in Seconds is a duration."""
    by = {**dimensions(stage=settings().stage, service=settings().service), **(also_by or {})}
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(by)],
        "Metrics": [{"Name": name, "Unit": "Seconds" if name.endswith("Seconds") else "Count"} for name in figures],
    }
    meta = {"Timestamp": round(clock.now().timestamp() * 1000), "CloudWatchMetrics": [directive]}
    print(json.dumps({"_aws": meta, **by, **figures}), flush=True)
