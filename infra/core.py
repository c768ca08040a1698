"""The stack that every service stands on: bus, identity, gateway, and the testing clock."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_events as events
from constructs import Construct

from infra.assets import Target
from infra.constructs.functions import ServiceFunction
from infra.constructs.gateway import ServiceGateway
from infra.constructs.identity import Identity
from infra.constructs.packages import service_code, service_layer
from infra.constructs.tables import ServiceTable
from infra.stage import Stage

TOKEN_TIMEOUT_SECONDS = 5
"""Cognito gives a trigger five seconds."""


class CoreStack(cdk.Stack):
    """What more than one service uses. It knows no service."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, target: Target) -> None:
        super().__init__(scope, id_)
        self.stage_settings = stage
        self.bus = events.EventBus(self, "Bus")
        self.clock = ServiceTable(self, "Clock", stage=stage) if stage.testing else None
        token = ServiceFunction(
            self,
            "Token",
            stage=stage,
            service="platform",
            module="token",
            code=service_code("platform", target),
            layers=[service_layer(self, target)],
            memory_mb=stage.worker_memory_mb,
            timeout_seconds=TOKEN_TIMEOUT_SECONDS,
            environment={},
        )
        self.identity = Identity(self, "Identity", stage=stage, token=token)
        self.gateway = ServiceGateway(
            self,
            "Gateway",
            stage=stage,
            issuer=stage.issuer or self.identity.issuer,
            audience=[*stage.audience, *([] if stage.issuer else self.identity.client_ids)],
        )
        for name, value in {
            "ApiId": self.gateway.api.api_id,
            "ApiUrl": self.gateway.api.api_endpoint,
            "BusName": self.bus.event_bus_name,
            "UserPoolId": self.identity.pool.user_pool_id,
            "TokenUrl": f"{self.identity.domain.base_url()}/oauth2/token",
        }.items():
            cdk.CfnOutput(self, name, value=value)
