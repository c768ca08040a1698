"""Waves: one walk past the shelves, its list and its progress; nobody else picks the same work meanwhile."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.fulfilment import step_schemas
from functions.fulfilment.domain.parcels import Packed, Parcel, Tracked
from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.tracking import MAX_EVENTS_IN_ALL
from functions.fulfilment.domain.waves import MAX_LINES
from functions.fulfilment.domain.work import FulfilmentOrder, WorkLine
from functions.fulfilment.repository.work import saving
from shared.cause import Cause
from tests.component.fulfilment.world import World, line
from tests.support.gateway import Gateway, associate

ANN, BOB = Gateway(associate("S1")), Gateway({"sub": "bob", "role": "associate", "locations": "S1"})


def opened(world: World, *units: int) -> list[str]:
    """Work at S1, one fulfilment order of that many MUGs and one LAMP each."""
    world.stock("MUG", S1=50)
    world.stock("LAMP", S1=50)
    found = []
    for number, count in enumerate(units):
        routed = world.routed(f"O-{number}", line("1", "MUG", count), line("2", "LAMP", 1))
        found.append(str(routed["fulfilment_orders"][0]["fulfilment_order_id"]))
    return found


def wave(by: Gateway = ANN, wave_id: str = "W-1", *, status: int = 201, **fields: Any) -> dict[str, Any]:
    answer = by.post("/v1/waves", {"wave_id": wave_id, "location_id": "S1", **fields})
    assert answer.status == status, answer.body
    return dict(answer.body)


def state(world: World, work: str) -> dict[str, Any]:
    return dict(world.api.get(f"/v1/fulfilment-orders/{work}").body)


def pick(by: Gateway, work: str, mugs: int) -> Any:
    lines = [{"line_id": "1", "picked": mugs}, {"line_id": "2", "picked": 1}]
    return by.post(f"/v1/fulfilment-orders/{work}/pick", {"lines": lines})


def test_a_wave_takes_what_is_due_first_on_and_lists_it_by_shelf(world: World) -> None:
    works = opened(world, 1, 2, 3)
    bins = [{"sku": "MUG", "bin": "A10"}, {"sku": "LAMP", "bin": "A2"}]
    assert ANN.put("/v1/worklists/S1/bins", {"items": bins}).status == 200
    first = wave(limit=2)
    assert first["fulfilment_order_ids"] == works[:2]
    assert [(one["bin"], one["sku"], one["to_pick"]) for one in first["lines"]] == [
        ("A2", "LAMP", 1),
        ("A2", "LAMP", 1),
        ("A10", "MUG", 1),
        ("A10", "MUG", 2),
    ]
    assert (first["to_pick"], first["picked"], first["short"]) == (5, 0, 0)
    taken = state(world, works[0])
    assert (taken["status"], taken["wave_id"], taken["claim"]["by"]) == ("PICKING", "W-1", "associate:ann")
    assert state(world, works[2])["status"] == "OPEN"
    again = wave(status=200, limit=2)
    assert again == first
    assert ANN.post("/v1/waves", {"wave_id": "W-1", "location_id": "S1", "limit": 1}).body["code"] == "wave_id_reused"


def test_the_list_of_a_wave_holds_what_is_still_to_be_picked(world: World) -> None:
    works = opened(world, 1, 2)
    wave()
    assert pick(ANN, works[0], 1).status == 200
    answer = ANN.get("/v1/waves/W-1/pick-list?format=csv").body
    rows = base64.b64decode(answer["content"]).decode().splitlines()
    assert rows == ["sku,quantity,fulfilment_order_id,line_id,bin", f"LAMP,1,{works[1]},2,", f"MUG,2,{works[1]},1,"]
    content = base64.b64decode(ANN.get("/v1/waves/W-1/pick-list").body["content"])
    assert content.startswith(b"%PDF-1")
    assert b"2 x MUG" in content


def test_a_short_pick_inside_a_wave_counts_and_goes_elsewhere(world: World) -> None:
    (work,) = opened(world, 3)
    wave()
    world.heard()
    assert pick(ANN, work, 2).body["status"] == "PICKED"
    view = ANN.get("/v1/waves/W-1").body
    assert (view["to_pick"], view["picked"], view["short"]) == (0, 3, 1)
    kinds = [kind for kind, _ in world.heard()]
    assert "UnitsShort.v1" in kinds


def test_no_other_associate_picks_or_takes_work_of_a_wave(world: World) -> None:
    works = opened(world, 1, 1)
    wave(limit=1)
    assert pick(BOB, works[0], 1).body["code"] == "claimed"
    named = {"fulfilment_order_ids": works[:1]}
    refused = BOB.post("/v1/waves", {"wave_id": "W-2", "location_id": "S1", **named})
    assert (refused.status, refused.body["code"]) == (409, "transition_not_allowed")
    assert wave(BOB, "W-2")["fulfilment_order_ids"] == works[1:], "what is free"
    assert wave(BOB, "W-3", status=409)["code"] == "nothing_to_pick"


def test_work_that_one_has_claimed_is_in_no_wave_of_another(world: World) -> None:
    works = opened(world, 1, 1)
    assert ANN.post(f"/v1/fulfilment-orders/{works[0]}/claim").status == 200
    assert wave(BOB)["fulfilment_order_ids"] == works[1:]


def test_what_is_not_picked_when_a_wave_is_closed_is_anybodys_again(world: World) -> None:
    works = opened(world, 1, 1)
    wave()
    assert pick(ANN, works[0], 1).status == 200
    closed = ANN.post("/v1/waves/W-1/close").body
    assert (closed["status"], closed["left"]) == ("CLOSED", works[1:])
    assert ANN.post("/v1/waves/W-1/close").body == closed
    let_go = state(world, works[1])
    assert (let_go["status"], let_go["claim"], let_go["wave_id"]) == ("ACKNOWLEDGED", None, None)
    assert wave(BOB, "W-2")["fulfilment_order_ids"] == works[1:]
    assert [one["wave_id"] for one in ANN.get("/v1/waves?location_id=S1&status=OPEN").body["items"]] == ["W-2"]
    assert len(ANN.get("/v1/waves?location_id=S1").body["items"]) == 2


def test_a_wave_of_named_work_takes_all_of_it_or_nothing(world: World) -> None:
    works = opened(world, 1, 1)
    world.step(works[1], "reject", {"reason": "OTHER"})
    answer = ANN.post("/v1/waves", {"wave_id": "W-1", "location_id": "S1", "fulfilment_order_ids": works})
    assert (answer.status, answer.body["code"]) == (409, "transition_not_allowed")
    assert state(world, works[0])["status"] == "OPEN"
    assert ANN.get("/v1/waves/W-1").status == 404
    strange = ANN.post("/v1/waves", {"wave_id": "W-1", "location_id": "S1", "fulfilment_order_ids": ["O-0.99"]})
    assert strange.body["errors"][0]["pointer"] == "/fulfilment_order_ids/0"


def test_a_wave_takes_no_more_lines_than_one_walk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.fulfilment.domain.waves.MAX_LINES", 4)
    works = opened(world, 1, 1, 1)
    named = {"wave_id": "W-1", "location_id": "S1", "fulfilment_order_ids": works}
    refused = ANN.post("/v1/waves", named)
    assert (refused.status, refused.body["code"]) == (422, "wave_too_large")
    assert refused.body["errors"] == [{"pointer": "/fulfilment_order_ids", "detail": "6 lines; a wave takes 4"}]
    assert {state(world, work)["status"] for work in works} == {"OPEN"}
    assert wave()["fulfilment_order_ids"] == works[:2], "what is due first, as much as fits"
    assert wave(wave_id="W-2")["fulfilment_order_ids"] == works[2:]


def test_a_walk_of_the_most_lines_fits_into_one_transaction() -> None:
    """Ids of the greatest length that nothing compresses, in the largest rows that a wave may have."""
    lines = tuple(WorkLine(name(), name(), 9_999) for _ in range(MAX_LINES // 5))
    order = FulfilmentOrder("O.1", "O", "S1", "ship", 1, datetime(2026, 11, 21, tzinfo=UTC), lines)
    cause = Cause("c", "test", "test", order.opened_at, "c")
    row = saving(order, cause=cause).item
    assert 5 * sum(len(value) for value in row.values() if isinstance(value, bytes | str)) < 4_000_000


def test_the_largest_work_fits_into_a_row() -> None:
    """All lines packed into the most parcels, each with a label and with all that is kept of its carrier's words."""
    at = datetime(2026, 11, 21, tzinfo=UTC)
    lines = tuple(WorkLine(name(), name(), 9_999, picked=9_999) for _ in range(step_schemas.MAX_LINES))
    each = step_schemas.MAX_PACKED_LINES // step_schemas.MAX_PARCELS
    packed = iter(secrets.choice(lines).line_id for _ in range(step_schemas.MAX_PACKED_LINES))
    said = [Tracked(name(), "in_transit", at) for _ in range(MAX_EVENTS_IN_ALL // step_schemas.MAX_PARCELS)]
    parcels = tuple(
        Parcel(name(), tuple(Packed(next(packed), 1) for _ in range(each)), 1, name(), name(), None, tuple(said))
        for _ in range(step_schemas.MAX_PARCELS)
    )
    order = FulfilmentOrder("O.1", "O", "S1", "ship", 1, at, lines, status=Status.SHIPPED, parcels=parcels)
    row = saving(order, cause=Cause("c", "test", "test", at, "c")).item
    assert sum(len(value) for value in row.values() if isinstance(value, bytes | str)) < 390_000


def name() -> str:
    """One of the longest ids that there are."""
    return secrets.token_urlsafe(48)


def test_shelf_positions_are_kept_by_item_and_taken_back(world: World) -> None:
    items = [{"sku": "B", "bin": "B-1"}, {"sku": "A", "bin": "A-1"}]
    assert ANN.put("/v1/worklists/S1/bins", {"items": items}).status == 200
    assert [one["sku"] for one in ANN.get("/v1/worklists/S1/bins").body["items"]] == ["A", "B"]
    assert ANN.put("/v1/worklists/S1/bins", {"items": [{"sku": "A", "bin": None}]}).status == 200
    assert ANN.get("/v1/worklists/S1/bins").body["items"] == [{"sku": "B", "bin": "B-1"}]
    twice = ANN.put("/v1/worklists/S1/bins", {"items": [items[0], items[0]]})
    assert twice.status == 422
    many = [{"sku": f"X{number}", "bin": "Z"} for number in range(501)]
    assert ANN.put("/v1/worklists/S1/bins", {"items": many}).status == 422
    assert ANN.put("/v1/worklists/S1/bins", {"items": many[:500]}).status == 200
