"""A DynamoDB client in memory, a hundred times as fast as moto, for searches through many thousand schedules.

It knows the calls that `shared.dynamo.table` makes, refuses what it does not know, and is proven equal to moto by
`tests/unit/support/test_fake_dynamodb.py`. Rows are immutable, so a snapshot costs nothing. Every change is logged in
the shape of a stream record. `ClientRequestToken` works as on AWS (moto ignores it).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from tests.support import expressions
from tests.support.expressions import Invalid, Scope

Key = tuple[str, str]
Row = Mapping[str, Any]
Tables = dict[str, dict[Key, Row]]

TRANSACTION_LIMIT = 100
_NONE: Mapping[str, Any] = {"Code": "None"}


def refusal(code: str, operation: str, **members: Any) -> ClientError:
    """An error as botocore raises it."""
    return ClientError({"Error": {"Code": code, "Message": members.pop("message", code)}, **members}, operation)


class FakeDynamoDB:
    """Any number of tables with keys pk and sk and indexes gsiN; a table begins with its first row."""

    def __init__(self, tables: Tables | None = None) -> None:
        self.tables: Tables = {name: dict(rows) for name, rows in (tables or {}).items()}
        self.log: list[dict[str, Any]] = []
        self._tokens: set[str] = set()

    def copy(self) -> FakeDynamoDB:
        """The same rows and log, apart from now on."""
        twin = FakeDynamoDB(self.tables)
        twin.log = list(self.log)
        return twin

    def rows(self, table: str) -> list[Row]:
        """Every row, by key."""
        return [row for _, row in sorted(self.tables.get(table, {}).items())]

    # ------------------------------------------------------------------ reads

    def list_tables(self) -> dict[str, Any]:
        return {"TableNames": sorted(self.tables)}

    def scan(self, *, TableName: str) -> dict[str, Any]:  # noqa: N803 - DynamoDB's names
        rows = self.rows(TableName)
        return {"Items": [dict(row) for row in rows], "Count": len(rows)}

    def get_item(self, *, TableName: str, Key: Row, ConsistentRead: bool = False) -> dict[str, Any]:  # noqa: N803
        row = self._find(TableName, _key(Key))
        return {"Item": dict(row)} if row else {}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803
        responses = {
            table: [dict(row) for key in wanted["Keys"] if (row := self._find(table, _key(key)))]
            for table, wanted in RequestItems.items()
        }
        return {"Responses": responses, "UnprocessedKeys": {}}

    def transact_get_items(self, *, TransactItems: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        rows = [self._find(one["Get"]["TableName"], _key(one["Get"]["Key"])) for one in TransactItems]
        return {"Responses": [{"Item": dict(row)} if row else {} for row in rows]}

    def query(
        self,
        *,
        TableName: str,  # noqa: N803
        KeyConditionExpression: str,  # noqa: N803
        ExpressionAttributeNames: Mapping[str, str],  # noqa: N803
        ExpressionAttributeValues: Mapping[str, Any],  # noqa: N803
        ScanIndexForward: bool = True,  # noqa: N803
        IndexName: str = "",  # noqa: N803
        Limit: int | None = None,  # noqa: N803
        ExclusiveStartKey: Row | None = None,  # noqa: N803
        ConsistentRead: bool = False,  # noqa: N803 - every read is
        Select: str = "",  # noqa: N803 - a count comes with the rows
    ) -> dict[str, Any]:
        holds = expressions.condition(KeyConditionExpression)
        names, values = ExpressionAttributeNames, ExpressionAttributeValues
        parts = (f"{IndexName}pk", f"{IndexName}sk") if IndexName else ("pk", "sk")
        rows = [
            row
            for row in self.tables.get(TableName, {}).values()
            if all(part in row for part in parts) and holds(Scope(row, names, values))
        ]
        order = (parts[1], "pk", "sk")
        rows.sort(key=lambda row: [row[part]["S"] for part in order], reverse=not ScanIndexForward)
        if ExclusiveStartKey is not None:
            start = [ExclusiveStartKey[part]["S"] for part in order]
            after = [[row[part]["S"] for part in order] for row in rows]
            rows = [
                row for row, at in zip(rows, after, strict=True) if (at > start if ScanIndexForward else at < start)
            ]
        page = rows if Limit is None else rows[:Limit]
        answer: dict[str, Any] = {"Items": [dict(row) for row in page], "Count": len(page)}
        if len(page) < len(rows):
            answer["LastEvaluatedKey"] = {part: page[-1][part] for part in {*parts, "pk", "sk"}}
        return answer

    # ----------------------------------------------------------------- writes

    def put_item(self, **request: Any) -> dict[str, Any]:
        return self._alone("Put", request)

    def update_item(self, **request: Any) -> dict[str, Any]:
        return self._alone("Update", request)

    def delete_item(self, **request: Any) -> dict[str, Any]:
        return self._alone("Delete", request)

    def batch_write_item(self, *, RequestItems: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N803
        for table, requests in RequestItems.items():
            for request in requests:
                item = request["PutRequest"]["Item"]
                self._set(table, _key(item), item)
        return {"UnprocessedItems": {}}

    def transact_write_items(
        self,
        *,
        TransactItems: list[dict[str, Any]],  # noqa: N803
        ClientRequestToken: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        actions = [next(iter(entry.items())) for entry in TransactItems]
        keys = [(request["TableName"], *_key(_keyed(request))) for _, request in actions]
        if len(keys) > TRANSACTION_LIMIT or len(set(keys)) < len(keys):
            raise refusal("ValidationException", "TransactWriteItems")
        if ClientRequestToken and ClientRequestToken in self._tokens:
            return {}
        failed = [self._failed(request) for _, request in actions]
        if any(failed):
            reasons = [
                {"Code": "ConditionalCheckFailed", **_old_item(self._old(request))} if fails else _NONE
                for fails, (_, request) in zip(failed, actions, strict=True)
            ]
            raise refusal("TransactionCanceledException", "TransactWriteItems", CancellationReasons=reasons)
        outcomes = [self._outcome(kind, request) for kind, request in actions]
        for (kind, _), key, after in zip(actions, keys, outcomes, strict=True):
            if kind != "ConditionCheck":
                self._set(key[0], key[1:], after)
        self._tokens.add(ClientRequestToken)
        return {}

    def _alone(self, kind: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if self._failed(request):
            wants_old = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
            members = _old_item(self._old(request)) if wants_old else {}
            raise refusal("ConditionalCheckFailedException", kind, **members)
        self._set(request["TableName"], _key(_keyed(request)), self._outcome(kind, request))
        return {}

    def _failed(self, request: Mapping[str, Any]) -> bool:
        text = request.get("ConditionExpression")
        return text is not None and not expressions.condition(text)(self._scope(request))

    def _outcome(self, kind: str, request: Mapping[str, Any]) -> Row | None:
        if kind == "Put":
            item: Row = request["Item"]
            return item
        if kind != "Update":
            return None
        scope = self._scope(request)
        if not scope.item:
            scope = Scope(request["Key"], scope.names, scope.values)
        try:
            return expressions.update(request["UpdateExpression"]).applied(scope)
        except Invalid as error:
            raise refusal("ValidationException", kind, message=str(error)) from error

    def _scope(self, request: Mapping[str, Any]) -> Scope:
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        return Scope(self._old(request) or {}, names, values)

    def _old(self, request: Mapping[str, Any]) -> Row | None:
        return self._find(request["TableName"], _key(_keyed(request)))

    def _find(self, table: str, key: Key) -> Row | None:
        return self.tables.get(table, {}).get(key)

    def _set(self, table: str, key: Key, row: Row | None) -> None:
        rows = self.tables.setdefault(table, {})
        old = rows.get(key)
        if row is None:
            rows.pop(key, None)
        else:
            rows[key] = row
        images = {"OldImage": old, "NewImage": row, "SequenceNumber": f"{len(self.log):021d}"}
        self.log.append({"table": table, "dynamodb": {name: image for name, image in images.items() if image}})


def _keyed(request: Mapping[str, Any]) -> Row:
    keyed: Row = request.get("Item") or request["Key"]
    return keyed


def _key(row: Row) -> Key:
    return row["pk"]["S"], row["sk"]["S"]


def _old_item(row: Row | None) -> dict[str, Any]:
    return {"Item": dict(row)} if row else {}
