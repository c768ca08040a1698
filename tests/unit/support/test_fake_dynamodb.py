"""The fake answers as moto does: the same rows, refusals, old items and cancellation reasons for the same requests."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.aws import client
from shared.dynamo.marshal import to_item, to_wire
from shared.dynamo.table import ABSENT, PRESENT
from tests.support.fake_dynamodb import FakeDynamoDB

TABLE = "inventory"
INVALID = "ValidationException"
RUNS = itertools.count()

numbers = st.integers(-3, 3)
conditions = st.sampled_from(
    [
        ABSENT,
        PRESENT,
        "n >= :v",
        "n < :v",
        "n = :v",
        "n <> :v",
        "#m.#k = :v",
        "attribute_not_exists(#m.#k)",
        "attribute_exists(pk) AND (attribute_not_exists(n) OR n < :v)",
        "(n = :v OR s = :s) AND NOT n > :v",
        "n BETWEEN :v AND :w",
        "begins_with(s, :s)",
        "attribute_not_exists(pk) OR (s = :s AND n <> :v AND n < :w)",
    ]
)
updates = st.sampled_from(
    [
        "SET n = :v",
        "SET n = n + :v",
        "SET n = if_not_exists(n, :w) + :v, s = :s",
        "SET #m.#k = :v",
        "SET #m.#k = if_not_exists(#m.#k, :w) + :v REMOVE s",
        "SET n = :v REMOVE #m.#k",
        "SET s = :s, n = n - :v",
        "REMOVE n, s",
        "ADD n :v",
        "ADD fresh :v, n :w SET s = :s",
    ]
)


@st.composite
def actions(draw: st.DrawFn, run: str) -> tuple[str, dict[str, Any]]:
    """One write as (kind of transaction entry, request)."""
    key = {"pk": f"{run}-{draw(st.sampled_from('AB'))}", "sk": draw(st.sampled_from("12"))}
    kind = draw(st.sampled_from(["Put", "Update", "Update", "Delete", "ConditionCheck"]))
    request: dict[str, Any] = {"TableName": TABLE, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    expressions = []
    if kind == "ConditionCheck" or draw(st.integers(0, 3)):
        request["ConditionExpression"] = draw(conditions)
        expressions.append(request["ConditionExpression"])
    if kind == "Put":
        item: dict[str, Any] = key | {"m": draw(st.dictionaries(st.sampled_from("kx"), numbers))}
        if draw(st.booleans()):
            item |= {"n": draw(numbers)}
        if draw(st.booleans()):
            item |= {
                "s": draw(st.sampled_from(["a", "ab", "b"])),
                "gsi1pk": run,
                "gsi1sk": draw(st.sampled_from("xyz")),
            }
        request["Item"] = to_item(item)
    else:
        request["Key"] = to_item(key)
    if kind == "Update":
        request["UpdateExpression"] = draw(updates)
        expressions.append(request["UpdateExpression"])
    text = " ".join(expressions)
    values = {":v": draw(numbers), ":w": draw(numbers), ":s": draw(st.sampled_from(["a", "b"]))}
    if used := {name: to_wire(value) for name, value in values.items() if name in text}:
        request["ExpressionAttributeValues"] = used
    if used_names := {name: name[1:] for name in ("#m", "#k") if name in text}:
        request["ExpressionAttributeNames"] = used_names
    return kind, request


@st.composite
def calls(draw: st.DrawFn, run: str) -> tuple[str, dict[str, Any]]:
    """One request: a write alone, a transaction, or a read."""
    what = draw(st.sampled_from(["alone", "alone", "together", "get", "batch", "query", "index"]))
    pk = f"{run}-{draw(st.sampled_from('AB'))}"
    if what == "alone":
        kind, request = draw(actions(run).filter(lambda one: one[0] != "ConditionCheck"))
        return {"Put": "put_item", "Update": "update_item", "Delete": "delete_item"}[kind], request
    if what == "together":
        several = draw(st.lists(actions(run), min_size=2, max_size=3))
        unique = {
            str(request.get("Key") or {k: request["Item"][k] for k in ("pk", "sk")}): (kind, request)
            for kind, request in several
        }
        return "transact_write_items", {"TransactItems": [{kind: request} for kind, request in unique.values()]}
    key = to_item({"pk": pk, "sk": "1"})
    if what == "get":
        return "get_item", {"TableName": TABLE, "Key": key, "ConsistentRead": True}
    if what == "batch":
        keys = [key, to_item({"pk": pk, "sk": "2"})]
        return "batch_get_item", {"RequestItems": {TABLE: {"Keys": keys, "ConsistentRead": True}}}
    index = what == "index"
    request = {
        "TableName": TABLE,
        "KeyConditionExpression": "#pk = :pk",
        "ExpressionAttributeNames": {"#pk": "gsi1pk" if index else "pk"},
        "ExpressionAttributeValues": {":pk": to_wire(run if index else pk)},
        "ScanIndexForward": draw(st.booleans()),
    }
    return "query", request | ({"IndexName": "gsi1"} if index else {})


def answer_of(dynamodb: Any, name: str, request: dict[str, Any]) -> Any:
    """What matters of the answer, or of the refusal."""
    try:
        answer = getattr(dynamodb, name)(**request)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        reasons = [(one["Code"], one.get("Item")) for one in error.response.get("CancellationReasons", [])]
        return code, error.response.get("Item"), reasons
    items = answer.get("Items")
    if items is not None and request.get("IndexName"):  # within one sort key an index has no order
        items = sorted(items, key=lambda item: (item["gsi1sk"]["S"], item["pk"]["S"], item["sk"]["S"]))
    batch = sorted(map(str, answer["Responses"][TABLE])) if name == "batch_get_item" else None
    return answer.get("Item"), items, batch


@pytest.mark.usefixtures("aws")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_requests_get_the_same_answers(data: st.DataObject) -> None:
    run = f"run{next(RUNS)}"
    fake, moto = FakeDynamoDB(), client("dynamodb")
    for _ in range(data.draw(st.integers(3, 12))):
        name, request = data.draw(calls(run))
        ours, theirs = answer_of(fake, name, request), answer_of(moto, name, request)
        if INVALID in (ours[0], theirs[0]) and name == "transact_write_items":
            return  # which of several mistakes is told is nobody's business: this code base makes none
        assert ours == theirs, (name, request)


def test_a_token_makes_a_repeated_transaction_the_same_transaction() -> None:
    """As on AWS; moto forgets tokens."""
    fake = FakeDynamoDB()
    put = {"TableName": TABLE, "Item": to_item({"pk": "A", "sk": "1"}), "ConditionExpression": ABSENT}
    for _ in range(2):
        fake.transact_write_items(TransactItems=[{"Put": put}], ClientRequestToken="T")
    with pytest.raises(ClientError):
        fake.transact_write_items(TransactItems=[{"Put": put}], ClientRequestToken="U")


def test_pages_follow_each_other() -> None:
    fake = FakeDynamoDB()
    for sk in "abcde":
        fake.put_item(TableName=TABLE, Item=to_item({"pk": "A", "sk": sk}))
    request: dict[str, Any] = {
        "TableName": TABLE,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeNames": {},
        "ExpressionAttributeValues": {":pk": to_wire("A")},
        "Limit": 2,
    }
    first = fake.query(**request)
    second = fake.query(**request, ExclusiveStartKey=first["LastEvaluatedKey"])
    third = fake.query(**request, ExclusiveStartKey=second["LastEvaluatedKey"])
    assert [item["sk"]["S"] for page in (first, second, third) for item in page["Items"]] == list("abcde")
    assert "LastEvaluatedKey" not in third
