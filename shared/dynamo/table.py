"""One DynamoDB table: its reads, and writes that are always conditional (derived rows that never differ apart).

`Table.write` is one request: a single write, or a transaction when there are several actions or when an
`Idempotency-Key` marker has to become true in the same moment (see `shared.dynamo.idempotency`). It ends in one of
three ways: applied, `ConditionFailed` with the rows that stood in the way, or `Busy` (nothing was done).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError

from shared.dynamo.marshal import Item, from_item, to_item
from shared.dynamo.patience import RETRYABLE, RETRYABLE_REASONS, waits
from shared.dynamo.reads import TRANSACTION_LIMIT, Reads

BATCH_WRITE_LIMIT = 25

ABSENT = "attribute_not_exists(pk)"
PRESENT = "attribute_exists(pk)"


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


class Marker(Protocol):
    """A pending idempotency marker that has to be part of the next transaction."""

    def action(self) -> Action: ...
    def lost(self, row: Item | None) -> Exception: ...


class Table(Reads):
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
        super().__init__(client, name, pause=pause)
        self._marker = marker
        self._contended = contended

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
            for wait in waits(self._pause):
                answer = self._repeatable("batch_write_item", RequestItems={self.name: pending})
                pending = answer.get("UnprocessedItems", {}).get(self.name, [])
                if not pending:
                    break
                wait()

    def _single(self, action: Put | Update | Delete) -> None:
        call, request = _single_request(self.name, action)
        for wait in waits(self._pause):
            try:
                getattr(self._client, call)(**request, ReturnValuesOnConditionCheckFailure="ALL_OLD")
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ConditionalCheckFailedException":
                    row = from_item(error.response["Item"]) if error.response.get("Item") else None
                    if _is_ours(action, row):
                        return
                    raise ConditionFailed({0: row}) from error
                if code not in RETRYABLE and code != "TransactionConflictException":
                    raise
                self._contended([action])
                wait()
            else:
                return

    def _transaction(self, actions: Sequence[Action]) -> None:
        token = f"{random.getrandbits(128):032x}"  # the same on every try: DynamoDB knows a repeat for 10 minutes
        items = [_transact_item(self.name, action) for action in actions]
        for wait in waits(self._pause):
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
                    if not any(reason.get("Code") in RETRYABLE_REASONS for reason in reasons):
                        raise
                elif code not in RETRYABLE:
                    raise
                self._contended(actions)
                wait()
            else:
                return


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
