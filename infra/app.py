"""The CDK app: one stack per concern. `cdk.json` calls this module; the command line and the tests call `build`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import aws_cdk as cdk

from infra.assets import HOST, Target, runtime_target
from infra.constructs.service_stack import ServiceStack
from infra.core import CoreStack
from infra.operations import OperationsStack
from infra.services.customers import CustomersStack
from infra.services.fulfilment import FulfilmentStack
from infra.services.inventory import InventoryStack
from infra.services.orders import OrdersStack
from infra.services.platform import PlatformStack
from infra.stage import STAGE_VARIABLE, Stage, stage_named
from infra.toolchain import ROOT

SERVICES: tuple[type[ServiceStack], ...] = (
    InventoryStack,
    OrdersStack,
    FulfilmentStack,
    CustomersStack,
    PlatformStack,
)


def build(
    stage: Stage, *, target: Target, outdir: Path | None = None, checks: bool = True, operations: bool = True
) -> cdk.App:
    """The app with every stack of the stage.

    `checks` adds cdk-nag: `synth` then raises on any finding that is not acknowledged in `infra/checks.py`.
    """
    app = cdk.App(
        outdir=str(outdir) if outdir else None,
        analytics_reporting=False,
        context=_feature_flags(),
        default_stack_synthesizer=cdk.DefaultStackSynthesizer(generate_bootstrap_version_rule=False),
    )
    core = CoreStack(app, f"{stage.prefix}-Core", stage=stage, target=target)
    for service in SERVICES:
        service(app, f"{stage.prefix}-{service.service.capitalize()}", core=core, target=target)
    if operations:
        OperationsStack(app, f"{stage.prefix}-Operations", core=core)
    cdk.Tags.of(app).add("application", "throughline")
    cdk.Tags.of(app).add("stage", stage.name)
    if checks:
        from infra.checks import add_checks  # a second to import, which `throughline up` does not need

        add_checks(app)
    return app


def _feature_flags() -> dict[str, object]:
    """CDK's feature flags: `cdk` would read the file itself, the command line and the tests would not."""
    return dict(json.loads((ROOT / "cdk.json").read_text())["context"])


def main() -> None:
    """Synthesise the stage that the environment names, for Lambda or, for a local stage, for this computer."""
    stage = stage_named(os.environ.get(STAGE_VARIABLE, "local"))
    outdir = os.environ.get("CDK_OUTDIR")
    target = HOST if stage.prebuilt_for_host else runtime_target()
    build(stage, target=target, outdir=Path(outdir) if outdir else None).synth()


if __name__ == "__main__":
    main()
