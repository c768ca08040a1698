"""Clients of AWS services: botocore itself, made once per process.

Not boto3: its session and resource layers add a sixth to a cold start and nothing that is used here.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

_CONFIG = Config(
    connect_timeout=1,
    read_timeout=5,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=10,
)
_SIGNED_ADDRESSES = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
"""What S3 needs for addresses that work in every region."""


@cache
def client(service: str) -> Any:
    """The client of one AWS service; endpoint, region and credentials come from the environment."""
    config = _CONFIG.merge(_SIGNED_ADDRESSES) if service == "s3" else _CONFIG
    return botocore.session.get_session().create_client(service, config=config)
