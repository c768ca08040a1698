"""Bulk imports of items, places and stock: what counts once, what is rejected, what is never taken at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.aws import client
from shared.cause import Cause
from shared.dynamo.table import Action
from shared.imports import worker
from shared.imports.job import Job, Jobs
from tests.component.inventory.goods import audited, counters, hold, said
from tests.support.bus import Bus
from tests.support.gateway import Gateway
from tests.support.imports import Imports, csv_of
from tests.support.shop import open_shop

STOCK = "sku,location_id,quantity"
ITEMS = "sku,name,weight_grams,value.amount,value.currency,default_safety_stock"


@pytest.fixture
def imports(ops: Gateway) -> Imports:
    return Imports(ops)


@pytest.fixture
def shop(ops: Gateway) -> Gateway:
    """Three items at two places, ten MUGs at one of them."""
    open_shop(ops, stock={"DC1": {"MUG": 10}, "S1": {}}, items={"LAMP": {}, "VASE": {}})
    return ops


@pytest.fixture
def slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice is one step of three rows."""
    monkeypatch.setattr(worker, "SLICE_SECONDS", -1.0)
    monkeypatch.setattr(worker, "STEP_READ_ROWS", 3)


def rejections(done: dict[str, Any]) -> list[tuple[int, str]]:
    return [(one["line"], one["reason"]) for one in done["rejected"]]


def counts(done: dict[str, Any]) -> tuple[int, int, int, int]:
    rows = done["rows"]
    return rows["read"], rows["changed"], rows["unchanged"], rows["rejected"]


# ------------------------------------------------------------------ what rows mean


def test_items_are_described_as_by_the_single_call(imports: Imports, ops: Gateway) -> None:
    done = imports.run("I-1", "items", csv_of(ITEMS, ['MUG,"Mug, big",300,1200,GBP,2', "LAMP,Lamp,900,,,"]))
    assert (done["status"], counts(done)) == ("COMPLETED", (2, 2, 0, 0))
    mug = ops.get("/v1/items/MUG").body
    assert (mug["name"], mug["value"], mug["default_safety_stock"]) == (
        "Mug, big",
        {"amount": 1200, "currency": "GBP"},
        2,
    )
    assert ops.get("/v1/items/LAMP").body["value"] is None


def test_places_are_described_and_a_pause_stays(imports: Imports, shop: Gateway) -> None:
    assert shop.post("/v1/locations/S1/pause", {"reason": "flood"}).status == 200
    row = {
        "location_id": "S1",
        "name": "Leeds",
        "kind": "store",
        "address": {"line1": "2 High St", "city": "Leeds", "country": "GB"},
        "geo": {"lat": 53.8, "lng": -1.5},
        "time_zone": "Europe/London",
        "capabilities": ["ship", "pickup"],
    }
    bad = [row | {"location_id": "S2", "time_zone": "Mars/Base"}, row | {"location_id": "S3", "kind": "moon"}]
    lines = "\n".join(map(json.dumps, [row, *bad]))
    done = imports.run("L-1", "locations", lines, format_="jsonl")
    assert (done["status"], counts(done)) == ("COMPLETED_WITH_REJECTIONS", (3, 1, 0, 2))
    assert [line for line, _ in rejections(done)] == [2, 3]
    assert [reason.partition(":")[0] for _, reason in rejections(done)] == ["time_zone", "kind"]
    leeds = shop.get("/v1/locations/S1").body
    assert (leeds["name"], leeds["status"], leeds["capabilities"]) == ("Leeds", "paused", ["ship", "pickup"])


def test_stock_is_what_the_file_says_whatever_was_there_and_promises_stay(
    imports: Imports, shop: Gateway, web: Gateway, bus: Bus
) -> None:
    assert hold(web, "R-1", [("MUG", 4)]).status == 201
    done = imports.run("S-1", "stock", csv_of(STOCK, ["MUG,DC1,7", "LAMP,S1,5", "VASE,S1,0"]))
    assert (done["status"], counts(done)) == ("COMPLETED", (3, 3, 0, 0))
    assert counters(shop, "MUG", "DC1") == {"on_hand": 7, "held": 4, "allocated": 0, "available": 3}
    assert counters(shop, "LAMP", "S1")["on_hand"] == 5
    assert counters(shop, "VASE", "S1")["on_hand"] == 0
    assert audited(shop, bus)["checked"] == 3
    newest = shop.get("/v1/inventory/MUG/ledger?location_id=DC1").body["items"][0]
    assert (newest["kind"], newest["deltas"]["on_hand"], newest["reason"]) == ("adjustment", -3, "imported")
    assert (newest["movement_id"], newest["reference"]) == ("import/S-1/2", "import/S-1")


