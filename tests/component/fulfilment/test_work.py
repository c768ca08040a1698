"""The work at the locations, through the API."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from functions.fulfilment.domain import execution
from functions.fulfilment.repository.work import WorkRepository
from shared import clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.retry import LostRace
from shared.dynamo.table import Table
from tests.component.fulfilment.world import World, line
from tests.support.gateway import Gateway, associate, channel, customer, service_desk

PICK = {"lines": [{"line_id": "1", "picked": 2}]}
PACK = {"parcels": [{"parcel_id": "P1", "weight_grams": 900, "lines": [{"line_id": "1", "quantity": 2}]}]}
LINE = {"line_id": "1", "quantity": 1}
SHIP = {"parcels": [{"parcel_id": "P1", "carrier": "sandbox", "tracking_number": "T1"}]}
ID_CHECK = {"id_check": {"relation": "sister", "document_last4": "12AB"}}
WRONG = {"code": "000000"}  # neither 0 nor 1 occurs in codes


def open_work(world: World, *, method: str = "ship", order_id: str = "O-1") -> str:
    world.stock("MUG", S1=5)
    location = None if method == "ship" else "S1"
    routed = world.routed(order_id, line("1", "MUG", 2, method=method, location_id=location))
    return str(routed["fulfilment_orders"][0]["fulfilment_order_id"])


def packed(world: World, **values: Any) -> str:
    work = open_work(world, **values)
    world.step(work, "acknowledge")
    world.step(work, "pick", PICK)
    world.step(work, "pack", PACK)
    return work


def ready(world: World, **values: Any) -> tuple[str, str]:
    """A collection that lies ready, and the shopper's code (from the event: no answer tells it)."""
    work = packed(world, method="pickup", **values)
    world.heard()
    world.step(work, "ready")
    return work, str(world.told("ReadyForPickup.v1")["code"])


def test_an_order_is_acknowledged_picked_packed_shipped_and_delivered(world: World) -> None:
    work = packed(world)
    world.heard()
    shipped = world.step(work, "ship", SHIP)
    assert (shipped["status"], shipped["parcels"][0]["tracking_number"]) == ("SHIPPED", "T1")
    told = world.told("Shipped.v1")
    assert told["lines"] == [{"line_id": "1", "sku": "MUG", "shipped": 2}]
    assert told["parcels"] == [{"parcel_id": "P1", "carrier": "sandbox", "tracking_number": "T1"}]
    assert world.step(work, "deliver")["status"] == "DELIVERED"
    assert world.told("FulfilmentOrderMoved.v1")["lines"][0]["fulfilled"] == 2


def test_each_step_repeated_with_the_same_content_is_answered_the_same_and_tells_nothing_twice(world: World) -> None:
    work = open_work(world)
    for name, body in (("acknowledge", None), ("pick", PICK), ("pack", PACK), ("ship", SHIP), ("deliver", None)):
        first = world.step(work, name, body)
        assert world.step(work, name, body) == first
        assert len(world.heard()) == 1


def test_a_step_out_of_order_or_repeated_with_other_content_is_refused(world: World) -> None:
    work = open_work(world)
    for name, body in (("pick", PICK), ("pack", PACK), ("ship", SHIP), ("deliver", None), ("ready", None)):
        assert world.step(work, name, body, status=409)["code"] == "transition_not_allowed"
    world.step(work, "acknowledge")
    world.step(work, "pick", PICK)
    world.step(work, "pack", PACK)
    other = {"parcels": [PACK["parcels"][0] | {"parcel_id": "P2"}]}
    assert world.step(work, "pack", other, status=409)["code"] == "transition_not_allowed"


def test_a_collection_cannot_be_shipped_and_a_shipment_not_collected(world: World) -> None:
    assert world.step(packed(world), "ready", status=409)["code"] == "transition_not_allowed"
    collection = packed(world, method="pickup", order_id="O-2")
    assert world.step(collection, "ship", SHIP, status=409)["code"] == "transition_not_allowed"


@pytest.mark.parametrize(
    ("step", "body", "code"),
    [
        ("pick", {"lines": [{"line_id": "1", "picked": 1, "reason": "LAZY"}]}, "invalid"),
        ("pick", {"lines": [{"line_id": "9", "picked": 2}]}, "invalid"),
        ("pick", {"lines": [{"line_id": "1", "picked": 3}]}, "invalid"),
        ("pick", {"lines": [{"line_id": "1", "picked": -1}]}, "invalid"),
        ("pick", {"lines": []}, "invalid"),
        (
            "pack",
            {"parcels": [{"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": 1}]}]},
            "parcels_do_not_match",
        ),
        ("pack", {"parcels": [PACK["parcels"][0], PACK["parcels"][0]]}, "invalid"),
        ("pack", {"parcels": [{"parcel_id": f"P{n}", "lines": 1001 * [LINE]} for n in range(3)]}, "invalid"),
        ("ship", {"parcels": [{"parcel_id": "PX", "carrier": "c", "tracking_number": "t"}]}, "invalid"),
        ("hand-over", {}, "invalid"),
        ("hand-over", {"code": "ABCDEF", **ID_CHECK}, "invalid"),
    ],
)
def test_content_that_does_not_fit_is_refused_and_nothing_moves(world: World, step: str, body: Any, code: str) -> None:
    work = open_work(world)
    world.step(work, "acknowledge")
    if step in ("pack", "ship"):
        world.step(work, "pick", PICK)
    if step == "ship":
        world.step(work, "pack", PACK)
    before = world.api.get(f"/v1/fulfilment-orders/{work}").body
    assert world.step(work, step, body, status=422)["code"] == code
    assert world.api.get(f"/v1/fulfilment-orders/{work}").body == before


