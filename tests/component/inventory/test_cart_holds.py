"""Holds that shoppers' carts ask for by events: once, whatever comes twice, late, or in the wrong order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.inventory.repository.cart_answers import CartAnswers
from functions.inventory.repository.documents import Documents
from shared import clock
from shared.events.customers import CartHoldAsked, CartHoldDropped, CartHoldLine
from tests.component.inventory.goods import audited, counters, hold, pass_time
from tests.support.bus import Bus
from tests.support.gateway import Gateway
from tests.support.shop import open_shop


def asked(name: str, quantity: int = 1, **fields: Any) -> CartHoldAsked:
    lines = (CartHoldLine(line_id="1", sku="MUG", quantity=quantity),)
    told = {"channel": "web", "ttl_seconds": 600, "asked_at": clock.rfc3339(clock.now())} | fields
    return CartHoldAsked(reservation_id=name, lines=lines, **told)


def answers(bus: Bus) -> list[tuple[str, Any]]:
    """What inventory has told carts since the last call: hold, and until when or what is missing."""
    told = [(kind, data) for kind, data in bus.published("inventory") if kind.startswith("CartH")]
    return [(data["reservation_id"], data.get("expires_at", data.get("shortages"))) for _, data in told]


def held(ops: Gateway) -> int:
    return counters(ops, "MUG", "DC1")["held"]


@pytest.fixture(autouse=True)
def shop(ops: Gateway) -> None:
    open_shop(ops, stock={"DC1": {"MUG": 3}})


def test_a_question_is_answered_once_however_often_it_comes(bus: Bus, ops: Gateway) -> None:
    for event in (asked("K-1", 2),) * 2:
        assert bus.deliver("inventory", event) == []
    ((name, until),) = answers(bus)
    assert (name, until) == ("K-1", ops.get("/v1/reservations/K-1").body["expires_at"])
    assert held(ops) == 2
    bus.deliver("inventory", asked("K-2", 2))
    assert answers(bus) == [("K-2", [{"sku": "MUG", "requested": 2, "available": 1}])]
    bus.deliver("inventory", CartHoldDropped(reservation_id="K-1"))
    bus.deliver("inventory", asked("K-2", 2))
    assert (answers(bus), held(ops)) == ([], 0), "a refusal stays, although there are units by now"
    audited(ops, bus)


def test_what_was_dropped_before_it_was_asked_for_is_not_held(bus: Bus, ops: Gateway) -> None:
    bus.deliver("inventory", CartHoldDropped(reservation_id="K-1"))
    bus.deliver("inventory", asked("K-1"))
    assert (answers(bus), held(ops)) == ([], 0)


def test_what_is_dropped_while_it_is_being_held_is_given_back(
    bus: Bus, ops: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    give, rival = CartAnswers.give, [CartHoldDropped(reservation_id="K-1")]

    def late(self: CartAnswers, *args: Any) -> Any:
        while rival:
            assert bus.deliver("inventory", rival.pop()) == []
        return give(self, *args)

    monkeypatch.setattr(CartAnswers, "give", late)
    assert bus.deliver("inventory", asked("K-1")) == []
    assert (answers(bus), held(ops)) == ([], 0)


def test_a_worker_that_dies_before_it_answers_answers_the_next_time(
    bus: Bus, ops: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = asked("K-1", 2)
    with monkeypatch.context() as patched:
        patched.setattr(CartAnswers, "give", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
        assert bus.deliver("inventory", question) == ["m0"]
    assert (answers(bus), held(ops)) == ([], 2)
    assert bus.deliver("inventory", question) == []
    assert [name for name, _ in answers(bus)] == ["K-1"]
    assert held(ops) == 2


def test_a_hold_that_replaces_another_may_use_its_units(bus: Bus, ops: Gateway, web: Gateway) -> None:
    bus.deliver("inventory", asked("K-1", 2))
    bus.deliver("inventory", asked("K-2", 3, replaces=("K-1",)))
    assert [name for name, _ in answers(bus)] == ["K-1", "K-2"]
    assert held(ops) == 3
    assert ops.get("/v1/reservations/K-1").body["status"] == "RELEASED"
    assert hold(web, "R-1", [("MUG", 1)]).status == 409


def test_nothing_is_held_for_a_question_that_lay_in_a_queue_for_too_long(bus: Bus, ops: Gateway) -> None:
    bus.deliver("inventory", asked("K-1", asked_at=clock.rfc3339(clock.now() - timedelta(seconds=601))))
    assert (answers(bus), held(ops)) == ([], 0)


def test_a_carts_hold_lapses_as_any_other(bus: Bus, ops: Gateway, web: Gateway) -> None:
    bus.deliver("inventory", asked("K-1", 3))
    pass_time(700)
    assert ops.get("/v1/reservations/K-1").body["status"] == "EXPIRED"
    assert hold(web, "R-1", [("MUG", 3)]).status == 201


def test_what_a_refused_hold_was_to_replace_stays(bus: Bus, ops: Gateway) -> None:
    bus.deliver("inventory", asked("K-1", 2))
    for _ in range(2):
        assert bus.deliver("inventory", asked("K-2", 4, replaces=("K-1",))) == []
    assert answers(bus)[1:] == [("K-2", [{"sku": "MUG", "requested": 4, "available": 3}])]
    assert ops.get("/v1/reservations/K-1").body["status"] == "HELD"
    assert held(ops) == 2
    bus.deliver("inventory", asked("K-3", 3, replaces=("K-2", "K-1")))
    assert [name for name, _ in answers(bus)] == ["K-3"]
    assert (held(ops), ops.get("/v1/reservations/K-1").body["status"]) == (3, "RELEASED")
    audited(ops, bus)


def test_units_change_from_one_hold_to_another_without_being_free_in_between(
    bus: Bus, ops: Gateway, web: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus.deliver("inventory", asked("K-1", 2))
    save = Documents.save_reservation
    refused: list[int] = []

    def grab(self: Documents, *args: Any, **named: Any) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr(Documents, "save_reservation", save)
            refused.append(hold(web, f"R-{len(refused)}", [("MUG", 2)]).status)
        return save(self, *args, **named)

    with monkeypatch.context() as patched:
        patched.setattr(Documents, "save_reservation", grab)
        bus.deliver("inventory", asked("K-2", 3, replaces=("K-1",)))
    assert refused
    assert set(refused) == {409}
    assert (held(ops), [name for name, _ in answers(bus)]) == (3, ["K-1", "K-2"])
    audited(ops, bus)


def test_a_hold_that_has_ended_gives_nothing_to_the_next(bus: Bus, ops: Gateway) -> None:
    bus.deliver("inventory", asked("K-1", 2))
    bus.deliver("inventory", CartHoldDropped(reservation_id="K-1"))
    bus.deliver("inventory", asked("K-2", 3))
    bus.deliver("inventory", asked("K-3", 3, replaces=("K-1", "K-9")))
    assert answers(bus)[-1] == ("K-3", [{"sku": "MUG", "requested": 3, "available": 0}])
    assert held(ops) == 3


@pytest.mark.parametrize("shards", [0, 4])
def test_a_hold_in_place_of_others_leaves_exact_books_wherever_the_units_lie(
    bus: Bus, ops: Gateway, shards: int
) -> None:
    """Two holds at several places end by one, with cells of a hot item among them."""
    open_shop(ops, stock={"S1": {"MUG": 2}}, items={"MUG": {"shards": shards}} if shards else None)
    bus.deliver("inventory", asked("K-1", 3))
    bus.deliver("inventory", asked("K-2", 2))
    bus.deliver("inventory", asked("K-3", 4, replaces=("K-1", "K-2")))
    assert [name for name, _ in answers(bus)] == ["K-1", "K-2", "K-3"]
    assert sum(counters(ops, "MUG", place)["held"] for place in ("DC1", "S1")) == 4
    assert [ops.get(f"/v1/reservations/K-{n}").body["status"] for n in (1, 2, 3)] == ["RELEASED", "RELEASED", "HELD"]
    audited(ops, bus)