def test_a_count_below_what_is_promised_is_taken_and_the_shortage_shown(
    imports: Imports, shop: Gateway, web: Gateway
) -> None:
    assert hold(web, "R-1", [("MUG", 8)]).status == 201
    imports.run("S-1", "stock", csv_of(STOCK, ["MUG,DC1,3"]))
    (position,) = shop.get("/v1/inventory/MUG").body["positions"]
    assert (position["on_hand"], position["shortage"], position["available"]) == (3, 5, 0)


def test_less_than_what_is_damaged_cannot_be_on_hand(imports: Imports, shop: Gateway) -> None:
    damage = {"movement_id": "D", "kind": "damage", "location_id": "DC1", "lines": [{"sku": "MUG", "quantity": 4}]}
    assert shop.post("/v1/inventory/movements", damage).status == 201
    done = imports.run("S-1", "stock", csv_of(STOCK, ["MUG,DC1,3"]))
    assert rejections(done) == [(2, "quantity: MUG at DC1: 10 on hand, 4 of them unavailable")]
    assert counters(shop, "MUG", "DC1")["on_hand"] == 10


def test_others_hear_of_imported_stock(imports: Imports, shop: Gateway, bus: Bus) -> None:
    bus.published("inventory")
    imports.run("S-1", "stock", csv_of(STOCK, ["MUG,DC1,7", "LAMP,S1,5"]))
    told = {(one["sku"], one["on_hand"]) for event in said(bus, "StockChanged") for one in event["positions"]}
    assert told == {("MUG", 7), ("LAMP", 5)}


def test_a_changed_safety_stock_counts_at_open_positions(imports: Imports, shop: Gateway) -> None:
    imports.run("I-1", "items", csv_of("sku,name,weight_grams,default_safety_stock", ["MUG,Mug,300,4"]))
    assert counters(shop, "MUG", "DC1")["available"] == 6


# ------------------------------------------------------------------ once, whatever happens


def test_the_same_file_again_changes_nothing(imports: Imports, shop: Gateway, bus: Bus) -> None:
    file = csv_of(STOCK, ["MUG,DC1,7", "LAMP,S1,5"])
    imports.run("S-1", "stock", file)
    bus.published("inventory")
    done = imports.run("S-2", "stock", file)
    assert (done["status"], counts(done)) == ("COMPLETED", (2, 0, 2, 0))
    assert said(bus, "StockChanged") == []


def test_an_import_that_has_ended_takes_nothing_more(imports: Imports, shop: Gateway) -> None:
    imports.run("S-1", "stock", csv_of(STOCK, ["MUG,DC1,7"]))
    imports.work(imports.upload("S-1", csv_of(STOCK, ["MUG,DC1,99"])))
    assert counters(shop, "MUG", "DC1")["on_hand"] == 7
    answer = imports.start("S-1", "stock")
    assert (answer.status, answer.body["status"], answer.body["upload_url"]) == (201, "COMPLETED", None)


def test_an_id_stands_for_one_import(imports: Imports, ops: Gateway) -> None:
    first = imports.start("S-1", "stock")
    assert (first.status, first.body["status"]) == (201, "PENDING")
    assert "S-1" in first.body["upload_url"]
    assert imports.start("S-1", "stock").status == 201
    other = imports.start("S-1", "items")
    assert (other.status, other.body["code"]) == (409, "import_id_reused")
    assert ops.get("/v1/imports/S-2").body["code"] == "import_not_found"


def test_the_file_is_deleted_once_it_is_worked_off(imports: Imports, shop: Gateway) -> None:
    imports.run("S-1", "stock", csv_of(STOCK, ["MUG,DC1,7"]))
    assert client("s3").list_objects_v2(Bucket="inventory-imports").get("KeyCount") == 0


