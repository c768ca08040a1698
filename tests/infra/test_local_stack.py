"""The stack as it runs on this computer: who is let in, what listens, what it tells."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.http import Api
from infra.local.tokens import NoSuchToken

if TYPE_CHECKING:
    from infra.local.stack import LocalStack

pytestmark = pytest.mark.e2e

LISTENING = "0A"
LOOPBACK = {"0100007F", "00000000000000000000000001000000"}


def test_health_and_the_api_document_need_no_token(stack: LocalStack) -> None:
    assert Api(stack.base_url).get("/v1/health").body["status"] == "ok"
    assert Api(stack.base_url).get("/v1/openapi.json").body["openapi"].startswith("3.1")


@pytest.mark.parametrize("token", [None, "nonsense", "e30.e30.e30"])
def test_everything_else_needs_a_valid_one(stack: LocalStack, token: str | None) -> None:
    assert Api(stack.base_url, token).get("/v1/locations").status == 401


def test_a_token_that_was_changed_is_refused(stack: LocalStack) -> None:
    head, payload, signature = stack.token(role="associate", location="S1").split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**claims, "role": "ops"}).encode()).rstrip(b"=").decode()
    assert Api(stack.base_url, f"{head}.{forged}.{signature}").get("/v1/locations").status == 401


def test_tokens_carry_what_each_role_is_bound_to(stack: LocalStack) -> None:
    assert claims_of(stack.token(role="ops"))["scope"] == "throughline/ops"
    assert claims_of(stack.token(role="channel", channel="pos"))["scope"] == "throughline/channel.pos"
    associate = claims_of(stack.token(role="associate", location="S1,S2"))
    assert (associate["role"], associate["locations"]) == ("associate", "S1,S2")
    customer = claims_of(stack.token(role="customer", customer="C-1"))
    assert (customer["role"], customer["customer_id"]) == ("customer", "C-1")
    assert claims_of(stack.token(role="service_desk"))["role"] == "service_desk"


def test_who_asks_for_a_token_that_cannot_be_is_told_what_can(stack: LocalStack) -> None:
    with pytest.raises(NoSuchToken, match=r"channel\.web"):
        stack.token(role="channel", channel="fax")
    with pytest.raises(NoSuchToken, match="service_desk"):
        stack.token(role="king")


def test_nothing_listens_beyond_this_computer(stack: LocalStack) -> None:
    if not Path("/proc/net/tcp").exists():
        pytest.skip("only Linux tells who listens")
    addresses = list(listening_addresses(stack.pid))
    assert addresses
    assert set(addresses) <= LOOPBACK


def test_packages_lie_on_the_disk_once_however_many_functions_use_them(stack: LocalStack) -> None:
    stack.api(role="ops").get("/v1/orders?status=PLACED")
    scratch = stack.directory / "tmp"
    workers = list(scratch.glob("ministack-lambda-*"))
    assert len(workers) >= 2
    assert not list(scratch.rglob("*.zip"))
    for worker in workers:
        assert all(one.is_symlink() for one in worker.iterdir() if not one.name.startswith("_worker")), worker


def test_rows_expire_although_the_emulator_ignores_the_template(stack: LocalStack) -> None:
    dynamodb = stack.client("dynamodb")
    tables = dynamodb.list_tables()["TableNames"]
    assert len(tables) >= 7
    for table in tables:
        described = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        assert (described["TimeToLiveStatus"], described["AttributeName"]) == ("ENABLED", "ttl")


def test_a_stack_that_nobody_uses_is_quiet_and_without_errors(stack: LocalStack) -> None:
    stack.wait_quiet(30)
    assert not any(stack.queue_depths().values())
    assert stack.dead_letters() == {}
    assert stack.errors() == []


def test_an_unknown_path_is_404_and_a_wrong_method_405_with_those_allowed(stack: LocalStack) -> None:
    api = stack.api(role="ops")
    assert api.get("/v1/nothing").status == 404
    answer = api.delete("/v1/orders")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")


def claims_of(token: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")))


def listening_addresses(group: int) -> Iterator[str]:
    """The addresses, as the kernel writes them, at which any process of the group listens."""
    inodes = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if int((process / "stat").read_text().rpartition(")")[2].split()[2]) != group:
                continue
            inodes |= {str(link.readlink()) for link in (process / "fd").iterdir()}
        except OSError:  # it ended meanwhile
            continue
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in inodes and (table.startswith("udp") or fields[3] == LISTENING):
                yield fields[1].split(":")[0]
