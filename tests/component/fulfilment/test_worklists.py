"""Worklists: by location, method, status and due time; claims; what is late is said once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.fulfilment import timer
from functions.fulfilment.service.due import DueService
from shared import clock, testing_clock
from tests.component.fulfilment.world import World, line, place
from tests.support.gateway import Gateway, associate
from tests.support.local_aws import running_as


@pytest.fixture(autouse=True)
def real_time_afterwards() -> Any:
    yield
    with running_as("platform"):
        testing_clock.move(None)


def pass_time(**length: float) -> dict[str, Any]:
    """Move the testing clock on and let the timer look."""
    with running_as("platform"):
        testing_clock.move(clock.now() + timedelta(**length))
    with running_as("fulfilment"):
        return timer.handler({}, None)


def opened(world: World, order_id: str, method: str = "ship", location_id: str = "S1") -> str:
    where = None if method == "ship" else location_id
    routed = world.routed(order_id, line("1", "MUG", 1, method=method, location_id=where))
    return str(routed["fulfilment_orders"][0]["fulfilment_order_id"])


def ids(answer: Any) -> list[str]:
    assert answer.status == 200, answer.body
    return [one["fulfilment_order_id"] for one in answer.body["items"]]


def test_a_worklist_is_narrowed_by_method_status_and_due_time_and_pages_stay_stable(world: World) -> None:
    world.stock("MUG", S1=9)
    shipped = opened(world, "O-1")
    picked_up = [opened(world, f"O-{number}", "pickup") for number in (2, 3, 4)]
    base = "/v1/fulfilment-orders?location_id=S1"
    assert ids(world.api.get(f"{base}&method=ship")) == [shipped]
    first = world.api.get(f"{base}&method=pickup&status=OPEN&limit=2").body
    assert [one["fulfilment_order_id"] for one in first["items"]] == picked_up[:2], "what is due first comes first"
    opened(world, "O-5", "curbside")
    rest = world.api.get(f"{base}&method=pickup&status=OPEN&limit=2&cursor={first['next_cursor']}")
    assert ids(rest) == picked_up[2:]
    soon = clock.rfc3339(clock.now() + timedelta(hours=1))
    later = clock.rfc3339(clock.now() + timedelta(hours=3))
    assert ids(world.api.get(f"{base}&method=pickup&status=OPEN&due_before={soon}")) == []
    assert ids(world.api.get(f"{base}&method=pickup&status=OPEN&due_before={later}")) == picked_up
    assert world.api.get(f"{base}&due_before={later}").status == 422


def test_a_page_of_large_work_is_shorter_and_nothing_is_left_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.stock("MUG", S1=9)
    world.stock("LAMP", S1=9)
    for number in range(5):
        world.routed(f"O-{number}", line("1", "MUG", 1), line("2", "LAMP", 1))
    monkeypatch.setattr("functions.fulfilment.repository.work.MAX_PAGE_WEIGHT", 4)
    found, cursor, pages = [], "", 0
    while cursor is not None:
        page = world.api.get(f"/v1/fulfilment-orders?location_id=S1&limit=3&cursor={cursor}".removesuffix("&cursor="))
        assert len(page.body["items"]) <= 2
        found += [one["fulfilment_order_id"] for one in page.body["items"]]
        cursor, pages = page.body["next_cursor"], pages + 1
    assert sorted(found) == [f"O-{number}.1" for number in range(5)]
    assert pages >= 3


def test_work_that_is_larger_than_a_page_is_a_page_of_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.stock("MUG", S1=9)
    for number in range(2):
        world.routed(f"O-{number}", line("1", "MUG", 1))
    monkeypatch.setattr("functions.fulfilment.repository.work.MAX_PAGE_WEIGHT", 0)
    first = world.api.get("/v1/fulfilment-orders?location_id=S1").body
    second = world.api.get(f"/v1/fulfilment-orders?location_id=S1&cursor={first['next_cursor']}").body
    assert [len(first["items"]), len(second["items"]), second["next_cursor"]] == [1, 1, None]


def test_the_load_of_a_location_counts_by_status_and_says_what_is_overdue(world: World) -> None:
    world.stock("MUG", S1=9)
    works = [opened(world, f"O-{number}", "pickup") for number in range(3)]
    world.step(works[0], "acknowledge")
    load = world.api.get("/v1/worklists/S1").body
    assert load == {"location_id": "S1", "counts": {"OPEN": 2, "ACKNOWLEDGED": 1}, "overdue": 0}
    pass_time(hours=3)
    assert world.api.get("/v1/worklists/S1?method=pickup").body["overdue"] == 3
    assert world.api.get("/v1/worklists/S1?method=ship").body["counts"] == {}
    assert Gateway(associate("S2")).get("/v1/worklists/S1").status == 404


def test_work_that_one_has_claimed_no_other_associate_takes(world: World) -> None:
    world.stock("MUG", S1=9)
    work = opened(world, "O-1")
    ann = Gateway(associate("S1"))
    bob = Gateway({"sub": "bob", "role": "associate", "locations": "S1"})
    path = f"/v1/fulfilment-orders/{work}"
    assert ann.post(f"{path}/claim").body["claim"]["by"] == "associate:ann"
    assert ann.post(f"{path}/claim").status == 200
    for step in ("claim", "acknowledge", "release"):
        refused = bob.post(f"{path}/{step}")
        assert (refused.status, refused.body["code"]) == (409, "claimed")
    assert ann.post(f"{path}/acknowledge").status == 200
    assert ann.post(f"{path}/release").body["claim"] is None
    assert bob.post(f"{path}/claim").status == 200
    assert world.step(work, "release")["claim"] is None, "somebody above the floor takes it from anyone"


def test_a_claim_ends_by_itself_and_is_not_for_work_that_is_done(world: World) -> None:
    world.stock("MUG", S1=9)
    work = opened(world, "O-1")
    bob = Gateway({"sub": "bob", "role": "associate", "locations": "S1"})
    assert Gateway(associate("S1")).post(f"/v1/fulfilment-orders/{work}/claim").status == 200
    pass_time(minutes=31)
    assert bob.post(f"/v1/fulfilment-orders/{work}/acknowledge").status == 200
    world.step(work, "reject", {"reason": "OTHER"})
    assert world.step(work, "claim", status=409)["code"] == "transition_not_allowed"


def test_work_that_nobody_acknowledges_goes_to_a_place_that_has_it_all(world: World) -> None:
    world.stock("MUG", S1=9, S2=9)
    work = opened(world, "O-1")
    world.heard()
    assert pass_time(minutes=59)["raised"] == 0
    assert pass_time(minutes=2)["raised"] == 1
    heard = world.heard()
    (delayed,) = [data for kind, data in heard if kind == "FulfilmentOrderDelayed.v1"]
    assert (delayed["cause"], delayed["fulfilment_order_id"]) == ("UNACKNOWLEDGED", work)
    (short,) = [data for kind, data in heard if kind == "UnitsShort.v1"]
    assert short["reason"] == "NOT_ACKNOWLEDGED"
    (plan,) = [data for kind, data in heard if kind == "AllocationRequested.v1"]
    assert plan["allocations"][0]["location_id"] != short["location_id"]
    assert world.api.get(f"/v1/fulfilment-orders/{work}").body["status"] == "REJECTED"


def test_work_that_no_other_place_can_do_stays_and_is_called_late_once(world: World) -> None:
    world.stock("MUG", S1=9)
    world.say(place("S1", version=2, cutoff="15:00", opening_hours=None))
    work = opened(world, "O-1")
    world.heard()
    pass_time(hours=2)
    pass_time(hours=30)
    pass_time(hours=30)
    causes = [data["cause"] for kind, data in world.heard() if kind == "FulfilmentOrderDelayed.v1"]
    assert sorted(causes) == ["LATE", "UNACKNOWLEDGED"]
    assert world.api.get(f"/v1/fulfilment-orders/{work}").body["status"] == "OPEN"


def test_work_that_cannot_be_looked_at_keeps_nobody_else_waiting_and_is_said_in_every_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.stock("MUG", S1=9)
    broken, _, _ = (opened(world, f"O-{number}", "pickup") for number in range(3))
    world.heard()
    real = DueService._raise_next

    def raise_next(self: DueService, fulfilment_order_id: str, cause: Any) -> bool:
        if fulfilment_order_id == broken:
            raise KeyError("nobody thought of this")
        return real(self, fulfilment_order_id, cause)

    monkeypatch.setattr(DueService, "_raise_next", raise_next)
    for _ in range(2):
        with pytest.raises(ExceptionGroup) as raised:
            pass_time(hours=30)
        assert [type(one) for one in raised.value.exceptions] == [KeyError]
    late = [data["order_id"] for kind, data in world.heard() if data.get("cause") == "LATE"]
    assert sorted(late) == ["O-1", "O-2"]
