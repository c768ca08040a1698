"""Labels of several parcels, papers, and the carrier's word: late, repeated, out of order, apart from our state."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest

from shared import testing_clock
from shared.aws import client
from shared.events.orders import OrderAddressGiven, OrderErased, PostalAddress
from tests.component.fulfilment.test_worklists import pass_time
from tests.component.fulfilment.world import World, line
from tests.support.code128 import read_code128
from tests.support.gateway import Gateway, associate
from tests.support.local_aws import running_as


@pytest.fixture(autouse=True)
def real_time_afterwards() -> Iterator[None]:
    yield
    with running_as("platform"):
        testing_clock.move(None)


def packed(world: World) -> str:
    """Two parcels of one order."""
    world.stock("MUG", S1=5)
    routed = world.routed("O-1", line("1", "MUG", 3))
    work = str(routed["fulfilment_orders"][0]["fulfilment_order_id"])
    world.step(work, "acknowledge")
    world.step(work, "pick", {"lines": [{"line_id": "1", "picked": 3}]})
    parcels = [
        {"parcel_id": name, "weight_grams": grams, "lines": [{"line_id": "1", "quantity": units}]}
        for name, grams, units in (("P1", 900, 2), ("P2", 500, 1))
    ]
    world.step(work, "pack", {"parcels": parcels})
    return work


def shipped(world: World) -> tuple[str, list[str]]:
    """Labelled by the sandbox carrier and on its way: its id and the tracking numbers."""
    work = packed(world)
    labelled = world.step(work, "labels", {"service": "express"})
    world.step(work, "ship", {})
    world.heard()
    return work, [parcel["tracking_number"] for parcel in labelled["parcels"]]


def document(world: World, work: str, name: str) -> tuple[str, bytes]:
    answer = world.api.get(f"/v1/fulfilment-orders/{work}/documents/{name}")
    assert answer.status == 200, answer.body
    return answer.body["media_type"], base64.b64decode(answer.body["content"])


def track(world: World, number: str, event_id: str, status: str, at: str = "2026-11-22T10:00:00Z") -> Any:
    body = {"event_id": event_id, "tracking_number": number, "status": status, "at": at}
    return world.api.post("/v1/carriers/sandbox/tracking", body)


def address(version: int = 1, name: str = "Zoë Lee") -> OrderAddressGiven:
    to = PostalAddress(name=name, line1="1 High St (rear)", city="York", postal_code="YO1 7HH", country="GB")
    return OrderAddressGiven(order_id="O-1", address=to, version=version)


def test_a_label_says_in_full_where_the_parcel_goes_until_its_shopper_is_forgotten(world: World) -> None:
    world.say(address(3), address(2, name="Somebody earlier"))
    work = packed(world)
    number = world.step(work, "labels", {})["parcels"][0]["tracking_number"]
    _, label = document(world, work, "label")
    for line_ in ("Zo\xeb Lee".encode("cp1252"), b"1 High St \\(rear\\)", b"York YO1 7HH", b"GB"):
        assert line_ in label
    assert "^FDZoë Lee^FS" in document(world, work, "label?format=zpl")[1].decode()
    world.say(OrderErased(order_id="O-1", request_id="E-1"))
    world.say(address(9))
    rows = client("dynamodb").scan(TableName="fulfilment")["Items"]
    assert not [row for row in rows if "High St" in str(row) or "Lee" in str(row)]
    assert not [row for row in rows if row["pk"]["S"].startswith("TRACK#")], "nor can its parcels be found"
    assert track(world, number, "e1", "delivered").body["code"] == "parcel_not_found"


def test_a_label_never_leaves_letters_of_an_address_out(world: World) -> None:
    world.say(address(name="山田 太郎"))
    work = packed(world)
    world.step(work, "labels", {})
    path = f"/v1/fulfilment-orders/{work}/documents/label"
    refused = world.api.get(path)
    assert (refused.status, refused.body["code"], refused.body["letters"]) == (422, "letters_missing", "太山田郎")
    assert "^FD山田 太郎^FS" in document(world, work, "label?format=zpl")[1].decode()
    assert "山田".encode("utf-16-be").hex().encode() in document(world, work, "label?reader_fonts=true")[1]
    assert world.api.get(f"{path}?reader_fonts=maybe").status == 422


def test_the_bars_of_a_label_are_code_128_of_its_number(world: World) -> None:
    """Read back from the drawn bars by the tables of the standard, not by the library that drew them."""
    work = packed(world)
    number = world.step(work, "labels", {})["parcels"][0]["tracking_number"]
    _, content = document(world, work, "label")
    first = content.split(b"endstream")[0]
    bars = {int(found) for found in re.findall(rb"(\d+) \d+ 1 42 re", first)}
    left, right = min(bars), max(bars)
    modules = "".join("1" if at in bars else "0" for at in range(left, right + 1))
    assert read_code128(modules) == number


def test_each_parcel_gets_its_label_once_and_papers_show_it(world: World) -> None:
    work = packed(world)
    refused = world.api.get(f"/v1/fulfilment-orders/{work}/documents/label")
    assert refused.body["code"] == "not_labelled"
    rates = world.api.get(f"/v1/fulfilment-orders/{work}/rates").body["items"]
    assert [one["service"] for one in rates] == ["standard", "express"]
    first = world.step(work, "labels", {"service": "express"})
    assert world.step(work, "labels", {"service": "express"}) == first
    numbers = [parcel["tracking_number"] for parcel in first["parcels"]]
    assert len(set(numbers)) == 2
    kind, content = document(world, work, "label")
    assert (kind, content[:8]) == ("application/pdf", b"%PDF-1.7")
    assert all(number.encode() in content for number in numbers)
    kind, content = document(world, work, "label?format=zpl")
    assert (kind, content.count(b"^XA"), content.count(b"^XZ")) == ("application/zpl", 2, 2)
    _, slip = document(world, work, "packing-slip")
    assert b"2 x MUG" in slip
    assert world.api.get(f"/v1/fulfilment-orders/{work}/documents/poem").status == 404
    assert world.api.get(f"/v1/fulfilment-orders/{work}/documents/packing-slip?format=zpl").status == 422


def test_a_pdf_has_the_table_of_its_objects_at_the_place_it_names(world: World) -> None:
    _, content = document(world, packed(world), "packing-slip")
    start = int(content.split(b"startxref\n")[1].split(b"\n")[0])
    assert content[start:].startswith(b"xref\n")
    offsets = [int(row[:10]) for row in content[start:].split(b"\n")[3:] if row.endswith(b" n ")]
    assert all(content[at:].startswith(b"%d 0 obj" % number) for number, at in enumerate(offsets, start=1))


@pytest.mark.parametrize(("body", "pointer"), [({"service": "drone"}, "/service"), ({"carrier": "X"}, "/carrier")])
def test_a_label_that_no_carrier_has_is_refused_by_its_field(world: World, body: Any, pointer: str) -> None:
    work = packed(world)
    assert world.step(work, "labels", body, status=422)["errors"][0]["pointer"] == pointer


def test_the_parcels_are_delivered_as_time_passes(world: World) -> None:
    work, _ = shipped(world)
    pass_time(hours=3)
    view = world.api.get(f"/v1/fulfilment-orders/{work}").body
    assert (view["status"], {one["carrier_status"] for one in view["parcels"]}) == ("SHIPPED", {"in_transit"})
    pass_time(hours=22)
    assert world.api.get(f"/v1/fulfilment-orders/{work}").body["status"] == "DELIVERED"
    heard = world.heard()
    assert [data["status"] for kind, data in heard if kind == "FulfilmentOrderMoved.v1"] == ["DELIVERED"]
    assert len([kind for kind, _ in heard if kind == "ParcelTracked.v1"]) == 8


def test_a_parcel_that_comes_back_is_told_and_the_order_is_not_delivered(world: World) -> None:
    work, (first, _) = shipped(world)
    assert world.api.post(f"/v1/testing/carrier/{first}", {"outcome": "return_to_sender"}).status == 200
    pass_time(hours=73)
    view = world.api.get(f"/v1/fulfilment-orders/{work}").body
    assert (view["status"], [one["carrier_status"] for one in view["parcels"]]) == (
        "SHIPPED",
        ["return_to_sender", "delivered"],
    )


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("delivered_later", ["pre_transit", "in_transit", "failure", "out_for_delivery", "delivered"]),
        ("collected_later", ["pre_transit", "in_transit", "available_for_pickup", "delivered"]),
    ],
)
def test_a_parcel_that_meets_nobody_arrives_in_the_end(world: World, outcome: str, said: list[str]) -> None:
    work, numbers = shipped(world)
    for number in numbers:
        assert world.api.post(f"/v1/testing/carrier/{number}", {"outcome": outcome}).status == 200
    pass_time(hours=30)
    assert world.api.get(f"/v1/fulfilment-orders/{work}").body["status"] == "SHIPPED"
    pass_time(hours=40)
    view = world.api.get(f"/v1/fulfilment-orders/{work}").body
    assert view["status"] == "DELIVERED"
    assert [[event["status"] for event in one["tracking"]] for one in view["parcels"]] == [said, said]


def test_a_carriers_word_counts_once_and_by_its_own_time(world: World) -> None:
    work, (first, second) = shipped(world)
    late = track(world, first, "e2", "delivered", "2026-11-22T12:00:00Z").body
    assert track(world, first, "e2", "delivered", "2026-11-22T12:00:00Z").body == late
    track(world, first, "e1", "in_transit", "2026-11-22T08:00:00Z")
    view = world.api.get(f"/v1/fulfilment-orders/{work}").body["parcels"][0]
    assert (view["carrier_status"], [one["event_id"] for one in view["tracking"]]) == ("delivered", ["e1", "e2"])
    assert track(world, second, "e3", "delivered").body["status"] == "DELIVERED"
    assert track(world, "NOBODY", "e1", "delivered").body["code"] == "parcel_not_found"
    assert track(world, first, "e9", "teleported").status == 422


def test_a_word_of_a_parcel_that_has_not_left_is_refused(world: World) -> None:
    work = packed(world)
    number = world.step(work, "labels", {})["parcels"][0]["tracking_number"]
    assert track(world, number, "e1", "delivered").body["code"] == "not_on_its_way"


def sent_by_hand(world: World, order_id: str, number: str) -> str:
    """Shipped under a number of the store's own account with a carrier, without a label of ours."""
    world.stock("MUG", S1=5)
    work = str(world.routed(order_id, line("1", "MUG", 1))["fulfilment_orders"][0]["fulfilment_order_id"])
    world.step(work, "acknowledge")
    world.step(work, "pick", {"lines": [{"line_id": "1", "picked": 1}]})
    world.step(work, "pack", {"parcels": [{"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": 1}]}]})
    parcels = [{"parcel_id": "P1", "carrier": "sandbox", "tracking_number": number}]
    world.step(work, "ship", {"parcels": parcels})
    world.heard()
    return work