@pytest.mark.usefixtures("slices")
def test_a_long_file_goes_on_over_many_invocations_and_counts_each_row_once(
    imports: Imports, shop: Gateway, bus: Bus
) -> None:
    imports.start("S-1", "stock")
    skus = ("MUG", "LAMP", "VASE")
    rows = [f"{sku},{place},{7 + n}" for n, (sku, place) in enumerate((s, p) for s in skus for p in ("DC1", "S1"))]
    imports.work(imports.upload("S-1", csv_of(STOCK, [*rows, "NONE,S1,1"])))
    seen = imports.look("S-1")
    assert (seen["status"], seen["rows"]["read"]) == ("RUNNING", 3)
    assert 0 < seen["bytes"]["done"] < seen["bytes"]["total"]
    assert imports.go_on() >= 2
    done = imports.look("S-1")
    assert (done["status"], counts(done)) == ("COMPLETED_WITH_REJECTIONS", (7, 6, 0, 1))
    assert done["bytes"]["done"] == done["bytes"]["total"]
    assert counters(shop, "VASE", "S1")["on_hand"] == 12
    audited(shop, bus)


@pytest.mark.usefixtures("slices")
def test_a_worker_that_comes_again_changes_nothing_that_was_done(imports: Imports, shop: Gateway, bus: Bus) -> None:
    imports.start("S-1", "stock")
    upload = imports.upload("S-1", csv_of(STOCK, [f"MUG,{place},{n}" for n in range(4) for place in ("DC1", "S1")]))
    for _ in range(12):
        imports.work(upload)
    done = imports.look("S-1")
    assert (done["status"], counts(done)) == ("COMPLETED", (8, 8, 0, 0))
    assert counters(shop, "MUG", "DC1")["on_hand"] == 3
    audited(shop, bus)


