"""Profile, consents, interactions and the log of who read, through the real handlers."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from tests.component.customers.shoppers import contact, placed, put, timeline
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway

pytestmark = pytest.mark.usefixtures("aws")
OPS, WEB = Gateway(gateway.ops()), Gateway(gateway.channel("web"))


def ann() -> str:
    return str(put("web", "u1", email="ann@example.com").body["customer_id"])


def test_a_profile_is_changed_field_by_field() -> None:
    path = f"/v1/customers/{ann()}"
    body = {"phone": "+447700900001", "preferences": {"size": "M", "news": "weekly"}, "tags": ["vip", "vip"]}
    first = WEB.send("PATCH", path, body).body
    assert (first["phone"], first["email"], first["choices"]["tags"]) == ("+447700900001", "ann@example.com", ["vip"])
    second = OPS.send("PATCH", path, {"preferences": {"size": ""}, "favourite_store": "S1"}).body
    assert second["choices"] == {"preferences": {"news": "weekly"}, "favourite_store": "S1", "tags": ["vip"]}
    assert second["name"] == {"given": "Ann", "family": "Lee"}
    again = OPS.send("PATCH", path, {"preferences": {"size": ""}, "favourite_store": "S1"}).body
    assert again["version"] == second["version"]
    assert put("pos", "t1", phone="+447700900001").body["customer_id"] == path.rsplit("/", 1)[1]


def test_nobody_takes_another_shoppers_account_over_by_claiming_their_mailbox() -> None:
    victim = ann()
    thief = str(
        put("app", "x9", name={"given": "Max", "family": "Thorne"}, email="max@example.com").body["customer_id"]
    )
    claim = {"email": "ann@example.com", "phone": "+447700900001", "name": {"given": "Ann", "family": "Lee"}}
    shopper = Gateway(gateway.customer(thief))
    assert shopper.send("PATCH", f"/v1/customers/{thief}", claim).body["email"] == "ann@example.com"
    assert put("pos", "t1", email="ann@example.com").body["customer_id"] == victim
    assert shopper.get(f"/v1/customers/{victim}").status == 404
    assert OPS.get(f"/v1/customers/{thief}").body["merges"] == []


def test_only_the_owner_changes_a_profile() -> None:
    path = f"/v1/customers/{ann()}"
    for token in (gateway.customer("C-other"), gateway.channel("app")):
        assert Gateway(token).send("PATCH", path, {"tags": []}).status == 404
    assert Gateway(gateway.associate("S1")).send("PATCH", path, {"tags": []}).status == 403
    assert OPS.send("PATCH", "/v1/customers/C-none", {"tags": []}).status == 404


def consent(customer_id: str, hour: int, *, granted: bool, by: Gateway = WEB) -> Answer:
    body = {"granted": granted, "source": "checkout", "text_version": "v1", "at": f"2026-11-21T{hour:02}:00:00Z"}
    return by.put(f"/v1/customers/{customer_id}/consents/email/marketing", body)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_latest_statement_wins_in_whatever_order_they_arrive(order: tuple[int, ...]) -> None:
    customer_id = ann()
    for index in (*order, order[0]):
        last = consent(customer_id, 10 + index, granted=index == 1)
    assert last.status == 200
    (item,) = OPS.get(f"/v1/customers/{customer_id}/consents").body["items"]
    assert (item["granted"], item["at"]) == (False, "2026-11-21T12:00:00.000Z")
    assert [said["at"][11:13] for said in item["history"]] == ["12", "11", "10"]
    assert item["history"][0]["recorded_by"] == "channel:web"


def test_of_one_moment_the_refusal_wins_and_the_others_are_told(bus: Bus) -> None:
    customer_id = ann()
    consent(customer_id, 10, granted=True)
    consent(customer_id, 10, granted=True)
    assert consent(customer_id, 10, granted=False).body["granted"] is False
    assert consent(customer_id, 10, granted=True).body["granted"] is False
    told = [data["granted"] for kind, data in bus.published("customers") if kind == "ConsentStated.v1"]
    assert told == [True, False]


def test_consents_of_others_are_out_of_reach() -> None:
    customer_id = ann()
    assert consent(customer_id, 10, granted=True, by=Gateway(gateway.customer(customer_id))).status == 200
    for token in (gateway.customer("C-other"), gateway.channel("app")):
        assert consent(customer_id, 10, granted=True, by=Gateway(token)).status == 404
        assert Gateway(token).get(f"/v1/customers/{customer_id}/consents").status == 404


def note(customer_id: str, name: str = "N-1", by: Gateway = WEB, **fields: Any) -> Answer:
    body = {
        "interaction_id": name,
        "kind": "support_note",
        "channel": "web",
        "at": "2026-11-21T12:00:00Z",
        "data": {"text": "Wants a call back", "reason": "late", "urgent": True},
    }
    return by.post(f"/v1/customers/{customer_id}/interactions", body | fields)


def test_an_interaction_stands_in_the_timeline_once() -> None:
    customer_id = ann()
    assert [note(customer_id).status for _ in range(2)] == [201, 200]
    (entry,) = timeline(customer_id)["items"]
    assert (entry["kind"], entry["summary"], entry["by"]) == ("support_note", "Wants a call back", "channel:web")
    assert entry["data"] == {"text": "Wants a call back", "reason": "late", "urgent": "true"}
    assert note(customer_id, data={"text": "something else"}).body["code"] == "interaction_id_reused"
    assert note(customer_id, by=Gateway(gateway.channel("app"))).status == 404
    assert note("C-none", by=OPS).status == 404
    assert note(customer_id, kind="order_placed").status == 422


def test_a_timeline_is_filtered_by_kind_over_all_pages(bus: Bus) -> None:
    customer_id = ann()
    for number in range(9):
        assert bus.deliver("customers", contact(f"O-{number}", email="ann@example.com")) == []
        assert bus.deliver("customers", placed(f"O-{number}", at=f"2026-11-21T1{number}:00:00.000Z")) == []
        if number % 3 == 0:
            assert note(customer_id, f"N-{number}", at=f"2026-11-21T1{number}:30:00Z").status == 201

    def all_of(query: str) -> list[str]:
        found, cursor = [], ""
        while True:
            page = timeline(customer_id, f"?limit=2&{query}{cursor}")
            found += [entry["reference"] for entry in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    assert all_of("kind=support_note") == ["N-6", "N-3", "N-0"]
    assert len(all_of("kind=support_note,order_placed")) == len(set(all_of(""))) == 12
    assert all_of("kind=visit") == []
    assert OPS.get(f"/v1/customers/{customer_id}/timeline?kind=nonsense").body["errors"][0]["pointer"] == "/kind"


def test_who_of_the_shop_read_a_profile_is_kept() -> None:
    customer_id = ann()
    path = f"/v1/customers/{customer_id}"
    desk = Gateway(gateway.service_desk())
    desk.get(path)
    WEB.get(path)
    OPS.get(path)
    read = desk.get(f"{path}/accesses").body["items"]
    assert sorted(one["by"] for one in read) == ["ops:ops-1", "service_desk:desk-1"]
    assert WEB.get(f"{path}/accesses").status == 403


def test_an_export_holds_everything_of_the_shopper_and_of_nobody_else(bus: Bus) -> None:
    customer_id = ann()
    put("pos", "t7", name={"given": "Otto", "family": "Other"}, email="otto@example.com")
    consent(customer_id, 10, granted=True)
    note(customer_id)
    assert bus.deliver("customers", contact("O-1", email="ann@example.com", name="Ann Lee")) == []
    assert bus.deliver("customers", placed("O-1")) == []
    OPS.get(f"/v1/customers/{customer_id}")
    held = Gateway(gateway.customer(customer_id)).post(f"/v1/customers/{customer_id}/export").body
    assert held["customer"]["customer_id"] == customer_id
    assert [said["external_id"] for said in held["statements"]] == ["u1"]
    assert [order["contact"]["full_name"] for order in held["orders"]] == ["Ann Lee"]
    assert len(held["consents"]) == len(held["accesses"]) == 1
    assert sorted(entry["kind"] for entry in held["timeline"]) == ["order_placed", "support_note"]
    assert held["complete"]
    assert "otto" not in json.dumps(held).lower()
    assert Gateway(gateway.customer("C-x")).post(f"/v1/customers/{customer_id}/export").status == 404
    assert WEB.post(f"/v1/customers/{customer_id}/export").status == 403


def test_why_shoppers_got_in_touch_is_told_to_every_agent_and_can_be_asked_for() -> None:
    customer_id = ann()
    note(customer_id, "N-1", contact_reason="where_is_my_order")
    note(customer_id, "N-2", kind="call", contact_reason="complaint")
    note(customer_id, "N-3", kind="message")
    note(customer_id, "N-4", kind="visit")
    desk = Gateway(gateway.service_desk())
    path = f"/v1/customers/{customer_id}/timeline"
    told = desk.get(f"{path}?contact_reason=where_is_my_order,complaint").body["items"]
    assert {one["reference"]: one["contact_reason"] for one in told} == {
        "N-1": "where_is_my_order",
        "N-2": "complaint",
    }
    assert len(desk.get(path).body["items"]) == 4
    unknown = desk.get(f"{path}?contact_reason=boredom")
    assert (unknown.status, unknown.body["errors"][0]["pointer"]) == (422, "/contact_reason")
    odd = note(customer_id, "N-5", kind="visit", contact_reason="praise")
    assert (odd.status, odd.body["errors"][0]["pointer"]) == (422, "/contact_reason")
    assert note(customer_id, "N-1", contact_reason="complaint").body["code"] == "interaction_id_reused"


def test_a_channel_reads_of_the_story_what_happened_there() -> None:
    customer_id = ann()
    put("app", "a1", email="ann@example.com")
    app = Gateway(gateway.channel("app"))
    note(customer_id, "N-1")
    note(customer_id, "N-2", by=app, channel="app")
    path = f"/v1/customers/{customer_id}/timeline"
    assert [one["reference"] for one in app.get(path).body["items"]] == ["N-2"]
    assert [one["reference"] for one in WEB.get(path).body["items"]] == ["N-1"]
    assert len(Gateway(gateway.customer(customer_id)).get(path).body["items"]) == 2


def test_each_value_tells_where_it_is_from() -> None:
    customer_id = ann()
    Gateway(gateway.service_desk()).send("PATCH", f"/v1/customers/{customer_id}", {"tags": ["vip"], "email": "a@b.co"})
    seen = OPS.get(f"/v1/customers/{customer_id}").body
    of = {one["field"]: (one["channel"], one["origin"], one["trust"]) for one in seen["provenance"]}
    assert of["given"] == ("web", "account", 3)
    assert of["email"] == ("service_desk", "profile", 3)
    assert of["tags"] == ("service_desk", "profile", 3)
    assert seen["email"] == "a@b.co"
    web = WEB.get(f"/v1/customers/{customer_id}").body
    assert (web["email"], web["choices"]["tags"]) == ("ann@example.com", [])
    assert {one["channel"] for one in web["provenance"]} == {"web"}
