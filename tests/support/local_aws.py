"""AWS in this process (moto): the tables, the bus and one settings object per function, fresh for every test."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

REGION = "eu-west-1"
ACCOUNT = "123456789012"
"""The one that moto works in."""
os.environ.update(
    AWS_DEFAULT_REGION=REGION,
    AWS_REGION=REGION,
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",  # else moto does not answer for streams
    POWERTOOLS_METRICS_NAMESPACE="throughline",
    LOG_LEVEL="WARNING",
)

import moto.backends  # noqa: E402 - moto reads the environment when it is imported
from moto import mock_aws  # noqa: E402

from shared.aws import client  # noqa: E402
from shared.settings import Settings, given  # noqa: E402
from tests.support import moto_speed  # noqa: E402

BUS = "throughline"
SERVICES = ("inventory", "orders", "fulfilment", "customers", "platform")
STREAMED = ("inventory", "orders", "fulfilment", "customers")
_INDEXES = {
    "inventory": ("gsi1",),
    "inventory-projection": ("gsi1",),
    "orders": ("gsi1", "gsi2", "gsi3", "gsi4", "gsi5", "gsi6"),
    "fulfilment": ("gsi1", "gsi2", "gsi3"),
    "fulfilment-history": (),
    "customers": ("gsi1", "gsi2"),
    "clock": (),
    "sandbox": (),
    "copies": (),
}


_PROJECTIONS = {"inventory": "inventory-projection", "fulfilment": "fulfilment-history"}

_clock_table: ContextVar[str] = ContextVar("clock_table", default="clock")


@contextmanager
def without_testing_clock() -> Iterator[None]:
    """Within: functions are configured as in a stage that has no testing clock."""
    token = _clock_table.set("")
    try:
        yield
    finally:
        _clock_table.reset(token)


_caps: ContextVar[tuple[str, str]] = ContextVar("caps", default=("", ""))


@contextmanager
def capped(*, holds: int | str = "", units: int | str = "") -> Iterator[None]:
    """Within: an owner may hold no more than this at a time."""
    token = _caps.set((str(holds), str(units)))
    try:
        yield
    finally:
        _caps.reset(token)


def settings_of(service: str) -> Settings:
    """The settings that the stack gives the functions of one service."""
    return Settings(
        service=service,
        stage="test",
        table_name=service if service in STREAMED else "",
        projection_table_name=_PROJECTIONS.get(service, ""),
        bus_name=BUS,
        clock_table_name=_clock_table.get(),
        max_holds_per_owner=_caps.get()[0],
        max_held_units_per_owner=_caps.get()[1],
        sandbox_table_name="sandbox" if service == "orders" else "",
        copies_table_name="copies" if service == "orders" else "",
        phone_country="GB" if service == "customers" else "",
        import_bucket_name=f"{service}-imports",
        import_queue_url=f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{service}-imports",
    )


@contextmanager
def running_as(service: str) -> Iterator[None]:
    """Within: code runs as a function of this service."""
    with given(settings_of(service)):
        yield


@contextmanager
def session() -> Iterator[None]:
    """One mocked AWS for a whole test session."""
    moto_speed.install()
    with mock_aws():
        yield


def reset() -> None:
    """Forget everything; the tables, the bus and its observer are there and empty."""
    for service in ("s3", "dynamodb", "dynamodbstreams", "events", "sqs"):
        moto.backends.get_backend(service).reset()
    if _empty:  # made once by calls, then copied: a fifth of a test's time was spent on making tables
        for (backend, part), state in _empty.items():
            setattr(_backend(backend), part, copy.deepcopy(state))
        client("sqs").create_queue(QueueName=OBSERVED)
        return
    for name, indexes in _INDEXES.items():
        _create_table(name, indexes)
    client("events").create_event_bus(Name=BUS)
    observe()
    _empty["dynamodb", "tables"] = copy.deepcopy(_backend("dynamodb").tables)
    _empty["events", "event_buses"] = copy.deepcopy(_backend("events").event_buses)


_empty: dict[tuple[Literal["dynamodb", "events"], str], Any] = {}
"""By service and part of moto's backend: what is there before a test has done anything."""


def _backend(service: Literal["dynamodb", "events"]) -> Any:
    return moto.backends.get_backend(service)[ACCOUNT][REGION]


def _create_table(name: str, indexes: tuple[str, ...]) -> None:
    keys = ["pk", "sk", *(f"{index}{part}" for index in indexes for part in ("pk", "sk"))]
    request: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
        "KeySchema": _key_schema(""),
    }
    if indexes:
        projection = "KEYS_ONLY" if name == "orders" else "ALL"
        request["GlobalSecondaryIndexes"] = [
            {"IndexName": index, "KeySchema": _key_schema(index), "Projection": {"ProjectionType": projection}}
            for index in indexes
        ]
    if name in STREAMED:
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    client("dynamodb").create_table(**request)


def _key_schema(prefix: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": f"{prefix}pk", "KeyType": "HASH"},
        {"AttributeName": f"{prefix}sk", "KeyType": "RANGE"},
    ]


OBSERVED = "observed"


def observe() -> None:
    """A queue that sees every event of ours, for `tests.support.bus.Bus.published`."""
    queue = client("sqs").create_queue(QueueName=OBSERVED)["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("events").put_rule(
        Name=OBSERVED, EventBusName=BUS, EventPattern='{"source": [{"prefix": "throughline."}]}', State="ENABLED"
    )
    client("events").put_targets(Rule=OBSERVED, EventBusName=BUS, Targets=[{"Id": OBSERVED, "Arn": arn}])
