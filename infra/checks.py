"""cdk-nag in every synth: AwsSolutions and Serverless rules, and the only place where a finding is accepted."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks, ServerlessChecks


@dataclass(frozen=True)
class Acknowledged:
    """A rule that we do not follow, and why not."""

    rule: str
    reason: str


ACKNOWLEDGED: tuple[Acknowledged, ...] = ()


def add_checks(app: cdk.App) -> None:
    """Let `synth` raise on every finding that is not acknowledged here."""
    validations = cdk.Validations.of(app)
    validations.add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    for accepted in ACKNOWLEDGED:
        validations.acknowledge(accepted.rule, accepted.reason)
