"""Orders find their customer, and the timeline tells each fact once, in whatever order it arrives."""

from __future__ import annotations

import json
from itertools import permutations

import pytest

from functions.customers.repository import CustomerRepository
from functions.customers.timelines import Timelines
from shared.events.base import Event
from shared.events.fulfilment import FulfilmentOrderMoved, HandedOver, LineProgress, Shipped
from shared.events.orders import LineQuantity, OrderLinesCancelled, PaymentSettled
from tests.component.customers.shoppers import contact, placed, put, timeline
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Gateway


def deliver(bus: Bus, *events: Event) -> None:
    for event in events:
        assert bus.deliver("customers", event, event_id=f"{event.detail_type}-{event.model_dump_json()}") == []


def known(bus: Bus) -> dict[str, str]:
    """What customers told about orders since the last call."""
    return {
        data["order_id"]: data["customer_id"] for kind, data in bus.published("customers") if kind.startswith("OrderC")
    }


def progress(kind: type[Shipped] | type[HandedOver] | type[FulfilmentOrderMoved], status: str) -> Event:
    lines = (LineProgress(line_id="1", sku="MUG", shipped=1),)
    return kind(
        order_id="O-1",
        fulfilment_order_id="F-1",
        location_id="S1",
        method="ship",
        status=status,
        lines=lines,
        version=5,
    )


def test_an_order_belongs_to_the_customer_whom_its_contact_points_at(bus: Bus) -> None:
    customer_id = put("web", "u1", email="ann@example.com").body["customer_id"]
    deliver(bus, contact("O-1", "pos", email="ANN@example.com", name="Ann Lee"))
    assert known(bus) == {"O-1": customer_id}
    found = Gateway(gateway.channel("pos")).get(f"/v1/customers/{customer_id}")
    assert found.status == 200, "an order is enough for a channel to know its customer"


def test_a_guest_becomes_a_customer_and_is_recognised_next_time(bus: Bus) -> None:
    deliver(bus, contact("O-1", "web", phone="+447700900001"), contact("O-2", "app", phone="+44 7700 900001"))
    customers = known(bus)
    assert len(set(customers.values())) == 1
    assert put("pos", "t1", phone="+447700900001").status == 200


def test_a_shopper_who_says_nothing_is_a_customer_of_one_order(bus: Bus) -> None:
    deliver(bus, contact("O-1", "pos"), contact("O-2", "pos"))
    assert len(set(known(bus).values())) == 2


def test_the_same_contact_twice_is_told_once(bus: Bus) -> None:
    deliver(bus, contact("O-1"), contact("O-1"))
    assert [kind for kind, _ in bus.published("customers")] == ["OrderCustomerKnown.v1"]


def test_a_named_customer_is_believed_if_it_exists(bus: Bus) -> None:
    customer_id = put("app", "u1").body["customer_id"]
    deliver(bus, contact("O-1", customer_id=customer_id), contact("O-2", customer_id="C-unknown"))
    customers = known(bus)
    assert customers["O-1"] == customer_id
    assert customers["O-2"] not in (customer_id, "C-unknown")


