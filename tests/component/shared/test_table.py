"""Table: a lost answer is not a lost write, rivals end in a definite answer, nothing unprocessed is forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from shared.aws import client
from shared.dynamo.patience import MAX_ATTEMPTS
from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table, Update
from shared.errors import Busy, InvalidField

pytestmark = pytest.mark.usefixtures("aws")


def refusal(code: str, reasons: list[str] | None = None) -> ClientError:
    response: dict[str, Any] = {"Error": {"Code": code, "Message": code}}
    if reasons:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "call")


class Flaky:
    """A client whose first calls of one operation fail, before or after they took effect."""

    def __init__(self, operation: str, error: ClientError, *, times: int = 1, after_effect: bool = False) -> None:
        self._real = client("dynamodb")
        self._operation, self._error, self._after = operation, error, after_effect
        self.left = times

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        if name != self._operation:
            return real

        def call(**request: Any) -> Any:
            if self.left:
                self.left -= 1
                if self._after:
                    real(**request)
                raise self._error
            return real(**request)

        return call


def table(flaky: Any = None) -> tuple[Table, list[float]]:
    pauses: list[float] = []
    return Table(flaky or client("dynamodb"), "orders", pause=pauses.append), pauses


def row(cause: str = "c1", version: int = 1, pk: str = "A") -> dict[str, Any]:
    return {"pk": pk, "sk": "-", "version": version, "cause": {"id": cause}}


@pytest.mark.parametrize(
    "extra", [[], [Put({"pk": "B", "sk": "-"}, "attribute_exists(pk) OR attribute_not_exists(pk)")]]
)
def test_a_write_whose_answer_was_lost_counts_as_done(extra: list[Put]) -> None:
    operation = "transact_write_items" if extra else "put_item"
    flaky = Flaky(operation, refusal("InternalServerError"), after_effect=True)
    written, _ = table(flaky)
    written.write(Put(row()), *extra)
    assert written.get("A") == row()


def test_the_same_row_written_by_somebody_else_is_a_conflict() -> None:
    written, _ = table()
    written.write(Put(row("theirs")))
    with pytest.raises(ConditionFailed) as conflict:
        written.write(Put(row("mine")))
    assert conflict.value.existing == row("theirs")


def test_an_update_whose_answer_was_lost_counts_as_done() -> None:
    table()[0].write(Put(row("c0")))
    flaky = Flaky("update_item", refusal("InternalServerError"), after_effect=True)
    written, _ = table(flaky)
    values = {":cause": {"id": "c1"}, ":version": 2, ":known": 1}
    written.write(Update("A", "-", "SET cause = :cause, #v = :version", "#v = :known", values, {"#v": "version"}))
    assert written.get("A") == row("c1", 2)


@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException"])
def test_a_throttled_write_is_tried_again_after_a_pause(code: str) -> None:
    written, pauses = table(Flaky("put_item", refusal(code), times=3))
    written.write(Put(row()))
    assert len(pauses) == 3
    assert written.get("A")


def test_a_transaction_cancelled_by_a_rival_is_tried_again() -> None:
    error = refusal("TransactionCanceledException", ["None", "TransactionConflict"])
    written, pauses = table(Flaky("transact_write_items", error, times=2))
    written.write(Put(row()), Put(row(pk="B")))
    assert len(pauses) == 2
    assert written.get("B")


def test_patience_ends_in_a_definite_answer_and_nothing_is_written() -> None:
    error = refusal("TransactionCanceledException", ["TransactionConflict", "None"])
    written, pauses = table(Flaky("transact_write_items", error, times=100))
    with pytest.raises(Busy):
        written.write(Put(row()), Put(row(pk="B")))
    assert len(pauses) == MAX_ATTEMPTS
    assert written.get("A") is None


def test_every_failed_condition_of_a_transaction_is_named_with_its_row() -> None:
    written, _ = table()
    written.write(Put(row("x", pk="A")), Put(row("x", pk="C")))
    with pytest.raises(ConditionFailed) as conflict:
        written.write(Put(row(pk="A")), Put(row(pk="B")), Put(row(pk="C")))
    assert {index: item and item["pk"] for index, item in conflict.value.failed.items()} == {0: "A", 2: "C"}
    assert written.get("B") is None


def test_unprocessed_keys_are_asked_for_again() -> None:
    class Stingy:
        """Answers one key per call."""

        def __getattr__(self, name: str) -> Any:
            return getattr(client("dynamodb"), name)

        def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 - the client's own name
            ((name, request),) = RequestItems.items()
            keys = request["Keys"]
            answer = client("dynamodb").batch_get_item(RequestItems={name: {**request, "Keys": keys[:1]}})
            left = {name: {**request, "Keys": keys[1:]}} if keys[1:] else {}
            return {**answer, "UnprocessedKeys": left}

    written, _ = table(Stingy())
    for pk in "ABC":
        written.write(Put(row(pk=pk)))
    assert len(written.get_many([(pk, "-") for pk in "ABCA"])) == 3


def test_more_keys_than_one_call_takes_are_read_in_several() -> None:
    written, _ = table()
    for n in range(105):
        written.write(Put({"pk": f"K{n}", "sk": "-"}, ABSENT))
    assert len(written.get_many([(f"K{n}", "-") for n in range(120)])) == 105


def test_a_query_pages_and_a_cursor_of_another_list_is_refused() -> None:
    written, _ = table()
    for n in range(5):
        written.write(Put({"pk": "P", "sk": f"s{n}"}))
    first = written.query("P", limit=2)
    second = written.query("P", limit=2, cursor=first.next_cursor)
    assert [item["sk"] for item in first.items + second.items] == ["s0", "s1", "s2", "s3"]
    assert [item["sk"] for item in written.query_all("P", limit=2)] == [f"s{n}" for n in range(5)]
    for forged in (first.next_cursor, "nonsense"):
        with pytest.raises(InvalidField):
            written.query("Q", cursor=forged)


def test_unprocessed_writes_are_sent_again_until_all_are_there() -> None:
    class Stingy:
        """Takes one item per call."""

        def __getattr__(self, name: str) -> Any:
            return getattr(client("dynamodb"), name)

        def batch_write_item(self, RequestItems: Any) -> Any:  # noqa: N803 - the client's own name
            ((name, requests),) = RequestItems.items()
            client("dynamodb").batch_write_item(RequestItems={name: requests[:1]})
            return {"UnprocessedItems": {name: requests[1:]} if requests[1:] else {}}

    written, pauses = table(Stingy())
    written.put_all([row(pk=f"B{n}") for n in range(4)])
    assert len(written.get_many([(f"B{n}", "-") for n in range(4)])) == 4
    assert len(pauses) == 3


def test_more_rows_than_one_request_takes_are_written_in_several() -> None:
    written, _ = table()
    written.put_all([row(pk=f"B{n}") for n in range(60)])
    assert len(written.get_many([(f"B{n}", "-") for n in range(60)])) == 60