def test_a_parcel_with_a_number_of_the_stores_own_is_tracked_as_well(world: World) -> None:
    work = sent_by_hand(world, "O-1", "OWN-1")
    answer = track(world, "OWN-1", "e1", "delivered")
    assert (answer.status, answer.body["status"]) == (200, "DELIVERED"), answer.body
    assert answer.body["fulfilment_order_id"] == work


def test_of_two_orders_in_one_box_the_first_hears_of_it_until_it_is_forgotten_itself(world: World) -> None:
    first, second = sent_by_hand(world, "O-1", "OWN-1"), sent_by_hand(world, "O-2", "OWN-1")
    world.say(OrderErased(order_id="O-2", request_id="E-1"))
    assert track(world, "OWN-1", "e1", "in_transit").body["fulfilment_order_id"] == first != second
    world.say(OrderErased(order_id="O-1", request_id="E-2"))
    assert track(world, "OWN-1", "e2", "delivered").body["code"] == "parcel_not_found"


def test_a_wave_is_listed_in_shelf_order(world: World) -> None:
    world.stock("MUG", S1=5)
    world.stock("LAMP", S1=5)
    for number in (1, 2):
        routed = world.routed(f"O-{number}", line("1", "MUG", 1), line("2", "LAMP", number))
        world.step(routed["fulfilment_orders"][0]["fulfilment_order_id"], "acknowledge")
    answer = world.api.get("/v1/worklists/S1/pick-list?format=csv").body
    rows = base64.b64decode(answer["content"]).decode().split()
    assert [row.split(",")[:2] for row in rows] == [
        ["sku", "quantity"],
        ["LAMP", "1"],
        ["LAMP", "2"],
        ["MUG", "1"],
        ["MUG", "1"],
    ]
    assert len(answer["fulfilment_order_ids"]) == 2
    assert Gateway(associate("S2")).get("/v1/worklists/S1/pick-list").status == 404