class Killed(BaseException):
    """The process is gone: nothing of ours can catch it."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("deadly", range(1, 6))
def test_a_worker_may_be_killed_at_every_write_and_each_row_still_counts_once(
    imports: Imports, shop: Gateway, bus: Bus, slices: None, deadly: int, after: bool
) -> None:
    _survives(imports, shop, deadly, after=after)
    audited(shop, bus)


def test_that_proof_notices_a_mark_that_is_written_apart_from_its_rows(
    imports: Imports, shop: Gateway, slices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Jobs.save

    def apart(self: Jobs, job: Job, cause: Cause, *, actions: Sequence[Action] = (), **more: Any) -> Job:
        if actions:
            self._table.write(*actions)
        return whole(self, job, cause, **more)

    monkeypatch.setattr(Jobs, "save", apart)
    with pytest.raises(AssertionError, match="brought back"):
        _survives(imports, shop, 1, after=True)


def _survives(imports: Imports, shop: Gateway, deadly: int, *, after: bool) -> None:
    """The worker is killed around its n-th transaction; then a unit is sold, and the message comes again."""
    imports.start("S-1", "stock")
    skus = ("MUG", "LAMP", "VASE")
    rows = [f"{sku},{place},{20 + n}" for n, sku in enumerate(skus) for place in ("DC1", "S1")]
    upload = imports.upload("S-1", csv_of(STOCK, [*rows, "NONE,S1,1"]))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(client("dynamodb"), "transact_write_items", _deadly(deadly, after=after))
        _until_killed(imports, upload)
    counted = counters(shop, "MUG", "DC1")["on_hand"] == 20
    sold = [{"sku": "MUG", "quantity": -1}]
    body = {"movement_id": "M-1", "kind": "adjustment", "location_id": "DC1", "lines": sold}
    assert shop.post("/v1/inventory/movements", body).status == 201
    imports.work(upload)
    imports.go_on()
    assert counters(shop, "MUG", "DC1")["on_hand"] == (19 if counted else 20), "a unit that was sold is brought back"
    done = imports.look("S-1")
    assert (done["status"], counts(done)) == ("COMPLETED_WITH_REJECTIONS", (7, 6, 0, 1))
    assert counters(shop, "VASE", "S1")["on_hand"] == 22


def _deadly(number: int, *, after: bool) -> Callable[..., Any]:
    """Transactions of which the n-th kills: before it is made, or after."""
    real, writes = client("dynamodb").transact_write_items, iter(range(1, 1_000))

    def transact(**request: Any) -> Any:
        kills = next(writes) == number
        if kills and not after:
            raise Killed
        answer = real(**request)
        if kills:
            raise Killed
        return answer

    return transact


def _until_killed(imports: Imports, upload: dict[str, Any]) -> None:
    for _ in range(9):
        try:
            imports.work(upload)
        except Killed:
            return


def test_a_rival_who_moves_a_position_meanwhile_is_not_overwritten_unseen(
    imports: Imports, shop: Gateway, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    dynamodb, real, rivals = client("dynamodb"), client("dynamodb").transact_write_items, [1]

    def transact(**request: Any) -> Any:
        if "IMPORT#" in str(request) and rivals:
            rivals.pop()
            sold = [{"sku": "MUG", "quantity": -1}]
            body = {"movement_id": "M-1", "kind": "adjustment", "location_id": "DC1", "lines": sold}
            assert shop.post("/v1/inventory/movements", body).status == 201
        return real(**request)

    monkeypatch.setattr(dynamodb, "transact_write_items", transact)
    done = imports.run("S-1", "stock", csv_of(STOCK, ["MUG,DC1,7"]))
    assert (counts(done), counters(shop, "MUG", "DC1")["on_hand"]) == ((1, 1, 0, 0), 7)
    bus.project("inventory")
    ledger = shop.get("/v1/inventory/MUG/ledger?location_id=DC1").body["items"]
    assert [line["deltas"]["on_hand"] for line in ledger] == [-2, -1, 10]


def test_a_worker_that_lost_the_lead_leaves_the_import_to_the_other(
    imports: Imports, shop: Gateway, slices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    imports.start("S-1", "stock")
    upload = imports.upload("S-1", csv_of(STOCK, [f"MUG,{place},{n}" for n in range(4) for place in ("DC1", "S1")]))
    imports.work(upload)
    dynamodb, real, rival = client("dynamodb"), client("dynamodb").transact_write_items, [1]

    def transact(**request: Any) -> Any:
        if rival:
            rival.pop()
            imports.work(upload)  # the other worker takes the same step first
        return real(**request)

    imports.waiting()
    with monkeypatch.context() as patched:
        patched.setattr(dynamodb, "transact_write_items", transact)
        imports.work(upload)
    assert len(imports.waiting()) == 1, "only the one that leads goes on"
    imports.work(upload)
    imports.go_on()
    assert counts(imports.look("S-1")) == (8, 8, 0, 0)
    assert shop.get("/v1/inventory/MUG").body["positions"][0]["on_hand"] == 3


# ------------------------------------------------------------------ what is not taken


def test_bad_rows_never_stop_the_file_and_are_named_with_line_and_field(imports: Imports, shop: Gateway) -> None:
    file = csv_of(
        STOCK,
        ["MUG,DC1,7", "NONE,DC1,1", "MUG,NOWHERE,1", "MUG,S1,-1", "MUG,S1,many", 'MUG,S1,"1', "MUG,S1", "LAMP,S1,5"],
    )
    done = imports.run("S-1", "stock", file)
    assert (done["status"], counts(done)) == ("COMPLETED_WITH_REJECTIONS", (8, 2, 0, 6))
    assert [(line, reason[:40]) for line, reason in rejections(done)] == [
        (3, "sku: there is no item NONE"),
        (4, "location_id: there is no location NOWHER"),
        (5, "quantity: Input should be greater than o"),
        (6, "quantity: Input should be a valid intege"),
        (7, "a quote is opened and not closed within "),
        (8, "the row has 2 cells, the header 3"),
    ]
    assert counters(shop, "LAMP", "S1")["on_hand"] == 5


def test_of_rows_for_the_same_thing_the_later_one_wins(imports: Imports, shop: Gateway) -> None:
    done = imports.run("S-1", "stock", csv_of(STOCK, ["MUG,DC1,7", "LAMP,S1,1", "MUG,DC1,8", "MUG,DC1,9"]))
    assert counts(done) == (4, 4, 0, 0)
    assert counters(shop, "MUG", "DC1")["on_hand"] == 9


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ("sku,location_id,quantity\n", "the file has a header and no rows"),
        ("sku,quantity\nMUG,1", "the header does not name location_id"),
        ("sku;location_id;quantity\nMUG;S1;1", "columns are separated by commas"),
        ("MUG,DC1,7\n", "the header names 'MUG'"),
        ("sku,location_id,quantity\n".encode("utf-16"), "the header cannot be read: the row is not UTF-8"),
        (b"x" * 70_000, "the header cannot be read: the row is longer than 65536 bytes"),
    ],
    ids=["empty", "blank", "header-only", "missing", "semicolons", "none", "utf-16", "endless"],
)
def test_a_file_that_is_not_of_this_kind_fails_as_a_whole(
    imports: Imports, shop: Gateway, content: str | bytes, failure: str
) -> None:
    done = imports.run("S-1", "stock", content)
    assert done["status"] == "FAILED"
    assert failure in done["failure"]
    assert counters(shop, "MUG", "DC1")["on_hand"] == 10


def test_excels_byte_order_mark_and_line_ends_and_quoted_line_breaks_are_understood(
    imports: Imports, ops: Gateway
) -> None:
    file = b'\xef\xbb\xbfsku,name,weight_grams\r\nMUG,"Mug\r\n""big""",300\r\nCUP,caf\xe9,1\r\nLAMP,Lampe \xc3\xa9,900'
    done = imports.run("I-1", "items", file)
    assert (counts(done), rejections(done)) == ((3, 2, 0, 1), [(4, "the row is not UTF-8 (its byte 8)")])
    assert ops.get("/v1/items/MUG").body["name"] == 'Mug\n"big"'
    assert ops.get("/v1/items/LAMP").body["name"] == "Lampe é"


