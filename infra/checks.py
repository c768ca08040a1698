"""cdk-nag in every synth: AwsSolutions and Serverless rules, and the only place where a finding is accepted."""

from __future__ import annotations

from dataclasses import dataclass

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from infra.stage import STAGES


@dataclass(frozen=True)
class Acknowledged:
    """A rule that we do not follow, and why not."""

    rule: str
    reason: str


_STRIPE = "arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:{prefix}/stripe-*"

ACKNOWLEDGED: tuple[Acknowledged, ...] = (
    *(
        Acknowledged(
            f"AwsSolutions-IAM5[Resource::{_STRIPE.format(prefix=stage.prefix)}]",
            "One secret by its name: Secrets Manager adds six characters to the name that nobody knows beforehand.",
        )
        for stage in STAGES
    ),
    Acknowledged(
        "AwsSolutions-COG2",
        "Second factors are offered, not forced: the pool also holds shoppers, and staff normally come from the "
        "retailer's own identity provider (a setting of the stage), which decides about theirs.",
    ),
    Acknowledged(
        "AwsSolutions-COG8",
        "The plus plan's threat protection is paid per user; a retailer who wants it sets it for the pool. The "
        "essentials plan has the claims in access tokens that the permission checks need.",
    ),
    Acknowledged(
        "AwsSolutions-IAM5[Resource::*]",
        "dynamodb:ListStreams takes no narrower resource; a test asserts that no other action is granted on *.",
    ),
    Acknowledged(
        "AwsSolutions-IAM5[Resource::<ImportsFiles4C162912.Arn>/*]",
        "The objects of a service's own bucket of imports, each named by the id of its import: the API may put one "
        "there, the worker read and delete it.",
    ),
    Acknowledged(
        "AwsSolutions-SQS3",
        "The queues named Failures are the dead ends of stream readers and timers: a queue behind them would have "
        "nobody to read it. Each has an alarm.",
    ),
    Acknowledged(
        "AwsSolutions-APIG4",
        "Health, the OpenAPI document and shoppers' signed links are public by the route table; a test asserts that no "
        "other route is.",
    ),
    Acknowledged(
        "AwsSolutions-S1",
        "The buckets hold files of imports for minutes, four days at the most; each import is written down with who "
        "asked for it, and a bucket of access logs would keep more about them than they do.",
    ),
    Acknowledged(
        "Serverless-LambdaDLQ",
        "Only timers are called asynchronously, and they have an on-failure destination; the others are called by the "
        "gateway, a queue (which has its dead letters) or a stream (which has its failure queue).",
    ),
    Acknowledged(
        "Serverless-LambdaTracing",
        "A tracer costs a quarter of a second at every cold start; correlation ids in the logs follow an order.",
    ),
    Acknowledged(
        "Serverless-LambdaEventSourceMappingDestination",
        "Event source mappings of queues take no destination: their queue's redrive policy is what bounds the retries.",
    ),
    Acknowledged(
        "Serverless-SQSRedrivePolicy",
        "The finding is about the dead-letter queues themselves; a test asserts that every inbox has one.",
    ),
)


def add_checks(app: cdk.App) -> None:
    """Let `synth` raise on every finding that is not acknowledged here."""
    validations = cdk.Validations.of(app)
    validations.add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))
    for accepted in ACKNOWLEDGED:
        validations.acknowledge(cdk.Acknowledgment(id=accepted.rule, reason=accepted.reason))
