"""Whose a hold is: handed over, capped, and followed to where its order takes it."""

from __future__ import annotations

import pytest

from functions.inventory.domain.reservation import TooManyHolds
from shared.aws import client
from tests.component.inventory.goods import audited, counters, hold, pass_time, placed, plan, shipped, tell
from tests.component.inventory.test_races import Interrupted, Shop
from tests.support.bus import Bus
from tests.support.gateway import Gateway
from tests.support.local_aws import capped
from tests.support.shop import open_shop


@pytest.fixture
def shelf(ops: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 50, "LAMP": 5}})


def test_a_hold_handed_over_is_the_new_owners_with_the_same_units_and_end(
    ops: Gateway, web: Gateway, bus: Bus, shelf: None
) -> None:
    first = hold(web, "R1", [("MUG", 2)], owner="guest").body
    given = web.post("/v1/reservations/R1/transfer", {"owner": "ann"})
    assert (given.status, given.body["owner"]) == (200, "ann")
    assert (given.body["lines"], given.body["expires_at"]) == (first["lines"], first["expires_at"])
    again = web.post("/v1/reservations/R1/transfer", {"owner": "ann"})
    assert (again.status, again.body) == (200, given.body)
    bus.project("inventory")
    asked = {"skus": ["LAMP", "MUG"], "owner": "ann"}
    assert [one["available"] for one in web.post("/v1/availability", asked).body["items"]] == [5, 50]
    asked["owner"] = "guest"
    assert [one["available"] for one in web.post("/v1/availability", asked).body["items"]] == [5, 48]
    audited(ops, bus)


def test_what_has_ended_cannot_be_handed_over(web: Gateway, shelf: None) -> None:
    assert web.post("/v1/reservations/R0/transfer", {"owner": "ann"}).status == 404
    hold(web, "R1", [("MUG", 1)])
    web.delete("/v1/reservations/R1")
    hold(web, "R2", [("MUG", 1)], ttl_seconds=60)
    pass_time(61)
    for name in ("R1", "R2"):
        answer = web.post(f"/v1/reservations/{name}/transfer", {"owner": "ann"})
        assert (answer.status, answer.body["code"]) == (409, "reservation_ended")


def test_an_owner_holds_no_more_than_the_cap_and_is_told_so(ops: Gateway, web: Gateway, bus: Bus, shelf: None) -> None:
    with capped(holds=2, units=10):
        assert hold(web, "R1", [("MUG", 4)], owner="ann").status == 201
        refused = hold(web, "R2", [("MUG", 7)], owner="ann")
        assert (refused.status, refused.body["code"]) == (409, "too_many_holds")
        assert (refused.body["limit"], refused.body["open"]) == ({"units": 10}, {"units": 4})
        assert hold(web, "R2", [("MUG", 6)], owner="ann").status == 201
        refused = hold(web, "R3", [("MUG", 1)], owner="ann")
        assert (refused.status, refused.body["limit"]) == (409, {"holds": 2})
        assert hold(web, "R3", [("MUG", 1)], owner="bob").status == 201, "others have their own"
        assert hold(web, "R1", [("MUG", 4)], owner="ann").status == 201, "a repeat is answered as the first time"
        given = web.post("/v1/reservations/R3/transfer", {"owner": "ann"})
        assert (given.status, given.body["code"]) == (409, "too_many_holds")
    assert counters(ops, "MUG", "DC1")["held"] == 11
    audited(ops, bus)


def test_what_was_released_lapsed_or_handed_over_makes_room(web: Gateway, shelf: None) -> None:
    with capped(holds=1):
        hold(web, "R1", [("MUG", 1)], owner="ann")
        web.delete("/v1/reservations/R1")
        assert hold(web, "R2", [("MUG", 1)], owner="ann", ttl_seconds=60).status == 201
        assert web.post("/v1/reservations/R2/extend", {"ttl_seconds": 120}).status == 200
        pass_time(61)
        assert hold(web, "R3", [("MUG", 1)], owner="ann").status == 409, "an extended hold is still one"
        pass_time(60)
        assert hold(web, "R3", [("MUG", 1)], owner="ann").status == 201
        assert web.post("/v1/reservations/R3/transfer", {"owner": "bob"}).status == 200
        assert hold(web, "R4", [("MUG", 1)], owner="ann").status == 201


def test_two_holds_of_one_owner_at_once_do_not_both_slip_below_the_cap(ops: Gateway, shelf: None) -> None:
    with capped(holds=1):
        second = Shop(client("dynamodb"), "MUG", "B", holds=1)
        first = Shop(Interrupted(at=1, rival=second.hold), "MUG", "A", holds=1)
        with pytest.raises(TooManyHolds):
            first.hold()
    assert counters(ops, "MUG", "DC1")["held"] == 1


def test_a_hold_tells_what_its_order_has_made_of_it(web: Gateway, bus: Bus, shelf: None) -> None:
    def status() -> str:
        return str(web.get("/v1/reservations/R1").body["status"])

    hold(web, "R1", [("MUG", 1)])
    tell(bus, placed("O1", [("MUG", 1)], reservation_id="R1"))
    assert status() == "COMMITTED"
    tell(bus, plan("O1", [("MUG", "DC1", 1)], reservation_id="R1"))
    assert status() == "ALLOCATED"
    tell(bus, shipped("O1", "O1.1", "DC1", [("1", "MUG", 1)]))
    assert status() == "CONSUMED"
