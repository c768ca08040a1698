"""Labels that nobody needs any more go back to the carrier, each once, until its parcel's first scan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from functions.fulfilment import wiring
from functions.fulfilment.carriers.sandbox import SandboxCarrier
from functions.fulfilment.domain.labels import MAX_TRIES
from functions.fulfilment.domain.parcels import Label, VoidStatus
from functions.fulfilment.repository.sandbox_labels import Sold
from shared import testing_clock
from shared.errors import Busy
from shared.events.orders import OrderErased, OrderHoldsChanged
from tests.component.fulfilment.test_carriers import packed, track
from tests.component.fulfilment.test_worklists import pass_time
from tests.component.fulfilment.world import World
from tests.support.local_aws import running_as


@pytest.fixture(autouse=True)
def real_time_afterwards() -> Iterator[None]:
    yield
    with running_as("platform"):
        testing_clock.move(None)


def labelled(world: World, service: str = "express") -> tuple[str, list[str]]:
    """Two packed parcels with their labels: the work, and the numbers."""
    work = packed(world)
    parcels = world.step(work, "labels", {"service": service})["parcels"]
    world.heard()
    return work, [one["tracking_number"] for one in parcels]


def cancelled_on_hold(world: World) -> None:
    world.say(OrderHoldsChanged(order_id="O-1", holds=("H-1",), version=1))
    world.cancel("O-1", "X-1", l1=3)


def state(world: World, work: str) -> dict[str, Any]:
    return dict(world.api.get(f"/v1/fulfilment-orders/{work}").body)


def voids(world: World, work: str) -> list[tuple[str, str | None, str]]:
    return [(one["parcel_id"], one["tracking_number"], one["status"]) for one in state(world, work)["voids"]]


def fates(world: World) -> list[tuple[str, str]]:
    return [(kind, data["label_id"]) for kind, data in world.heard() if kind.startswith("LabelVoid")]


def sold(key: str) -> Sold:
    """What the carrier itself remembers of a label."""
    with running_as("fulfilment"):
        return wiring.sandbox()._labels.first(key, Sold.NEVER)


def test_labels_of_cancelled_work_go_back_once_and_cost_nothing(world: World) -> None:
    work, numbers = labelled(world)
    cancelled_on_hold(world)
    waiting = [("P1", numbers[0], "PENDING"), ("P2", numbers[1], "PENDING")]
    assert (state(world, work)["status"], voids(world, work)) == ("TO_RESHELVE", waiting)
    assert [one["tracking_number"] for one in state(world, work)["parcels"]] == [None, None]
    assert sold("O-1.1/P1") is Sold.SOLD
    world.heard()
    pass_time(minutes=1)
    assert {status for _, _, status in voids(world, work)} == {"VOIDED"}
    assert sold("O-1.1/P1") is sold("O-1.1/P2") is Sold.VOIDED
    assert fates(world) == [("LabelVoided.v1", "O-1.1/P1"), ("LabelVoided.v1", "O-1.1/P2")]
    version = state(world, work)["version"]
    pass_time(hours=1)
    assert (state(world, work)["version"], fates(world)) == (version, [])
    world.step(work, "reshelve")


def test_a_label_that_the_carrier_has_scanned_is_paid_for_and_told(world: World) -> None:
    work, (first, _) = labelled(world)
    assert world.api.post(f"/v1/testing/carrier/{first}", {"outcome": "scanned"}).status == 200
    cancelled_on_hold(world)
    world.heard()
    pass_time(minutes=1)
    assert [status for _, _, status in voids(world, work)] == ["REFUSED", "VOIDED"]
    assert fates(world) == [("LabelVoidRefused.v1", "O-1.1/P1"), ("LabelVoided.v1", "O-1.1/P2")]
    assert sold("O-1.1/P1") is Sold.SCANNED


def test_the_carrier_does_not_take_a_parcel_whose_label_was_given_back(world: World) -> None:
    _, (first, _) = labelled(world)
    cancelled_on_hold(world)
    pass_time(minutes=1)
    refused = world.api.post(f"/v1/testing/carrier/{first}", {"outcome": "scanned"})
    assert (refused.status, refused.body["code"]) == (409, "label_taken_back")
    assert track(world, first, "e1", "in_transit").body["code"] == "parcel_not_found"


def test_what_is_packed_anew_gets_new_labels_and_gives_back_the_old_ones(world: World) -> None:
    work, old = labelled(world)
    assert world.step(work, "unpack")["status"] == "PICKED"
    assert world.step(work, "unpack")["parcels"] == [], "said again"
    parcels = [{"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": 3}]}]
    assert world.step(work, "pack", {"parcels": parcels})["parcels"][0]["tracking_number"] is None
    (new,) = [one["tracking_number"] for one in world.step(work, "labels", {})["parcels"]]
    assert new not in old
    pass_time(minutes=1)
    assert voids(world, work) == [("P1", old[0], "VOIDED"), ("P2", old[1], "VOIDED")]
    assert sold("O-1.1/P1/1") is Sold.SOLD
    assert [one["tracking_number"] for one in world.step(work, "ship", {})["parcels"]] == [new]
    pass_time(hours=30)
    assert state(world, work)["status"] == "DELIVERED"
    assert len(voids(world, work)) == 2


def test_a_parcel_that_goes_by_a_number_of_the_stores_own_gives_its_label_back(world: World) -> None:
    work, (first, second) = labelled(world)
    own = {"parcel_id": "P1", "carrier": "sandbox", "tracking_number": "OWN-1"}
    sent = world.step(work, "ship", {"parcels": [own]})["parcels"]
    assert [(one["tracking_number"], one["service"]) for one in sent] == [("OWN-1", None), (second, "express")]
    pass_time(minutes=1)
    assert voids(world, work) == [("P1", first, "VOIDED")]
    assert sold("O-1.1/P2") is Sold.SOLD


def test_work_that_ships_or_only_rests_on_hold_keeps_its_labels(world: World) -> None:
    work, numbers = labelled(world)
    world.say(OrderHoldsChanged(order_id="O-1", holds=("H-1",), version=1))
    pass_time(minutes=5)
    world.say(OrderHoldsChanged(order_id="O-1", holds=(), version=2))
    world.step(work, "ship", {})
    pass_time(hours=30)
    found = state(world, work)
    assert (found["status"], found["voids"]) == ("DELIVERED", [])
    assert [one["tracking_number"] for one in found["parcels"]] == numbers


class Gone(BaseException):
    """The process ends at once."""


def dies_after_buying(world: World, work: str, body: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels are asked for; the process ends between the purchase of the first one and its note."""
    real = SandboxCarrier.buy

    def buy(*given: Any, **options: Any) -> Label:
        real(*given, **options)
        raise Gone

    with monkeypatch.context() as patch:
        patch.setattr(SandboxCarrier, "buy", buy)
        with pytest.raises(Gone):
            world.step(work, "labels", body)


