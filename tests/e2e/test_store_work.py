"""A store's work on the deployed stack by a clock that the test drives: pickups, curbside, a short, two parcels."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.patience import until
from infra.local.stack import LocalStack
from tests.e2e.store import ID_CHECK, Store
from tests.e2e.test_orders import settle, unique
from tests.support.shop import line, receive

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack of its own: its clock goes on by weeks."""
    directory: Path = tmp_path_factory.mktemp("store")
    with LocalStack.start(directory, attended=True) as running:
        yield running


@pytest.fixture(scope="module")
def store(stack: LocalStack) -> Store:
    return Store(stack)


def test_the_whole_pickup_life(store: Store) -> None:
    order_id, work, pickup = store.ready("pickup")
    assert store.step(work, "hand-over", {"code": pickup["code"]}, by=store.stranger).status == 404
    for _ in range(5):
        assert store.step(work, "hand-over", {"code": "000000"}).body["code"] == "wrong_code"
    assert store.step(work, "hand-over", {"code": pickup["code"]}).body["code"] == "code_locked"
    path = f"/v1/shopper-links/{pickup['link']}"
    extended = store.shopper.post(path, {"action": "extend"}).body
    assert extended["pickup_by"] > pickup["pickup_by"]
    store.pass_time(days=3)
    assert store.order(order_id)["pickups"][0]["status"] == "READY"
    store.pass_time(days=3)
    until(lambda: store.order(order_id), lambda now: now["payment_status"] == "VOIDED", what="given up and paid back")
    assert store.order(order_id)["status"] == "CANCELLED"
    before = store.position(store.lamp, "S1")
    store.done(work, "reshelve")
    settle(store.stack)
    assert store.position(store.lamp, "S1")["available"] == before["available"] + 1
    store.audited()


def test_a_guest_at_the_curb_waits_and_is_served(store: Store) -> None:
    order_id, work, pickup = store.ready("curbside")
    path = f"/v1/shopper-links/{pickup['link']}"
    there = store.shopper.post(path, {"action": "arrive", "bay": "3", "vehicle": "red van"}).body
    assert (there["status"], there["bay"]) == ("ARRIVED", "3")
    store.pass_time(minutes=6)
    (guest,) = store.ann.get("/v1/fulfilment-orders?location_id=S1&status=ARRIVED").body["items"]
    assert guest["pickup"]["waiting_seconds"] >= 360
    store.done(work, "hand-over", ID_CHECK)
    until(lambda: store.order(order_id), lambda now: now["payment_status"] == "CAPTURED", what="captured")


def test_a_short_pick_comes_from_the_other_store_and_the_shelf_is_corrected(store: Store) -> None:
    order_id = store.placed(line("1", store.mug, 2))
    (first,) = store.works(order_id)
    before = store.position(store.mug, first["location_id"])
    store.done(first, "acknowledge")
    store.done(first, "pick", {"lines": [{"line_id": "1", "picked": 1}]})
    settle(store.stack)
    assert store.position(store.mug, first["location_id"])["on_hand"] == before["on_hand"] - 1
    works = store.works(order_id)
    assert len({one["location_id"] for one in works}) == 2
    store.audited()


def test_two_parcels_are_labelled_one_is_delivered_and_one_comes_back(store: Store) -> None:
    order_id = store.placed(line("1", store.mug, 2))
    (work,) = store.works(order_id)
    store.done(work, "acknowledge")
    store.done(work, "pick", {"lines": [{"line_id": "1", "picked": 2}]})
    units = [{"line_id": "1", "quantity": 1}]
    store.done(work, "pack", {"parcels": [{"parcel_id": name, "lines": units} for name in ("P1", "P2")]})
    labelled = store.done(work, "labels", {"service": "express"})
    numbers = [parcel["tracking_number"] for parcel in labelled["parcels"]]
    paper = store.ops.get(f"/v1/fulfilment-orders/{work['fulfilment_order_id']}/documents/label").body
    assert all(number.encode() in base64.b64decode(paper["content"]) for number in numbers)
    store.done(work, "ship")
    assert store.ops.post(f"/v1/testing/carrier/{numbers[1]}", {"outcome": "return_to_sender"}).ok
    store.pass_time(hours=80)

    def statuses() -> list[str]:
        found = store.ops.get(f"/v1/fulfilment-orders/{work['fulfilment_order_id']}").body
        return [parcel["carrier_status"] for parcel in found["parcels"]]

    until(statuses, lambda now: now == ["delivered", "return_to_sender"], what="the carrier's last words")
    (task,) = until(
        lambda: [one for one in store.ops.get("/v1/exceptions").body["items"] if one["order_id"] == order_id],
        lambda found: len(found) == 1,
        what="the parcel that comes back before a person",
    )
    assert (task["kind"], task["actions"]) == ("PARCEL_RETURNED", ["assign", "settled"])
    resolve = f"/v1/exceptions/{task['exception_id']}/resolve"
    assert store.ops.post(resolve, {"action": "settled", "reason": "sent again", "request_id": unique("R")}).ok
    whys = [one["why"] for one in store.ops.get(f"/v1/orders/{order_id}/history").body["items"]]
    assert "brought back to its sender by the carrier" in whys


