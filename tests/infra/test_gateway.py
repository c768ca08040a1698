"""The HTTP API of the template is the route table: no path more, none less, none open by accident."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

from shared.routes import ROUTES
from tests.infra.templates import Resource, Templates

POLICY_BYTES = 20_480
"""Of a function's resource policy: one statement for each permission. More makes the deployment fail."""
STATEMENT_BYTES = 200
"""Of a statement, beside what the template says of it: names that CloudFormation makes."""


def by_path(templates: Templates) -> dict[str, Resource]:
    found = {}
    for route in templates.resources("AWS::ApiGatewayV2::Route"):
        method, path = route.properties["RouteKey"].split(" ")
        assert method == "ANY", "the function answers 405 itself"
        assert path not in found, f"{path} has two routes"
        found[path] = route
    return found


def test_every_path_of_the_route_table_has_one_route(local: Templates) -> None:
    assert by_path(local).keys() == {route.path for route in ROUTES}


def test_a_stage_that_keeps_data_has_no_testing_routes(prod: Templates) -> None:
    assert by_path(prod).keys() == {route.path for route in ROUTES if not route.testing_only}


def test_only_what_the_table_calls_public_is_open(any_stage: Templates) -> None:
    for path, route in by_path(any_stage).items():
        public = all(row.public for row in ROUTES if row.path == path)
        assert route.properties["AuthorizationType"] == ("NONE" if public else "JWT"), path
        assert ("AuthorizerId" in route.properties) is not public, path


def test_a_path_leads_to_the_service_that_owns_it(any_stage: Templates) -> None:
    owner = {row.path: row.service for row in ROUTES}
    for path, route in by_path(any_stage).items():
        integration = any_stage.find(route.stack, {"Ref": _integration(route)})
        function = any_stage.find(route.stack, integration.properties["IntegrationUri"])
        assert function.properties["Handler"] == f"functions.{owner[path]}.api.handler", path
        assert integration.properties["PayloadFormatVersion"] == "2.0"


def test_a_functions_own_policy_stays_far_below_the_20_kb_that_lambda_takes(any_stage: Templates) -> None:
    sizes: Counter[str] = Counter()
    callers: dict[str, set[str]] = defaultdict(set)
    for permission in any_stage.resources("AWS::Lambda::Permission"):
        function = any_stage.find(permission.stack, permission.properties["FunctionName"])
        sizes[function.name] += len(json.dumps(permission.properties)) + STATEMENT_BYTES
        callers[function.properties["Handler"]].add(permission.properties["Principal"])
    assert max(sizes.values()) < POLICY_BYTES / 2, sizes
    for service in {row.service for row in ROUTES}:
        assert callers[f"functions.{service}.api.handler"] == {"apigateway.amazonaws.com"}


def test_the_authoriser_takes_the_tokens_of_the_pools_own_clients_only(any_stage: Templates) -> None:
    (authoriser,) = any_stage.resources("AWS::ApiGatewayV2::Authorizer")
    audience = {reference["Ref"] for reference in authoriser.properties["JwtConfiguration"]["Audience"]}
    assert audience == {client.logical_id for client in any_stage.resources("AWS::Cognito::UserPoolClient")}


def test_calls_are_throttled_and_written_down_without_personal_data(any_stage: Templates) -> None:
    (live,) = any_stage.resources("AWS::ApiGatewayV2::Stage")
    assert live.properties["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert live.properties["DefaultRouteSettings"]["ThrottlingBurstLimit"] > 0
    access_log = live.properties["AccessLogSettings"]["Format"]
    assert "$context.routeKey" in access_log
    assert "$context.path" not in access_log
    assert "sourceIp" not in access_log


def _integration(route: Resource) -> str:
    _, (_, reference) = route.properties["Target"]["Fn::Join"]
    return str(reference["Ref"])
