"""Assets as CDK sees them: a service's code and the dependency layer."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.assets import SOLVER, Asset, Target, dependency_layer, service_zip
from infra.constructs.functions import ARCHITECTURE, RUNTIME


def service_code(service: str, target: Target) -> lambda_.Code:
    """The zip of a service under its own key."""
    return _code(service_zip(service, target))


def service_layer(scope: Construct, target: Target) -> lambda_.LayerVersion:
    """The dependency layer, one version per stack.

    Shared by an export it could never change: CloudFormation refuses to alter an exported value that is in use, and
    every version of a layer has a name of its own.
    """
    return lambda_.LayerVersion(
        scope,
        "Packages",
        code=_code(dependency_layer(target)),
        compatible_runtimes=[RUNTIME],
        compatible_architectures=[ARCHITECTURE],
    )


def solver_layer(scope: Construct, target: Target) -> lambda_.LayerVersion:
    """HiGHS with numpy, for the functions that solve linear programmes."""
    return lambda_.LayerVersion(
        scope,
        "Solver",
        code=_code(dependency_layer(target, packages=SOLVER)),
        compatible_runtimes=[RUNTIME],
        compatible_architectures=[ARCHITECTURE],
    )


def _code(asset: Asset) -> lambda_.Code:
    return lambda_.Code.from_asset(str(asset.path), asset_hash=asset.key, asset_hash_type=cdk.AssetHashType.CUSTOM)
