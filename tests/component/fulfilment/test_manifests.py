"""Manifests: what one carrier took along, each parcel once."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from shared import testing_clock
from shared.events.orders import OrderErased
from tests.component.fulfilment.test_worklists import pass_time
from tests.component.fulfilment.world import World, line
from tests.support.gateway import Gateway, associate
from tests.support.local_aws import running_as

ANN = Gateway(associate("S1"))


@pytest.fixture(autouse=True)
def real_time_afterwards() -> Iterator[None]:
    yield
    with running_as("platform"):
        testing_clock.move(None)


def labelled(world: World, order_id: str) -> str:
    """One packed parcel with its label at S1."""
    world.stock("MUG", S1=50)
    routed = world.routed(order_id, line("1", "MUG", 1))
    work = str(routed["fulfilment_orders"][0]["fulfilment_order_id"])
    world.step(work, "acknowledge")
    world.step(work, "pick", {"lines": [{"line_id": "1", "picked": 1}]})
    parcel = {"parcel_id": "P1", "weight_grams": 700, "lines": [{"line_id": "1", "quantity": 1}]}
    world.step(work, "pack", {"parcels": [parcel]})
    world.step(work, "labels", {})
    return work


def close(manifest_id: str, *, status: int = 201, **fields: Any) -> dict[str, Any]:
    answer = ANN.post("/v1/manifests", {"manifest_id": manifest_id, "location_id": "S1", **fields})
    assert answer.status == status, answer.body
    return dict(answer.body)


def test_the_carrier_takes_what_is_packed_and_what_had_left_each_parcel_once(world: World) -> None:
    first, second = labelled(world, "O-1"), labelled(world, "O-2")
    world.step(first, "ship", {})
    world.heard()
    manifest = close("M-1")
    assert sorted(manifest["fulfilment_order_ids"]) == [first, second]
    assert [one["parcel_id"] for one in manifest["parcels"]] == ["P1", "P1"]
    assert (manifest["weight_grams"], manifest["more"]) == (1400, False)
    told = world.told("Shipped.v1")
    assert told["fulfilment_order_id"] == second, "what was only packed has shipped by it; the other one had before"
    assert close("M-1", status=200) == manifest
    assert close("M-2", status=409)["code"] == "nothing_to_hand_over"
    assert close("M-1", status=409, carrier="other")["code"] == "manifest_id_reused"
    third = labelled(world, "O-3")
    assert close("M-2")["fulfilment_order_ids"] == [third]
    listed = ANN.get("/v1/manifests?location_id=S1").body["items"]
    assert [one["manifest_id"] for one in listed] == ["M-2", "M-1"]


def gone_astray(world: World, order_id: str) -> str:
    """A labelled parcel that has left without a manifest, and does not arrive soon."""
    work = labelled(world, order_id)
    (parcel,) = world.step(work, "ship", {})["parcels"]
    path = f"/v1/testing/carrier/{parcel['tracking_number']}"
    assert world.api.post(path, {"outcome": "return_to_sender"}).status == 200
    return work


def test_the_next_manifest_begins_where_the_one_before_ended_however_long_ago(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.fulfilment.domain.manifests.MAX_PARCELS", 2)
    works = []
    for number in range(3):
        works.append(gone_astray(world, f"O-{number}"))
        pass_time(minutes=1)
    first = close("M-1")
    assert (first["fulfilment_order_ids"], first["more"]) == (works[:2], True)
    pass_time(days=20)
    second = close("M-2")
    assert (second["fulfilment_order_ids"], second["more"]) == (works[2:], False)
    pass_time(days=20)
    late = gone_astray(world, "O-9")
    pass_time(days=9)
    assert close("M-3")["fulfilment_order_ids"] == [late]


def test_the_first_manifest_of_a_place_looks_back_seven_days(world: World) -> None:
    gone_astray(world, "O-1")
    pass_time(days=8)
    assert close("M-1", status=409)["code"] == "nothing_to_hand_over"
    recent = gone_astray(world, "O-2")
    pass_time(days=6)
    assert close("M-1")["fulfilment_order_ids"] == [recent]


def test_what_has_no_label_or_is_another_carriers_stays(world: World) -> None:
    labelled(world, "O-1")
    routed = world.routed("O-2", line("1", "MUG", 1))
    bare = str(routed["fulfilment_orders"][0]["fulfilment_order_id"])
    world.step(bare, "acknowledge")
    world.step(bare, "pick", {"lines": [{"line_id": "1", "picked": 1}]})
    world.step(bare, "pack", {"parcels": [{"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": 1}]}]})
    assert close("M-1", status=409, carrier="other")["code"] == "nothing_to_hand_over"
    assert close("M-1")["fulfilment_order_ids"] == ["O-1.1"]
    assert world.api.get(f"/v1/fulfilment-orders/{bare}").body["status"] == "PACKED"


def test_a_manifest_is_paper_and_a_table_and_forgets_numbers_with_the_shopper(world: World) -> None:
    labelled(world, "O-1")
    number = close("M-1")["parcels"][0]["tracking_number"]
    paper = base64.b64decode(ANN.get("/v1/manifests/M-1/document").body["content"])
    assert number.encode() in paper
    assert b"Received by" in paper
    table = base64.b64decode(ANN.get("/v1/manifests/M-1/document?format=csv").body["content"]).decode()
    assert table.splitlines()[1] == f"O-1.1,P1,{number},700"
    world.say(OrderErased(order_id="O-1", request_id="E-1"))
    assert ANN.get("/v1/manifests/M-1").body["parcels"][0]["tracking_number"] is None
