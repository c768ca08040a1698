"""Lambda functions of a service: one role each, own log group, the service's zip and the shared layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.stage import Stage

RUNTIME = lambda_.Runtime.PYTHON_3_14
ARCHITECTURE = lambda_.Architecture.ARM_64


def removal(stage: Stage) -> cdk.RemovalPolicy:
    """What becomes of data when the stack is deleted."""
    return cdk.RemovalPolicy.RETAIN if stage.keeps_data else cdk.RemovalPolicy.DESTROY


def log_group(scope: Construct, id_: str, stage: Stage) -> logs.LogGroup:
    """A log group that forgets after the stage's time."""
    # The number itself: CDK's enum has no member for "so many days".
    group = logs.LogGroup(scope, id_, removal_policy=removal(stage))
    resource = group.node.default_child
    assert isinstance(resource, logs.CfnLogGroup)
    resource.retention_in_days = stage.log_retention_days
    return group


class ServiceFunction(lambda_.Function):
    """One entry point of a service. It may write its own log and nothing else until something is granted."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        stage: Stage,
        service: str,
        module: str,
        code: lambda_.Code,
        layers: Sequence[lambda_.ILayerVersion],
        memory_mb: int,
        timeout_seconds: int,
        environment: Mapping[str, str],
    ) -> None:
        group = log_group(scope, f"{id_}Log", stage)
        role = iam.Role(scope, f"{id_}Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        super().__init__(
            scope,
            id_,
            code=code,
            handler=f"functions.{service}.{module}.handler",
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            layers=list(layers),
            role=role,
            log_group=group,
            memory_size=memory_mb,
            timeout=cdk.Duration.seconds(timeout_seconds),
            environment={
                "SERVICE": service,
                "STAGE": stage.name,
                "POWERTOOLS_SERVICE_NAME": service,
                "LOG_LEVEL": "INFO",
                **environment,
            },
        )
        group.grant_write(role)
        self.timeout_seconds = timeout_seconds