def test_a_file_replaced_while_it_is_worked_off_fails_and_says_so(
    imports: Imports, shop: Gateway, slices: None
) -> None:
    imports.start("S-1", "stock")
    upload = imports.upload("S-1", csv_of(STOCK, [f"MUG,{place},{n}" for n in range(4) for place in ("DC1", "S1")]))
    imports.work(upload)
    imports.work(imports.upload("S-1", csv_of(STOCK, ["MUG,DC1,99"])))
    imports.go_on()
    done = imports.look("S-1")
    assert (done["status"], "uploaded again" in done["failure"]) == ("FAILED", True)
    assert counters(shop, "MUG", "DC1")["on_hand"] != 99


def test_a_file_beyond_the_limit_is_not_begun(imports: Imports, shop: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MAX_FILE_BYTES", 20)
    done = imports.run("S-1", "stock", csv_of(STOCK, ["MUG,DC1,7"]))
    assert (done["status"], done["failure"]) == ("FAILED", "the file is larger than 20 bytes")


def test_rejected_rows_come_in_pages_in_the_files_order(imports: Imports, shop: Gateway, slices: None) -> None:
    imports.run("S-1", "stock", csv_of(STOCK, [f"NONE{n},DC1,1" for n in range(10)]))
    lines, cursor, pages = [], "", 0
    while True:
        page = imports.look("S-1", limit=4, **({"cursor": cursor} if cursor else {}))
        lines += [line for line, _ in rejections(page)]
        pages += 1
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert (lines, pages) == ([*range(2, 12)], 3)


def test_a_cursor_of_another_import_is_refused(imports: Imports, shop: Gateway, ops: Gateway) -> None:
    imports.run("S-1", "stock", csv_of(STOCK, [f"NONE{n},DC1,1" for n in range(3)]))
    imports.start("S-2", "stock")
    cursor = imports.look("S-1", limit=1)["next_cursor"]
    answer = ops.get(f"/v1/imports/S-2?cursor={cursor}")
    assert (answer.status, answer.body["errors"][0]["pointer"]) == (422, "/cursor")


def test_a_message_of_an_unknown_file_is_let_go(imports: Imports, shop: Gateway) -> None:
    imports.work(imports.upload("by-hand", "sku\n"))
    assert imports.waiting() == []


def test_a_step_that_fails_unexpectedly_comes_again_and_goes_on_where_it_was(
    imports: Imports, shop: Gateway, slices: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    imports.start("S-1", "stock")
    upload = imports.upload("S-1", csv_of(STOCK, [f"MUG,{place},{n}" for n in range(4) for place in ("DC1", "S1")]))
    imports.work(upload)
    broken: Callable[..., Any] = _raise
    with monkeypatch.context() as patched:
        patched.setattr(client("s3"), "get_object", broken)
        assert imports.deliver(upload) == ["m1"]
    imports.work(upload)
    imports.go_on()
    assert counts(imports.look("S-1")) == (8, 8, 0, 0)


def _raise(**_: Any) -> Any:
    raise ConnectionError("S3 is away")