def test_the_shopper_collects_against_the_code(world: World) -> None:
    work, code = ready(world)
    view = world.api.get(f"/v1/fulfilment-orders/{work}")
    assert code not in json.dumps(view.body)
    assert view.body["pickup"]["pickup_by"] is not None
    handed = world.step(work, "hand-over", {"code": code.lower()})
    assert handed["status"] == "HANDED_OVER"
    assert world.step(work, "hand-over", {"code": code}) == handed
    assert world.told("HandedOver.v1")["lines"] == [{"line_id": "1", "sku": "MUG", "fulfilled": 2}]


def test_five_wrong_codes_lock_the_code_until_an_id_is_checked(world: World) -> None:
    work, code = ready(world)
    for left in (4, 3, 2, 1, 0):
        refused = world.step(work, "hand-over", WRONG, status=403)
        assert (refused["code"], refused["tries_left"]) == ("wrong_code", left)
    assert world.step(work, "hand-over", {"code": code}, status=403)["code"] == "code_locked"
    assert world.heard() == []
    handed = world.step(work, "hand-over", ID_CHECK)
    assert (handed["status"], handed["pickup"]["proof"]) == ("HANDED_OVER", "id_check:sister")
    assert "12AB" not in json.dumps(handed)


def test_an_associate_sees_and_touches_the_work_of_their_own_locations_only(world: World) -> None:
    work = open_work(world)
    own, other = Gateway(associate("S1", "S3")), Gateway(associate("S2"))
    assert own.get(f"/v1/fulfilment-orders/{work}").status == 200
    assert own.post(f"/v1/fulfilment-orders/{work}/acknowledge").status == 200
    assert [one["fulfilment_order_id"] for one in own.get("/v1/fulfilment-orders?location_id=S1").body["items"]] == [
        work
    ]
    assert other.get(f"/v1/fulfilment-orders/{work}").status == 404
    assert other.get("/v1/fulfilment-orders?location_id=S1").status == 404
    assert other.get("/v1/fulfilment-orders?order_id=O-1").body["items"] == []
    assert other.get("/v1/fulfilment-orders").body["items"] == []
    for step, body in (("pick", PICK), ("pack", PACK), ("ship", SHIP), ("deliver", None), ("hand-over", WRONG)):
        assert other.post(f"/v1/fulfilment-orders/{work}/{step}", body).status == 404


def test_roles_without_work_on_the_floor_are_turned_away(world: World) -> None:
    work = open_work(world)
    for claims in (channel("web"), customer("C-1")):
        assert Gateway(claims).get(f"/v1/fulfilment-orders/{work}").status == 403
    desk = Gateway(service_desk())
    assert desk.get(f"/v1/fulfilment-orders/{work}").status == 200
    assert desk.post(f"/v1/fulfilment-orders/{work}/acknowledge").status == 403


def test_worklists_page_by_status_and_want_a_filter(world: World) -> None:
    works = [open_work(world, order_id=f"O-{number}") for number in range(3)]
    world.step(works[0], "acknowledge")
    first = world.api.get("/v1/fulfilment-orders?location_id=S1&status=OPEN&limit=1").body
    rest = world.api.get(f"/v1/fulfilment-orders?location_id=S1&status=OPEN&cursor={first['next_cursor']}").body
    found = [one["fulfilment_order_id"] for one in (*first["items"], *rest["items"])]
    assert found == works[1:]
    assert world.api.get("/v1/fulfilment-orders?location_id=S1&cursor=nonsense").status == 422
    assert world.api.get("/v1/fulfilment-orders?status=PURPLE").status == 422
    assert world.api.get("/v1/fulfilment-orders").body["code"] == "filter_required"


@pytest.mark.parametrize("name", ["O-1.9", "O-1.01", "O-1.x", "O-1", ".1", "O-1.999999"])
def test_what_is_no_fulfilment_order_is_not_found(world: World, name: str) -> None:
    open_work(world)
    assert world.api.get(f"/v1/fulfilment-orders/{name}").status in (404, 422)


def test_two_calls_with_one_idempotency_key_are_one_step(world: World) -> None:
    work = open_work(world)
    path, headers = f"/v1/fulfilment-orders/{work}/acknowledge", {"Idempotency-Key": "k1"}
    first, second = world.api.post(path, headers=headers), world.api.post(path, headers=headers)
    assert (first.status, second.body) == (200, first.body)
    assert second.headers["idempotent-replayed"] == "true"


def test_of_two_associates_at_once_one_is_told_to_look_again(world: World) -> None:
    work = open_work(world)
    repository = WorkRepository(Table(client("dynamodb"), "fulfilment"))
    seen_by_both = repository.get(work)
    cause = Cause("r1", "acknowledge", "associate:ann", clock.now(), "c1")
    repository.save(execution.acknowledge(seen_by_both), cause=cause)
    with pytest.raises(LostRace):
        repository.save(execution.acknowledge(seen_by_both), cause=replace(cause, id="r2"))
