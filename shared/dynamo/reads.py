"""What one DynamoDB table can be asked: items by key, partitions page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shared.dynamo.documents import decode_cursor, encode_cursor
from shared.dynamo.marshal import Item, from_item, to_item, to_wire
from shared.dynamo.patience import repeatable, waits
from shared.errors import InvalidField

TRANSACTION_LIMIT = 100
BATCH_GET_LIMIT = 100


@dataclass(frozen=True)
class Page:
    """One page of a query, and the opaque cursor of the next."""

    items: list[Item]
    next_cursor: str | None

    def cut(self, count: int, *, index: str | None = None) -> Page:
        """Its first rows (at least one); the next page begins after them. `index`: the one that was queried."""
        kept = self.items[: max(1, count)]
        if len(kept) == len(self.items):
            return self
        names = ("pk", "sk", *((f"{index}pk", f"{index}sk") if index else ()))
        return Page(kept, encode_cursor({name: kept[-1][name] for name in names}))


class Reads:
    """The reads of one table; the client's throttles are waited out with `pause`."""

    def __init__(self, client: Any, name: str, *, pause: Callable[[float], None]) -> None:
        self._client = client
        self.name = name
        self._pause = pause

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
            for wait in waits(self._pause):
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
        return repeatable(getattr(self._client, call), self._pause, **request)


def _start_key(cursor: str, partition: str, pk: str) -> dict[str, Any]:
    try:
        key = decode_cursor(cursor)
        if key.get(partition) != pk or not all(isinstance(part, str | int) for part in key.values()):
            raise ValueError("the cursor belongs to another list")
        return to_item(key)
    except ValueError as error:
        raise InvalidField("/cursor", "not a cursor of this list") from error
