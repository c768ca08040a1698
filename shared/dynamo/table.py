"""One DynamoDB table: reads, and writes that are always conditional (derived rows that never differ apart).

`Table.write` is one request: a single write, or a transaction when there are several actions or when an
`Idempotency-Key` marker has to become true in the same moment (see `shared.dynamo.idempotency`). It ends in one of
three ways: applied, `ConditionFailed` with the rows that stood in the way, or `Busy` (nothing was done).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from botocore.exceptions import ClientError

from shared.cause import Cause
from shared.dynamo.documents import decode_cursor, encode_cursor
from shared.dynamo.marshal import Item, from_item, to_item, to_wire
from shared.errors import Busy, InvalidField

TRANSACTION_LIMIT = 100
BATCH_GET_LIMIT = 100
BATCH_WRITE_LIMIT = 25
MAX_ATTEMPTS = 8
"""With full jitter from 25 ms doubling to 400 ms a writer is patient for about 1 s on average."""

ABSENT = "attribute_not_exists(pk)"
PRESENT = "attribute_exists(pk)"

_RETRYABLE = frozenset(
    {"ThrottlingException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
     "RequestLimitExceeded", "InternalServerError"}
)  # fmt: skip
_RETRYABLE_REASONS = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


@dataclass(frozen=True)
class Put:
    """Write a whole item. `values` fill the `:name` placeholders of the condition, `names` the `#name` ones."""

    item: Item
    condition: str = ABSENT
    values: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.item["pk"], self.item["sk"]


@dataclass(frozen=True)
class Update:
    """Change attributes of an item by an update expression, under a condition."""

    pk: str
    sk: str
    expression: str
    condition: str
    values: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.pk, self.sk


@dataclass(frozen=True)
class Delete:
    """Remove an item under a condition."""

    pk: str
    sk: str
    condition: str = PRESENT
    values: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.pk, self.sk


@dataclass(frozen=True)
class Check:
    """Only test a condition, as part of a transaction."""

    pk: str
    sk: str
    condition: str
    values: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        return self.pk, self.sk


Action = Put | Update | Delete | Check


class ConditionFailed(Exception):
    """At least one condition did not hold; nothing was written.

    `failed` maps the index of each action that failed to the row as it stood (None when there was none). DynamoDB
    reports every failed condition of a transaction, not only the first.
    """

    def __init__(self, failed: Mapping[int, Item | None]) -> None:
        super().__init__(f"condition of action {sorted(failed)} did not hold")
        self.failed = dict(failed)

    @property
    def existing(self) -> Item | None:
        """The row behind the first failed condition."""
        return self.failed[min(self.failed)]


@dataclass(frozen=True)
class Page:
    """One page of a query, and the opaque cursor of the next."""

    items: list[Item]
    next_cursor: str | None


class Marker(Protocol):
    """A pending idempotency marker that has to be part of the next transaction."""

    def action(self) -> Action: ...
    def lost(self, row: Item | None) -> Exception: ...


class Table:
    """One table of one service. `marker` gives the pending idempotency marker of the present request, if any;
    `contended` hears of every write that has to wait for rivals or a throttle."""

    def __init__(
        self,
        client: Any,
        name: str,
        *,
        marker: Callable[[], Marker | None] = lambda: None,
        pause: Callable[[float], None] = time.sleep,
        contended: Callable[[Sequence[Action]], None] = lambda _actions: None,
    ) -> None:
        self._client = client
        self.name = name
        self._marker = marker
        self._pause = pause
        self._contended = contended

    # ------------------------------------------------------------------ reads

    def get(self, pk: str, sk: str = "-", *, consistent: bool = True) -> Item | None:
        """One item, or None. Half a read unit per 4 KB when not consistent."""
        answer = self._repeatable(
            "get_item", TableName=self.name, Key=to_item({"pk": pk, "sk": sk}), ConsistentRead=consistent
        )
        return from_item(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[tuple[str, str]], *, consistent: bool = True) -> dict[tuple[str, str], Item]:
        """The items that exist of any number of keys (duplicates allowed), by key.

        Raises Busy when DynamoDB keeps leaving keys unprocessed.
        """
        found: dict[tuple[str, str], Item] = {}
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), BATCH_GET_LIMIT):
            pending = [to_item({"pk": pk, "sk": sk}) for pk, sk in wanted[start : start + BATCH_GET_LIMIT]]
            for wait in self._waits():
                request = {self.name: {"Keys": pending, "ConsistentRead": consistent}}
                answer = self._repeatable("batch_get_item", RequestItems=request)
                for wire in answer["Responses"].get(self.name, ()):
                    item = from_item(wire)
                    found[item["pk"], item["sk"]] = item
                pending = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
                if not pending:
                    break
                wait()
        return found

    def get_together(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """The items that exist of the keys, by key, as of one instant; two read units per 4 KB. Beyond 100 keys as of
        several instants. Raises Busy when rivals keep writing them."""
        if len(keys) > TRANSACTION_LIMIT:
            return self.get_many(keys)
        gets = [{"Get": {"TableName": self.name, "Key": to_item({"pk": pk, "sk": sk})}} for pk, sk in keys]
        answer = self._repeatable("transact_get_items", TransactItems=gets)
        items = [from_item(one["Item"]) for one in answer["Responses"] if one.get("Item")]
        return {(item["pk"], item["sk"]): item for item in items}

    def query(
        self,
        pk: str,
        *,
        index: str | None = None,
        sk_prefix: str | None = None,
        sk_between: tuple[str, str] | None = None,
        forward: bool = True,
        limit: int | None = None,
        cursor: str | None = None,
        consistent: bool = False,
    ) -> Page:
        """One page of a partition of the table or of `index` (gsi1, gsi2). Raises InvalidField for a forged cursor."""
        request = self._query(pk, index=index, sk_prefix=sk_prefix, sk_between=sk_between)
        request |= {"ScanIndexForward": forward, "ConsistentRead": consistent and index is None}
        if limit is not None:
            request["Limit"] = limit
        if cursor is not None:
            request["ExclusiveStartKey"] = _start_key(cursor, f"{index or ''}pk", pk)
        answer = self._repeatable("query", **request)
        last = answer.get("LastEvaluatedKey")
        return Page([from_item(wire) for wire in answer["Items"]], encode_cursor(from_item(last) if last else None))

    def count(
        self,
        pk: str,
        *,
        index: str | None = None,
        sk_prefix: str | None = None,
        sk_between: tuple[str, str] | None = None,
    ) -> int:
        """How many items there are (same options as `query`); read units as for reading them all."""
        request = self._query(pk, index=index, sk_prefix=sk_prefix, sk_between=sk_between) | {"Select": "COUNT"}
        counted = 0
        while True:
            answer = self._repeatable("query", **request)
            counted += int(answer["Count"])
            if "LastEvaluatedKey" not in answer:
                return counted
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _query(
        self, pk: str, *, index: str | None, sk_prefix: str | None, sk_between: tuple[str, str] | None
    ) -> dict[str, Any]:
        prefix = index or ""
        names = {"#pk": f"{prefix}pk"}
        values = {":pk": to_wire(pk)}
        condition = "#pk = :pk"
        if sk_prefix is not None:
            names["#sk"], values[":sk"] = f"{prefix}sk", to_wire(sk_prefix)
            condition += " AND begins_with(#sk, :sk)"
        elif sk_between is not None:
            names["#sk"] = f"{prefix}sk"
            values[":low"], values[":high"] = (to_wire(bound) for bound in sk_between)
            condition += " AND #sk BETWEEN :low AND :high"
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }
        return request | ({"IndexName": index} if index else {})

    def query_all(self, pk: str, **options: Any) -> Iterator[Item]:
        """Every item of a partition, page after page (same options as `query`)."""
        cursor: str | None = None
        while True:
            page = self.query(pk, cursor=cursor, **options)
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def _repeatable(self, call: str, **request: Any) -> dict[str, Any]:
        """A call that may be done twice. Raises Busy when DynamoDB keeps throttling beyond the client's own retries."""
        for wait in self._waits():
            try:
                answer: dict[str, Any] = getattr(self._client, call)(**request)
            except ClientError as error:
                reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
                if error.response["Error"]["Code"] not in _RETRYABLE and not reasons & _RETRYABLE_REASONS:
                    raise
                wait()
            else:
                return answer
        raise Busy

    # ----------------------------------------------------------------- writes

    def write(self, *actions: Action) -> None:
        """All actions or none, at most 100 rows.

        A write that finds itself already applied (its first answer was lost on the way) counts as applied: the row
        carries the same cause and version. Raises ConditionFailed or Busy; in both cases nothing was written.
        """
        marker = self._marker()
        if marker is None and len(actions) == 1 and not isinstance(actions[0], Check):
            self._single(actions[0])
            return
        whole = [*actions, marker.action()] if marker else list(actions)
        assert len(whole) <= TRANSACTION_LIMIT, f"{len(whole)} actions in one transaction"
        try:
            self._transaction(whole)
        except ConditionFailed as error:
            if marker and len(actions) in error.failed:
                raise marker.lost(error.failed[len(actions)]) from error
            raise

    def put_all(self, items: Sequence[Item]) -> None:
        """Write derived rows that are the same whenever they are written again: many per request, unconditionally.

        Keys must differ. Raises Busy when DynamoDB keeps leaving some unprocessed; a repeat does no harm.
        """
        for start in range(0, len(items), BATCH_WRITE_LIMIT):
            pending = [{"PutRequest": {"Item": to_item(item)}} for item in items[start : start + BATCH_WRITE_LIMIT]]
            for wait in self._waits():
                answer = self._repeatable("batch_write_item", RequestItems={self.name: pending})
                pending = answer.get("UnprocessedItems", {}).get(self.name, [])
                if not pending:
                    break
                wait()

    def _single(self, action: Put | Update | Delete) -> None:
        call, request = _single_request(self.name, action)
        for wait in self._waits():
            try:
                getattr(self._client, call)(**request, ReturnValuesOnConditionCheckFailure="ALL_OLD")
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ConditionalCheckFailedException":
                    row = from_item(error.response["Item"]) if error.response.get("Item") else None
                    if _is_ours(action, row):
                        return
                    raise ConditionFailed({0: row}) from error
                if code not in _RETRYABLE and code != "TransactionConflictException":
                    raise
                self._contended([action])
                wait()
            else:
                return

    def _transaction(self, actions: Sequence[Action]) -> None:
        token = f"{random.getrandbits(128):032x}"  # the same on every try: DynamoDB knows a repeat for 10 minutes
        items = [_transact_item(self.name, action) for action in actions]
        for wait in self._waits():
            try:
                self._client.transact_write_items(TransactItems=items, ClientRequestToken=token)
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "TransactionCanceledException":
                    reasons = error.response.get("CancellationReasons", [])
                    failed = {
                        index: from_item(reason["Item"]) if reason.get("Item") else None
                        for index, reason in enumerate(reasons)
                        if reason.get("Code") == "ConditionalCheckFailed"
                    }
                    if failed:
                        if all(_is_ours(actions[index], row) for index, row in failed.items()):
                            return
                        raise ConditionFailed(failed) from error
                    if not any(reason.get("Code") in _RETRYABLE_REASONS for reason in reasons):
                        raise
                elif code not in _RETRYABLE:
                    raise
                self._contended(actions)
                wait()
            else:
                return

    def _waits(self) -> Iterator[Callable[[], None]]:
        """Gives, per attempt, the pause to take before the next (full jitter, AWS Architecture Blog 2015)."""
        for attempt in range(MAX_ATTEMPTS):
            yield partial(self._back_off, attempt)
        raise Busy

    def _back_off(self, attempt: int) -> None:
        self._pause(random.uniform(0, min(0.4, 0.025 * 2**attempt)))


