"""Ids, geography, stored documents, typed JSON, the wire, masking."""

from __future__ import annotations

import json
import string
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from shared.dynamo.documents import COMPRESS_FROM_BYTES, Document, UnknownDictionary, decode_cursor, encode_cursor
from shared.dynamo.marshal import from_wire, to_wire
from shared.events.base import Envelope
from shared.events.inventory import Allocation, PositionState, StockAllocated, StockChanged
from shared.geo import Geo, distance_km
from shared.ids import derived_id, event_id, is_identifier
from shared.observability import mask
from shared.wire import PACK_FROM_BYTES, from_detail, to_detail

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@given(VALUES)
def test_a_value_comes_back_from_dynamodb_as_it_was(value: object) -> None:
    assert from_wire(to_wire(value)) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_comes_back_as_the_same_number(value: float) -> None:
    assert from_wire(to_wire(value)) == value


@given(VALUES)
def test_our_typed_json_is_the_one_that_boto3_makes(value: object) -> None:
    assert TypeSerializer().serialize(value) == to_wire(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}])
def test_what_dynamodb_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        to_wire(value)


@pytest.mark.parametrize("text", ["A", "web:W-1001", "a@b.c", "x" * 64])
def test_an_identifier_may_look_like_this(text: str) -> None:
    assert is_identifier(text)


@pytest.mark.parametrize("text", ["", "x" * 65, "a#b", "a b", "a\n", "-a", "é", "a/b", "a\x00"])
def test_an_identifier_that_could_forge_a_key_is_refused(text: str) -> None:
    assert not is_identifier(text)


@given(st.text(string.printable, max_size=40), st.text(string.printable, max_size=40))
def test_derived_ids_are_identifiers_and_differ_with_their_parts(a: str, b: str) -> None:
    assert is_identifier(derived_id("O", a, b))
    assert (derived_id("O", a, b) == derived_id("O", b, a)) == (a == b)


def test_an_event_id_repeats_with_its_version_and_differs_otherwise() -> None:
    ids = {event_id("order/1", version, kind, n) for version in (1, 2) for kind in "AB" for n in (0, 1)}
    assert len(ids) == 8
    assert event_id("order/1", 1, "A", 0) in ids


def test_leeds_to_london_is_273_kilometres() -> None:
    assert distance_km(Geo(53.7997, -1.5492), Geo(51.5074, -0.1278)) == pytest.approx(273, abs=1)


@dataclass(frozen=True)
class Basket:
    lines: tuple[str, ...]
    note: str = ""


def test_a_long_document_is_stored_compressed_and_reads_back() -> None:
    document = Document(Basket)
    short, long = Basket(("a",)), Basket(tuple(f"line {n}" for n in range(COMPRESS_FROM_BYTES)))
    assert isinstance(document.dump(short), str)
    assert isinstance(document.dump(long), bytes)
    assert [document.load(document.dump(basket)) for basket in (short, long)] == [short, long]


def test_what_documents_have_in_common_is_not_stored_and_every_dictionary_of_the_past_still_reads() -> None:
    first, second = b'"lines":["an old phrase of ours","', b'"lines":["what most baskets say","another usual phrase"]'
    basket = Basket(("what most baskets say", "another usual phrase"), "x" * COMPRESS_FROM_BYTES)
    bare, old, new = (Document(Basket, dictionaries=given) for given in ((), (first,), (first, second)))
    rows = [bare.dump(basket), old.dump(basket), new.dump(basket)]
    assert [len(row) for row in rows] == sorted((len(row) for row in rows), reverse=True)
    assert len(rows[2]) < len(rows[1]) - 10
    assert [new.load(row) for row in rows] == [basket] * 3
    with pytest.raises(UnknownDictionary):
        old.load(rows[2])


def test_a_row_of_an_older_release_reads_with_the_new_fields_at_their_default() -> None:
    assert Document(Basket).load('{"lines":["a"]}') == Basket(("a",), "")


def test_a_cursor_is_opaque_and_a_forged_one_is_noticed() -> None:
    assert decode_cursor(encode_cursor({"pk": "A", "sk": "B"}) or "") == {"pk": "A", "sk": "B"}
    for forged in ("", "x", "bnVsbA", "!!!!"):
        with pytest.raises(ValueError):  # noqa: PT011 - any of json's, base64's and ours is one
            decode_cursor(forged)


ENVELOPE = Envelope("e1", datetime(2026, 11, 21, tzinfo=UTC), "corr", "cause", "allocation/O-1", 3)


@pytest.mark.parametrize("count", [1, 1200])
def test_an_event_of_any_size_travels_within_the_limits_of_bus_and_queue(count: int) -> None:
    lines = [Allocation(line_id=f"{n:064}", sku=f"{n:x>64}", location_id="L" * 64, quantity=n) for n in range(count)]
    event = StockAllocated(order_id="O-1", plan_version=1, allocations=tuple(lines))
    detail = to_detail(event, ENVELOPE)
    assert len(detail) < 200_000
    assert ("packed" in json.loads(detail)) == (len(event.model_dump_json()) >= PACK_FROM_BYTES)
    assert from_detail(StockAllocated, json.loads(detail)) == (event, ENVELOPE)


def test_an_event_of_a_newer_release_with_a_field_more_is_understood() -> None:
    detail = json.loads(to_detail(StockAllocated(order_id="O-1", plan_version=1, allocations=()), ENVELOPE))
    detail["data"]["colour"] = "new"
    assert from_detail(StockAllocated, detail)[0].model_dump()["order_id"] == "O-1"


def test_an_event_can_be_said_as_a_cloudevent() -> None:
    said = ENVELOPE.to_cloudevent(StockAllocated(order_id="O-1", plan_version=1, allocations=()))
    assert said["specversion"] == "1.0"
    assert {"id", "source", "type"} <= set(said)
    assert all(name.isalnum() and name.islower() for name in said)


def test_of_a_position_that_changed_often_in_a_batch_only_the_newest_state_is_told() -> None:
    def changed(version: int, sku: str = "MUG") -> StockChanged:
        return StockChanged(positions=(PositionState(sku=sku, location_id="S1", on_hand=version, version=version),))

    (merged,) = StockChanged.merged([changed(1), changed(3), changed(2), changed(1, "LAMP")])
    assert [(p.sku, p.version) for p in merged.positions] == [("MUG", 3), ("LAMP", 1)]


@pytest.mark.parametrize(
    "line",
    [
        '{"message":"mail ann.lee+x@example.co.uk now"}',
        '{"phone": "+44 7700 900001"}',
        '{"address":{"line1":"1 High \\"St\\"","city":"Leeds","postal_code":"LS1 1AA"}}',
        '{"exception":"input {\\"email\\": \\"ann.lee\\", \\"name\\": \\"Ann Lee\\"}"}',
        '{"token": "tok_secret"}',
    ],
)
def test_personal_data_never_reach_a_log_line(line: str) -> None:
    masked = mask(line)
    for secret in ("ann.lee", "7700", "High", "Leeds", "LS1", "Ann Lee", "tok_secret"):
        assert secret not in masked
    json.loads(masked)


def test_ids_counts_and_times_stay_readable_in_the_log() -> None:
    line = '{"order_id":"O-ABC","quantity":12,"at":"2026-11-21T10:00:00.000Z","location_id":"S1"}'
    assert mask(line) == line


def test_what_a_model_refuses_is_not_quoted_in_the_log() -> None:
    line = "{\"exception\": \"... [type=string_type, input_value={'secret': 'Zqx'}, input_type=dict]\"}"
    assert "Zqx" not in mask(line)