def test_labels_of_cancelled_work_go_back_unless_the_carrier_has_the_parcel(store: Store) -> None:
    order_id = store.placed(line("1", store.mug, 2))
    (work,) = store.works(order_id)
    store.done(work, "acknowledge")
    store.done(work, "pick", {"lines": [{"line_id": "1", "picked": 2}]})
    units = [{"line_id": "1", "quantity": 1}]
    store.done(work, "pack", {"parcels": [{"parcel_id": name, "lines": units} for name in ("P1", "P2")]})
    first = store.done(work, "labels")["parcels"][0]["tracking_number"]
    assert store.ops.post(f"/v1/testing/carrier/{first}", {"outcome": "scanned"}).ok
    hold = {"hold_id": unique("H"), "type": "FRAUD", "blocks": ["SHIP"], "reason": "looked at"}
    assert store.ops.post(f"/v1/orders/{order_id}/holds", hold).status == 201
    settle(store.stack)
    assert store.ops.post(f"/v1/orders/{order_id}/cancel", {"request_id": unique("X"), "reason": "FRAUD"}).ok
    settle(store.stack)
    store.pass_time(minutes=2)

    def voids() -> dict[str, str]:
        (found,) = store.works(order_id)
        return {one["parcel_id"]: one["status"] for one in found["voids"]}

    until(voids, lambda now: now == {"P1": "REFUSED", "P2": "VOIDED"}, what="the carrier's answers")
    (task,) = until(
        lambda: [one for one in store.ops.get("/v1/exceptions").body["items"] if one["order_id"] == order_id],
        lambda found: len(found) == 1,
        what="the parcel that may be on its way before a person",
    )
    assert task["kind"] == "PARCEL_ASTRAY"
    store.done(work, "reshelve")
    settle(store.stack)
    store.audited()


def test_a_wave_is_picked_a_hold_stops_one_order_and_the_carrier_takes_the_other_along(store: Store) -> None:
    bins = {"items": [{"sku": store.lamp, "bin": "A2"}, {"sku": store.mug, "bin": "A10"}]}
    for place in ("S1", "S2"):
        assert store.ops.put(f"/v1/worklists/{place}/bins", bins).ok
        receive(store.ops, unique("R"), place, [{"sku": sku, "quantity": 9} for sku in (store.lamp, store.mug)])
    settle(store.stack)
    orders = [store.placed(line("1", store.lamp, 1, 4500), line("2", store.mug, 1)) for _ in range(2)]
    works = [work for order_id in orders for work in store.works(order_id)]
    place = works[0]["location_id"]
    assert {one["location_id"] for one in works} == {place}
    ids = [one["fulfilment_order_id"] for one in works]
    wave = store.ops.post(
        "/v1/waves", {"wave_id": unique("WAVE"), "location_id": place, "fulfilment_order_ids": ids}
    ).body
    assert [one["bin"] for one in wave["lines"]] == ["A2", "A2", "A10", "A10"]
    assert store.order(orders[0])["lines"][0]["quantities"]["allocated"] == 1
    hold = {"hold_id": unique("H"), "type": "FRAUD", "blocks": ["SHIP"], "reason": "looked at"}
    assert store.ops.post(f"/v1/orders/{orders[0]}/holds", hold).status == 201
    settle(store.stack)
    picked = {"lines": [{"line_id": "1", "picked": 1}, {"line_id": "2", "picked": 1}]}
    refused = store.step(works[0], "pick", picked)
    assert (refused.status, refused.body["code"], refused.body["holds"]) == (409, "on_hold", [hold["hold_id"]])
    units = [{"line_id": name, "quantity": 1} for name in ("1", "2")]
    store.done(works[1], "pick", picked)
    store.done(works[1], "pack", {"parcels": [{"parcel_id": "P1", "weight_grams": 600, "lines": units}]})
    store.done(works[1], "labels", {})
    label = store.ops.get(f"/v1/fulfilment-orders/{ids[1]}/documents/label?format=zpl").body
    assert "^FDAnn Lee^FS" in base64.b64decode(label["content"]).decode()
    manifest = store.ops.post("/v1/manifests", {"manifest_id": unique("MF"), "location_id": place})
    assert manifest.status == 201, manifest.body
    assert ids[1] in manifest.body["fulfilment_order_ids"]
    assert ids[0] not in manifest.body["fulfilment_order_ids"]
    assert store.ops.delete(f"/v1/orders/{orders[0]}/holds/{hold['hold_id']}").ok
    settle(store.stack)
    assert [one["status"] for one in store.works(orders[0])] == ["PICKING"]
    store.done(works[0], "pick", picked)
    closed = store.ops.post(f"/v1/waves/{wave['wave_id']}/close", {}).body
    assert (closed["picked"], closed["to_pick"], closed["left"]) == (4, 0, [])
    day = store.now().date().isoformat()
    measured = store.ops.get(f"/v1/locations/{place}/measures?from={day}&to={day}").body
    assert measured["picked_units"] >= 4
    store.audited()