def own_write(item: Mapping[str, Any], cause: Cause) -> bool:
    """Whether the stored `item` was last written by this very cause."""
    return bool(item.get("cause", {}).get("id") == cause.id)


def _is_ours(action: Action, row: Item | None) -> bool:
    """Whether the row in the way is the result of this very action: same cause and version."""
    if row is None or "cause" not in row:
        return False
    match action:
        case Put(item=item):
            cause, version = item.get("cause"), item.get("version")
        case Update(values=values):
            cause, version = values.get(":cause"), values.get(":version")
        case _:
            return False
    return (
        cause is not None
        and version is not None
        and row["cause"].get("id") == cause["id"]
        and row.get("version") == version
    )


def _start_key(cursor: str, partition: str, pk: str) -> dict[str, Any]:
    try:
        key = decode_cursor(cursor)
        if key.get(partition) != pk or not all(isinstance(part, str | int) for part in key.values()):
            raise ValueError("the cursor belongs to another list")
        return to_item(key)
    except ValueError as error:
        raise InvalidField("/cursor", "not a cursor of this list") from error


def _conditions(action: Action) -> dict[str, Any]:
    request: dict[str, Any] = {"ConditionExpression": action.condition}
    if action.values:
        request["ExpressionAttributeValues"] = to_item(action.values)
    if action.names:
        request["ExpressionAttributeNames"] = dict(action.names)
    return request


def _single_request(table: str, action: Put | Update | Delete) -> tuple[str, dict[str, Any]]:
    request = {"TableName": table, **_conditions(action)}
    match action:
        case Put(item=item):
            return "put_item", request | {"Item": to_item(item)}
        case Update(pk=pk, sk=sk, expression=expression):
            return "update_item", request | {"Key": to_item({"pk": pk, "sk": sk}), "UpdateExpression": expression}
        case Delete(pk=pk, sk=sk):
            return "delete_item", request | {"Key": to_item({"pk": pk, "sk": sk})}


def _transact_item(table: str, action: Action) -> dict[str, Any]:
    if isinstance(action, Check):
        kind = "ConditionCheck"
        request = {"TableName": table, "Key": to_item({"pk": action.pk, "sk": action.sk}), **_conditions(action)}
    else:
        call, request = _single_request(table, action)
        kind = {"put_item": "Put", "update_item": "Update", "delete_item": "Delete"}[call]
    return {kind: request | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}
