"""The HTTP API: one route per path of the route table, for every method, behind the JWT authoriser."""

from __future__ import annotations

import json
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from constructs import Construct

from infra.constructs.functions import ServiceFunction, log_group
from infra.constructs.queues import MINUTE, alarm
from infra.stage import Stage
from shared.routes import Route

SERVER_ERRORS_PER_MINUTE = 5

_ACCESS_LOG = {
    "request_id": "$context.requestId",
    "at": "$context.requestTime",
    "method": "$context.httpMethod",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "integration_ms": "$context.integrationLatency",
    "integration_error": "$context.integrationErrorMessage",
    "authoriser_error": "$context.authorizer.error",
    "client": "$context.authorizer.claims.client_id",
}
"""Route keys, never paths: a path may carry what somebody typed."""


class ServiceGateway(Construct):
    """The gateway with throttling and a JSON access log. Services add their own routes."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, issuer: str, audience: Sequence[str]) -> None:
        super().__init__(scope, id_)
        self._authorizer = authorizers.HttpJwtAuthorizer("Jwt", issuer, jwt_audience=list(audience))
        self.api = gateway.HttpApi(self, "Api", create_default_stage=False, default_authorizer=self._authorizer)
        live = gateway.HttpStage(
            self,
            "Live",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            detailed_metrics_enabled=True,
            throttle=gateway.ThrottleSettings(
                rate_limit=stage.throttle.requests_per_second, burst_limit=stage.throttle.burst
            ),
        )
        access = log_group(self, "AccessLog", stage)
        resource = live.node.default_child
        assert isinstance(resource, gateway.CfnStage)
        resource.access_log_settings = gateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=access.log_group_arn, format=json.dumps(_ACCESS_LOG)
        )
        alarm(
            self,
            "ServerErrors",
            metric=self.api.metric_server_error(period=MINUTE, statistic="Sum"),
            above=SERVER_ERRORS_PER_MINUTE,
            meaning="The API answers with 5xx.",
            runbook="Server errors",
        )

    def add_routes(self, function: ServiceFunction, routes: Sequence[Route]) -> None:
        """Every path of these routes leads to the function, whatever the method: the function answers 405 itself.

        The routes belong to the function's stack.
        """
        # One permission for the whole API: one per route would outgrow the 20 KB that a function's policy may have.
        integration = integrations.HttpLambdaIntegration("Api", function, scope_permission_to_route=False)
        scope = Construct(cdk.Stack.of(function), "Routes")
        for path in sorted({route.path for route in routes}):
            public = all(route.public for route in routes if route.path == path)
            gateway.HttpRoute(
                scope,
                path,
                http_api=self.api,
                route_key=gateway.HttpRouteKey.with_(path, gateway.HttpMethod.ANY),
                integration=integration,
                authorizer=gateway.HttpNoneAuthorizer() if public else None,
            )
