"""Puts a synthesised app into the emulator: assets to S3, templates to CloudFormation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, WaiterError

Connect = Callable[[str], Any]
"""Gives the boto3 client of a service."""

NOT_DEPLOYED_LOCALLY = "-Operations"
"""The stack of what the emulator does not have."""

_WAIT = {"Delay": 0.1, "MaxAttempts": 600}


class DeployFailed(RuntimeError):
    """A stack was not created; the message names each resource that failed and why."""


def deploy(assembly: Path, connect: Connect, *, endpoint: str, account: str, region: str) -> tuple[str, ...]:
    """Create every stack of the assembly that the emulator can hold, and answer their names. Raises DeployFailed."""
    uploaded = _upload(assembly, connect("s3"), account=account, region=region)
    cloudformation = connect("cloudformation")
    names = tuple(name for name in stacks_in_order(assembly) if not name.endswith(NOT_DEPLOYED_LOCALLY))
    for name in names:
        template = f"{name}.template.json"
        _create(cloudformation, name, f"{endpoint}/{uploaded[template]}")
        _expire(connect("dynamodb"), cloudformation, name, json.loads((assembly / template).read_text()))
    return names


def stacks_in_order(assembly: Path) -> list[str]:
    """The assembly's stacks, each after those it depends on."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    stacks = {name for name, artifact in artifacts.items() if artifact["type"] == "aws:cloudformation:stack"}
    ordered: list[str] = []

    def place(name: str) -> None:
        for needed in artifacts[name].get("dependencies", ()):
            if needed in stacks:
                place(needed)
        if name not in ordered:
            ordered.append(name)

    for name in artifacts:
        if name in stacks:
            place(name)
    return ordered


def _upload(assembly: Path, s3: Any, *, account: str, region: str) -> dict[str, str]:
    """Every file once, where its manifest says. Answers `bucket/key` by the file's name in the assembly."""
    buckets: set[str] = set()
    uploaded: dict[str, str] = {}
    for manifest in sorted(assembly.glob("*.assets.json")):
        for file in json.loads(manifest.read_text())["files"].values():
            source = file["source"]["path"]
            for place in file["destinations"].values():
                bucket = place["bucketName"].replace("${AWS::AccountId}", account).replace("${AWS::Region}", region)
                if bucket not in buckets:
                    s3.create_bucket(Bucket=bucket)
                    buckets.add(bucket)
                if source not in uploaded:
                    s3.put_object(Bucket=bucket, Key=place["objectKey"], Body=(assembly / source).read_bytes())
                    uploaded[source] = f"{bucket}/{place['objectKey']}"
    return uploaded


def _create(cloudformation: Any, name: str, template_url: str) -> None:
    try:
        cloudformation.create_stack(
            StackName=name,
            TemplateURL=template_url,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            DisableRollback=True,
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=_WAIT)
    except (ClientError, WaiterError) as error:
        failures = list(_failures(cloudformation, name))
        raise DeployFailed("\n".join([f"the stack {name} was not created: {error}", *failures])) from error


def _failures(cloudformation: Any, name: str) -> Iterator[str]:
    try:
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    except ClientError:
        return  # refused before there was a stack: the error itself says why
    for event in reversed(events):
        if "FAILED" in event["ResourceStatus"]:
            yield f"  {event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}"


def _expire(dynamodb: Any, cloudformation: Any, stack: str, template: dict[str, Any]) -> None:
    """The emulator ignores TimeToLiveSpecification in templates."""
    for logical, resource in template["Resources"].items():
        expiry = resource.get("Properties", {}).get("TimeToLiveSpecification")
        if resource["Type"] == "AWS::DynamoDB::Table" and expiry:
            table = cloudformation.describe_stack_resource(StackName=stack, LogicalResourceId=logical)
            dynamodb.update_time_to_live(
                TableName=table["StackResourceDetail"]["PhysicalResourceId"],
                TimeToLiveSpecification={"Enabled": True, "AttributeName": expiry["AttributeName"]},
            )