def test_two_orders_of_one_new_shopper_at_once_end_as_one_customer(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = CustomerRepository.owners
    rival = [contact("O-2", "app", email="ann@example.com")]

    def owners(self: CustomerRepository, identities: object) -> object:
        found = reads(self, identities)  # type: ignore[arg-type]  # passed through
        while rival:
            deliver(bus, rival.pop())
        return found

    monkeypatch.setattr(CustomerRepository, "owners", owners)
    deliver(bus, contact("O-1", "web", email="ann@example.com"))
    assert len(set(known(bus).values())) == 1


def story() -> list[Event]:
    line = (LineQuantity(line_id="1", quantity=1),)
    paid = PaymentSettled(
        order_id="O-1", operation_id="P-1", kind="authorise", outcome="DONE", amount=1200, currency="GBP"
    )
    return [
        contact("O-1", email="ann@example.com"),
        placed("O-1"),
        paid,
        progress(Shipped, "SHIPPED"),
        progress(FulfilmentOrderMoved, "DELIVERED"),
        OrderLinesCancelled(order_id="O-1", lines=line, reason="changed my mind", whole_order=False),
    ]


KINDS = ["delivered", "order_cancelled", "order_placed", "payment", "shipped"]


def test_every_fact_is_told_once_whatever_is_repeated(bus: Bus) -> None:
    deliver(bus, *story(), *story())
    (customer_id,) = known(bus).values()
    told = timeline(customer_id)["items"]
    assert sorted(entry["kind"] for entry in told) == KINDS
    assert {entry["channel"] for entry in told} == {"web"}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_facts_that_come_before_the_customer_is_known_are_kept(bus: Bus, order: tuple[int, ...]) -> None:
    first_three = story()[:3]
    deliver(bus, *(first_three[index] for index in order))
    (customer_id,) = known(bus).values()
    assert sorted(entry["kind"] for entry in timeline(customer_id)["items"]) == ["order_placed", "payment"]


def test_a_fact_and_the_customer_arriving_at_once_find_each_other(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """The link is written after the entry's first look for it and before the entry itself."""
    adds = Timelines.add
    late = [contact("O-1", email="ann@example.com")]

    def add_entry(self: Timelines, *args: object) -> bool:
        while late:
            deliver(bus, late.pop())
        return adds(self, *args)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(Timelines, "add", add_entry)
    deliver(bus, placed("O-1"))
    (customer_id,) = known(bus).values()
    assert len(timeline(customer_id)["items"]) == 1


def test_a_worker_that_died_after_linking_is_completed_by_the_redelivery(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(bus, placed("O-1"))
    with monkeypatch.context() as patch:
        patch.setattr(Timelines, "of_order", lambda _self, _order: 1 / 0)
        assert bus.deliver("customers", contact("O-1")) == ["m0"]
    deliver(bus, contact("O-1"))
    (customer_id,) = known(bus).values()
    assert len(timeline(customer_id)["items"]) == 1


def test_one_shopper_over_three_channels_has_one_timeline_newest_first_in_pages(bus: Bus) -> None:
    for hour, channel in enumerate(("web", "pos", "app")):
        order_id = f"O-{channel}"
        deliver(bus, contact(order_id, channel, email="ann@example.com"))
        deliver(bus, placed(order_id, channel, at=f"2026-11-21T1{hour}:00:00.000Z"))
    (customer_id,) = set(known(bus).values())
    first = timeline(customer_id, "?limit=2")
    rest = timeline(customer_id, f"?limit=2&cursor={first['next_cursor']}")
    assert [entry["channel"] for entry in first["items"]] == ["app", "pos"]
    assert [entry["channel"] for entry in rest["items"]] == ["web"]
    assert rest["next_cursor"] is None
    forged = Gateway(gateway.ops()).get(f"/v1/customers/{customer_id}/timeline?cursor=nonsense")
    assert (forged.status, forged.body["errors"][0]["pointer"]) == (422, "/cursor")


def test_the_timeline_holds_no_personal_data(bus: Bus) -> None:
    deliver(bus, *story())
    (customer_id,) = known(bus).values()
    text = json.dumps(timeline(customer_id)["items"])
    assert "ann@" not in text.lower()
    assert "changed my mind" not in text


def test_an_orders_contact_is_never_refused_however_badly_it_was_typed(bus: Bus) -> None:
    deliver(bus, contact("O-1", email="ann@localhost", phone="0770", name="Ann Lee"))
    customer_id = known(bus)["O-1"]
    seen = Gateway(gateway.ops()).get(f"/v1/customers/{customer_id}").body
    assert (seen["email"], seen["phone"], seen["identities"]) == ("ann@localhost", "0770", [])
