"""Every step from every state, and every route for an associate of another store: generated from the tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.fulfilment.domain.manifests import Manifest
from functions.fulfilment.domain.parcels import Packed, Parcel
from functions.fulfilment.domain.pickup import Pickup
from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.steps import may_become
from functions.fulfilment.domain.work import FulfilmentOrder, WorkLine
from functions.fulfilment.repository.manifests import ManifestRepository
from functions.fulfilment.repository.work import WorkRepository
from shared import clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.table import Table
from shared.ids import new_id
from shared.routes import Reach, Role, routes_of
from tests.support.gateway import Gateway, associate, ops

pytestmark = pytest.mark.usefixtures("aws")
AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
LINE = {"line_id": "1", "quantity": 2}
BODIES: dict[str, Any] = {
    "pick": {"lines": [{"line_id": "1", "picked": 2}]},
    "reject": {"reason": "NOT_FOUND", "lines": [LINE]},
    "pack": {"parcels": [{"parcel_id": "P1", "lines": [LINE]}]},
    "ship": {"parcels": [{"parcel_id": "P1", "carrier": "c", "tracking_number": "T1"}]},
    "arrive": {},
    "hand_over": {"id_check": {"relation": "self", "document_last4": "12AB"}},
}
BODIES |= {
    "open_wave": {"wave_id": "WAVE-9", "location_id": "S1"},
    "close_manifest": {"manifest_id": "MF-9", "location_id": "S1"},
    "put_bins": {"items": [{"sku": "MUG", "bin": "A1"}]},
}
ASKED_BY = {
    "list_manifests": "?location_id=S1",
    "list_waves": "?location_id=S1",
    "get_measures": "?from=2026-11-20&to=2026-11-21",
}
"""What a route must be asked with."""
LEADS_TO = {
    "acknowledge": Status.ACKNOWLEDGED,
    "start_picking": Status.PICKING,
    "pick": Status.PICKED,
    "pack": Status.PACKED,
    "unpack": Status.PICKED,
    "ship": Status.SHIPPED,
    "deliver": Status.DELIVERED,
    "transfer": Status.IN_TRANSFER,
    "receive": Status.RECEIVED,
    "ready": Status.READY,
    "arrive": Status.ARRIVED,
    "leave": Status.READY,
    "hand_over": Status.HANDED_OVER,
    "no_show": Status.NO_SHOW,
    "reshelve": Status.RESHELVED,
}
LEADS_BACK = {("acknowledge", Status.PICKING), ("pick", Status.PACKED), ("ready", Status.ARRIVED)}
"""Edges that lead back have a route of their own: `release`, and these."""
ONLY_FROM = {"unpack": Status.PACKED, "leave": Status.ARRIVED}
WORKS = {"ship": None, "pickup": None, "curbside": None, "ship_to_store": "S2"}
STEPS = {route.operation: route for route in routes_of("fulfilment") if route.operation in LEADS_TO}


def stored(state: Status, method: str, *, at: str = "S1") -> FulfilmentOrder:
    """A fulfilment order that is in that state."""
    table = Table(client("dynamodb"), "fulfilment")
    order = FulfilmentOrder(
        f"{new_id()}.1",
        "",
        at,
        method,
        1,
        AT,
        (WorkLine("1", "MUG", 2, picked=2),),
        status=state,
        parcels=(Parcel("P1", (Packed("1", 2),)),),
        pickup=Pickup("ABCDEF") if method != "ship" else None,
        destination_id=WORKS[method],
        holds=("H-1",) if state is Status.ON_HOLD else (),
        held_from=Status.OPEN if state is Status.ON_HOLD else None,
        times={"ON_HOLD": AT},
    )
    order = replace(order, order_id=order.fulfilment_order_id.rpartition(".")[0])
    return WorkRepository(table).save(order, cause=Cause(new_id(), "test", "test", clock.now(), "c"))


def read(order: FulfilmentOrder) -> FulfilmentOrder:
    return WorkRepository(Table(client("dynamodb"), "fulfilment")).get(order.fulfilment_order_id)


def path_of(operation: str, order: FulfilmentOrder) -> str:
    path = next(route.path for route in routes_of("fulfilment") if route.operation == operation)
    path = path.replace("{wave_id}", "WAVE-1").replace("{document}", "packing-slip").replace("{manifest_id}", "MF-1")
    return path.replace("{fulfilment_order_id}", order.fulfilment_order_id).replace("{location_id}", order.location_id)


@pytest.mark.parametrize("method", WORKS)
@pytest.mark.parametrize("state", list(Status))
def test_every_edge_of_the_table_can_be_taken_by_its_route_and_every_other_step_is_refused(
    state: Status, method: str
) -> None:
    floor = Gateway(ops())
    for operation, to in LEADS_TO.items():
        order = stored(state, method)
        answer = floor.post(path_of(operation, order), BODIES.get(operation))
        possible = may_become(order, to) and (operation, state) not in LEADS_BACK
        if possible and ONLY_FROM.get(operation, state) is state:
            assert (answer.status, answer.body["status"]) == (200, to), (operation, answer.body)
            assert floor.post(path_of(operation, order), BODIES.get(operation)).body == answer.body, operation
            assert read(order).version == order.version + 1, "taken twice"
        elif (state, to) != (Status.ARRIVED, Status.ARRIVED):
            code = "on_hold" if state is Status.ON_HOLD else "transition_not_allowed"
            assert (answer.status, answer.body["code"]) == (409, code), operation
            assert read(order) == order


OWN = [route for route in routes_of("fulfilment") if route.access.get(Role.ASSOCIATE) is Reach.OWN]


@pytest.mark.parametrize("route", OWN, ids=lambda route: route.operation)
def test_an_associate_of_another_store_sees_and_touches_nothing(route: Any) -> None:
    stranger = Gateway(associate("S9"))
    stored(Status.OPEN, "pickup")
    assert Gateway(ops()).post("/v1/waves", {"wave_id": "WAVE-1", "location_id": "S1"}).status == 201
    wave = Gateway(ops()).get("/v1/waves/WAVE-1").body
    gone = replace(stored(Status.SHIPPED, "ship"), manifest_id="MF-1")
    a_manifest = Manifest("MF-1", "S1", "sandbox", AT, "ann", (gone.fulfilment_order_id,))
    ManifestRepository(Table(client("dynamodb"), "fulfilment")).add(
        a_manifest, [gone], cause=Cause(new_id(), "test", "test", clock.now(), "c")
    )
    for state in Status:
        order = stored(state, "pickup")
        path = path_of(route.operation, order)
        if route.operation in ASKED_BY:
            path += ASKED_BY[route.operation]
        if route.operation == "list_fulfilment_orders":
            assert stranger.get(f"{path}?order_id={order.order_id}").body["items"] == []
            path = f"{path}?location_id=S1"
        answer = stranger.send(route.method, path, BODIES.get(route.operation) if route.method != "GET" else None)
        assert answer.status == 404, (route.operation, state, answer.body)
        assert read(order) == order
    assert Gateway(ops()).get("/v1/waves/WAVE-1").body == wave


def test_source_and_destination_of_travelling_goods_both_see_them() -> None:
    order = stored(Status.IN_TRANSFER, "ship_to_store")
    for location, status in (("S1", 200), ("S2", 200), ("S3", 404)):
        assert Gateway(associate(location)).get(path_of("get_fulfilment_order", order)).status == status
