"""The plain-Python AWS of the fault tests against moto: the same random requests, the same answers."""

from __future__ import annotations

import random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.aws import client
from shared.dynamo.marshal import to_item
from tests.support.bus import stream_records
from tests.support.fast_aws import FastAws, installed

TABLE = "orders"
CONDITIONS: tuple[tuple[str, dict[str, str], dict[str, Any]], ...] = (
    ("attribute_not_exists(pk)", {}, {}),
    ("attribute_exists(pk)", {}, {}),
    ("attribute_not_exists(pk) OR #version < :v", {"#version": "version"}, {":v": 3}),
    ("#version = :v AND attribute_exists(pk)", {"#version": "version"}, {":v": 2}),
    ("#version >= :v", {"#version": "version"}, {":v": 1}),
    ("#version <> :v", {"#version": "version"}, {":v": 1}),
)
UPDATES: tuple[tuple[str, dict[str, str], dict[str, Any]], ...] = (
    ("SET #version = #version + :one", {"#version": "version"}, {":one": 1}),
    ("SET #version = if_not_exists(#version, :one) + :one", {"#version": "version"}, {":one": 1}),
    ("SET #map.#a = if_not_exists(#map.#a, :one) + :one", {"#map": "map", "#a": "a"}, {":one": 1}),
    ("SET #version = :one REMOVE #map.#a", {"#version": "version", "#map": "map", "#a": "a"}, {":one": 1}),
)


def _conditional(rng: random.Random) -> dict[str, Any]:
    text, names, values = rng.choice(CONDITIONS)
    request: dict[str, Any] = {"ConditionExpression": text}
    if names:
        request |= {"ExpressionAttributeNames": names, "ExpressionAttributeValues": to_item(values)}
    return request


def _put(rng: random.Random, key: str) -> dict[str, Any]:
    item = {"pk": f"P{rng.randint(0, 2)}", "sk": key, "version": rng.randint(0, 4), "map": {"a": rng.randint(0, 3)}}
    if rng.random() < 0.5:
        item |= {"gsi1pk": "G", "gsi1sk": f"{rng.randint(0, 3)}#{item['pk']}{key}"}
    return {"TableName": TABLE, "Item": to_item(item), **_conditional(rng)}


def _update(rng: random.Random, key: str) -> dict[str, Any]:
    text, names, values = rng.choice(UPDATES)
    request = {"ConditionExpression": "attribute_exists(pk)", "UpdateExpression": text}
    return {
        "TableName": TABLE,
        "Key": to_item({"pk": f"P{rng.randint(0, 2)}", "sk": key}),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": to_item(values),
        **request,
    }


def _delete(rng: random.Random, key: str) -> dict[str, Any]:
    return {
        "TableName": TABLE,
        "Key": to_item({"pk": f"P{rng.randint(0, 2)}", "sk": key}),
        "ConditionExpression": "attribute_exists(pk)",
    }


def _query(rng: random.Random) -> dict[str, Any]:
    index = rng.random() < 0.5
    request: dict[str, Any] = {
        "TableName": TABLE,
        "KeyConditionExpression": "#pk = :pk AND #sk BETWEEN :low AND :high",
        "ExpressionAttributeNames": {"#pk": "gsi1pk" if index else "pk", "#sk": "gsi1sk" if index else "sk"},
        "ExpressionAttributeValues": to_item({":pk": "G" if index else "P1", ":low": "0", ":high": "2~"}),
        "ScanIndexForward": rng.random() < 0.5,
        "Limit": rng.randint(1, 4),
    }
    return request | ({"IndexName": "gsi1"} if index else {})


def _transaction(rng: random.Random) -> dict[str, Any]:
    makers = [("Put", _put), ("Update", _update), ("Delete", _delete)]
    actions = [{verb: make(rng, f"T{number}")} for number, (verb, make) in enumerate(rng.choices(makers, k=2))]
    return {"TransactItems": actions}


def _step(rng: random.Random) -> tuple[str, dict[str, Any]]:
    key = f"T{rng.randint(0, 2)}"
    extra = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    match rng.randint(0, 5):
        case 0 | 1:
            return "put_item", _put(rng, key) | extra
        case 2:
            return "update_item", _update(rng, key) | extra
        case 3:
            return "delete_item", _delete(rng, key) | extra
        case 4:
            return "transact_write_items", _transaction(rng)
    return "query", _query(rng)


def _answer(name: str, request: dict[str, Any]) -> Any:
    try:
        answer = getattr(client("dynamodb"), name)(**request)
    except ClientError as error:
        reasons = [
            (reason["Code"], reason.get("Item") if name == "put_item" else None)
            for reason in error.response.get("CancellationReasons", [])
        ]
        return error.response["Error"]["Code"], error.response.get("Item"), reasons
    return {part: answer[part] for part in ("Items", "LastEvaluatedKey") if part in answer}


def _images() -> list[tuple[Any, Any]]:
    return [(one["dynamodb"].get("OldImage"), one["dynamodb"].get("NewImage")) for one in stream_records(TABLE)]


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("seed", range(4))
def test_it_answers_as_moto_does(seed: int) -> None:
    rng = random.Random(seed)
    steps = [_step(rng) for _ in range(120)]
    by_moto = [_answer(name, request) for name, request in steps]
    fast = FastAws()
    with installed(fast):
        by_us = [_answer(name, request) for name, request in steps]
    for (name, request), theirs, ours in zip(steps, by_moto, by_us, strict=True):
        assert ours == theirs, (name, request)
    changed = [(old, new) for old, new in _images() if old != new]
    ours = [(one["dynamodb"].get("OldImage"), one["dynamodb"].get("NewImage")) for one in fast.stream(TABLE, None)]
    assert ours == changed
