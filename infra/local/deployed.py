"""A stack that was deployed into an emulator: how that is done, and where everything is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra.local.emulator import REGION, Emulator
from infra.local.templates import deploy

ACCOUNT = "000000000000"


@dataclass(frozen=True)
class Deployed:
    """What is where in an emulator, by our own names: kept in the directory of a running stack."""

    pid: int
    port: int
    instance: str
    base_url: str
    pool_id: str
    stacks: tuple[str, ...]
    queues: dict[str, str]
    log_groups: dict[str, str]


def deploy_into(emulator: Emulator, assembly: Path) -> Deployed:
    """Create every stack of the assembly. Raises DeployFailed."""

    def connected(service: str) -> Any:
        return connect(emulator.endpoint, service)

    names = deploy(assembly, connected, endpoint=emulator.endpoint, account=ACCOUNT, region=REGION)
    cloudformation = connected("cloudformation")
    queues: dict[str, str] = {}
    groups: dict[str, str] = {}
    outputs: dict[str, str] = {}
    for name in names:
        service = name.rpartition("-")[2].lower()
        described = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        outputs |= {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", ())}
        for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=name):
            for resource in page["StackResourceSummaries"]:
                logical = re.sub(r"[0-9A-F]{8}$", "", resource["LogicalResourceId"])
                if resource["ResourceType"] == "AWS::SQS::Queue":
                    queues[f"{service}.{logical}"] = resource["PhysicalResourceId"]
                elif resource["ResourceType"] == "AWS::Logs::LogGroup":
                    groups[f"{service}.{logical.removesuffix('Log').lower()}"] = resource["PhysicalResourceId"]
    return Deployed(
        pid=emulator.pid,
        port=emulator.port,
        instance=emulator.instance,
        base_url=f"{emulator.endpoint}/_aws/execute-api/{outputs['ApiId']}",
        pool_id=outputs["UserPoolId"],
        stacks=names,
        queues=queues,
        log_groups=groups,
    )


def connect(endpoint: str, service: str) -> Any:
    """A boto3 client of the emulator as its root user."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 (the emulator's own well-known root key)
        config=Config(retries={"mode": "standard", "total_max_attempts": 2}, read_timeout=120),
    )