def test_a_label_that_was_bought_but_came_to_nobody_goes_back_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between the purchase and its note, nobody asks again, and the order is cancelled."""
    work = packed(world)
    dies_after_buying(world, work, {}, monkeypatch)
    assert sold("O-1.1/P1") is Sold.SOLD
    cancelled_on_hold(world)
    pass_time(minutes=2)
    assert voids(world, work) == [("P1", None, "VOIDED")], "P2 was never bought, and never will be"
    assert (sold("O-1.1/P1"), sold("O-1.1/P2")) == (Sold.VOIDED, Sold.NEVER)


def test_another_service_after_a_purchase_that_nobody_saw_the_end_of(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = packed(world)
    dies_after_buying(world, work, {"service": "express"}, monkeypatch)
    assert {one["service"] for one in world.step(work, "labels", {})["parcels"]} == {"standard"}
    pass_time(minutes=2)
    assert voids(world, work) == [("P1", None, "VOIDED")]
    assert sold("O-1.1/P1/1") is sold("O-1.1/P2/1") is Sold.SOLD


def test_who_buys_while_the_work_is_cancelled_is_refused_and_nothing_stays_bought(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = packed(world)
    real = SandboxCarrier.buy

    def buy(self: SandboxCarrier, consignment: Any, *, service: str) -> Label:
        if consignment.key.endswith("P2"):
            cancelled_on_hold(world)
            pass_time(minutes=2)
        with running_as("fulfilment"):
            return real(self, consignment, service=service)

    with monkeypatch.context() as patch:
        patch.setattr(SandboxCarrier, "buy", buy)
        assert world.step(work, "labels", {}, status=409)["code"] == "label_taken_back"
    assert (sold("O-1.1/P1"), sold("O-1.1/P2")) == (Sold.VOIDED, Sold.NEVER)


def test_a_carrier_that_cannot_answer_is_asked_again_ever_more_seldom(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, _ = labelled(world)
    cancelled_on_hold(world)
    asked: list[str] = []

    def void(_self: SandboxCarrier, key: str) -> VoidStatus:
        asked.append(key)
        raise Busy("down")

    with monkeypatch.context() as patch:
        patch.setattr(SandboxCarrier, "void", void)
        for _ in range(8):
            pass_time(minutes=1)
    assert asked == 4 * ["O-1.1/P1", "O-1.1/P2"], "after one, two, four and eight minutes"
    assert {status for _, _, status in voids(world, work)} == {"PENDING"}
    pass_time(hours=7)
    assert {status for _, _, status in voids(world, work)} == {"VOIDED"}


def test_a_carrier_that_does_not_answer_for_days_is_left_to_a_person(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, _ = labelled(world)
    cancelled_on_hold(world)
    world.heard()

    def void(_self: SandboxCarrier, _key: str) -> VoidStatus:
        raise Busy("down")

    with monkeypatch.context() as patch:
        patch.setattr(SandboxCarrier, "void", void)
        for _ in range(MAX_TRIES - 1):
            pass_time(hours=7)
        assert {status for _, _, status in voids(world, work)} == {"PENDING"}
        pass_time(hours=7)
    assert {status for _, _, status in voids(world, work)} == {"UNANSWERED"}
    told = [data["reason"] for kind, data in world.heard() if kind == "LabelVoidRefused.v1"]
    assert told == ["no_answer", "no_answer"]
    pass_time(hours=7)
    assert {status for _, _, status in voids(world, work)} == {"UNANSWERED"}


def test_the_numbers_of_labels_are_forgotten_with_the_shopper(world: World) -> None:
    work, numbers = labelled(world)
    world.step(work, "unpack")
    world.say(OrderErased(order_id="O-1", request_id="E-1"))
    assert [number for _, number, _ in voids(world, work)] == [None, None]
    pass_time(minutes=1)
    assert {status for _, _, status in voids(world, work)} == {"VOIDED"}
    with running_as("fulfilment"):
        assert wiring.shipping()._work.labelled_as("sandbox", numbers[0]) is None


def test_a_service_that_there_is_not_leaves_no_trace(world: World) -> None:
    work = packed(world)
    version = state(world, work)["version"]
    world.step(work, "labels", {"service": "drone"}, status=422)
    assert state(world, work)["version"] == version
