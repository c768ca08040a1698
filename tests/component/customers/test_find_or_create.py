"""The same shopper over all channels, through the real handler."""

from __future__ import annotations

import time
from typing import Any

import pytest

from functions.customers.repository import CustomerRepository
from shared.dynamo.retry import LostRace
from shared.errors import Busy
from tests.component.customers.shoppers import put, said_by, whole
from tests.support import gateway
from tests.support.gateway import Gateway

pytestmark = pytest.mark.usefixtures("aws")
OPS = Gateway(gateway.ops())


def test_a_shopper_is_created_once_and_known_the_second_time() -> None:
    first = put("web", "u1", email="ann@example.com")
    again = put("web", "u1", email="ann@example.com")
    assert (first.status, again.status) == (201, 200)
    assert again.body["customer_id"] == first.body["customer_id"]
    assert again.body["version"] == first.body["version"] == 1


@pytest.mark.parametrize(
    ("web", "pos"),
    [
        ({"email": "Ann@Example.com"}, {"email": " ann@example.com"}),
        ({"phone": "+44 7700 900001"}, {"phone": "+447700900001"}),
        ({"loyalty_number": "l-42"}, {"loyalty_number": "L42"}),
    ],
)
def test_the_same_shopper_from_another_channel_is_the_same_customer(web: dict[str, str], pos: dict[str, str]) -> None:
    first, second = put("web", "u1", **web), put("pos", "till-9", **pos)
    assert second.status == 200
    assert second.body["customer_id"] == first.body["customer_id"]
    assert sorted(whole(second)["channels"]) == ["pos", "web"]
    assert second.body["channels"] == ["pos"], "who else knows the shopper is no channel's business"


def test_a_phone_number_without_country_joins_only_with_the_same_name() -> None:
    one, other = put("web", "u1", phone="07700900001"), put("pos", "t1", phone="+44 7700 900001")
    assert one.body["customer_id"] == other.body["customer_id"]
    bob = put("app", "a1", phone="07700900001", name={"given": "Bob", "family": "Lee"})
    assert bob.body["customer_id"] != one.body["customer_id"]


def test_a_statement_that_fits_two_customers_joins_them_by_a_link() -> None:
    card = put("pos", "t1", loyalty_number="L42").body["customer_id"]
    mail = put("web", "u1", email="ann@example.com").body["customer_id"]
    assert card != mail
    both = whole(put("app", "a1", loyalty_number="L42", email="ann@example.com"))
    assert both["customer_id"] in (card, mail)
    assert {one["type"] for one in both["identities"]} == {"loyalty_number", "email", "channel"}
    (merge,) = both["merges"]
    assert {merge["customer_id"], *merge["members"]} == {card, mail}
    for name in (card, mail):
        assert OPS.get(f"/v1/customers/{name}").body["customer_id"] == both["customer_id"]


def test_spouses_with_one_mailbox_stay_two_and_somebody_is_asked() -> None:
    ann = put("web", "u1", email="lee@example.com").body["customer_id"]
    bob = put("pos", "t1", email="lee@example.com", name={"given": "Bob", "family": "Lee"}).body["customer_id"]
    assert ann != bob
    (review,) = OPS.get("/v1/customers/reviews").body["items"]
    assert sorted(review["customer_ids"]) == sorted((ann, bob))
    assert review["veto"] == "other_given_name"
    assert {term["field"] for term in review["evidence"]} == {"given", "family", "email"}


def test_a_shopper_is_found_by_every_identity() -> None:
    everything = {"email": "ann@example.com", "phone": "+447700900001", "loyalty_number": "L42"}
    customer_id = put("web", "u 1", **everything).body["customer_id"]
    queries = (
        "email=ANN@example.com",
        "phone=%2B447700900001",
        "phone=+447700900001",
        "loyalty_number=l42",
        "channel=web&external_id=u%201",
    )
    for query in queries:
        found = OPS.get(f"/v1/customers?{query}")
        assert [one["customer_id"] for one in found.body["items"]] == [customer_id], query
    assert OPS.get("/v1/customers?email=nobody@example.com").body == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    "query", ["", "?email=a@b.c&phone=%2B447700900001", "?channel=web", "?external_id=1", "?email=x", "?phone=0770"]
)
def test_a_search_takes_exactly_one_usable_identity(query: str) -> None:
    answer = OPS.get(f"/v1/customers{query}")
    assert answer.status == 422
    assert answer.body["errors"]


def test_a_channel_sees_only_who_came_through_it() -> None:
    customer_id = put("web", "u1", email="ann@example.com").body["customer_id"]
    web, app = Gateway(gateway.channel("web")), Gateway(gateway.channel("app"))
    for path in (f"/v1/customers/{customer_id}", f"/v1/customers/{customer_id}/timeline"):
        assert web.get(path).status == 200
        assert app.get(path).status == 404
    assert app.get("/v1/customers?email=ann@example.com").body["items"] == []
    assert app.post("/v1/customers", said_by("web", "u2")).status == 404


def test_a_shopper_sees_only_oneself_and_an_associate_nobody() -> None:
    customer_id = put("web", "u1").body["customer_id"]
    path = f"/v1/customers/{customer_id}"
    assert Gateway(gateway.customer(customer_id)).get(path).status == 200
    assert Gateway(gateway.customer("C-other")).get(path).status == 404
    assert Gateway(gateway.customer("C-other")).get(f"{path}/timeline").status == 404
    assert Gateway(gateway.associate("S1")).get(path).status == 403
    assert Gateway(None).get(path).status == 401


def test_a_missing_customer_is_not_found() -> None:
    assert OPS.get("/v1/customers/C-none").body["code"] == "customer_not_found"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"email": "no-address"}, "/email"),
        ({"birth_date": "1990-02-30"}, "/birth_date"),
        ({"surprise": 1}, "/surprise"),
        ({"source": {"channel": "w#b", "external_id": "1"}}, "/source/channel"),
        ({"name": {"given": "x" * 201, "family": ""}}, "/name/given"),
    ],
)
def test_bad_fields_are_pointed_at(fields: dict[str, Any], pointer: str) -> None:
    answer = OPS.post("/v1/customers", said_by("web", "u1") | fields)
    assert answer.status == 422
    assert answer.body["errors"][0]["pointer"] == pointer


def test_two_records_of_one_person_at_once_end_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second arrives between the first one's reading and writing."""
    reads = CustomerRepository.owners
    rivals: list[Any] = []

    def owners(self: CustomerRepository, identities: Any) -> Any:
        found = reads(self, identities)
        if not rivals:
            rivals.append(None)
            rivals[0] = put("pos", "t1", email="ann@example.com")
        return found

    monkeypatch.setattr(CustomerRepository, "owners", owners)
    mine = put("web", "u1", email="ann@example.com")
    assert (rivals[0].status, mine.status) == (201, 200)
    assert mine.body["customer_id"] == rivals[0].body["customer_id"]


def test_what_two_channels_say_of_a_known_shopper_at_once_is_all_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    put("web", "u1", phone="+447700900001")
    reads = CustomerRepository.known
    rivals = [{"email": "ann@example.com"}]

    def known(self: CustomerRepository, *args: Any, **source: str) -> Any:
        found = reads(self, *args, **source)
        while rivals:
            put("pos", "t1", phone="+447700900001", **rivals.pop())
        return found

    monkeypatch.setattr(CustomerRepository, "known", known)
    last = whole(put("app", "a1", phone="+447700900001", loyalty_number="L42"))
    assert {one["type"] for one in last["identities"]} == {"channel", "phone", "email", "loyalty_number"}
    assert last["version"] == 3


def test_rivals_without_end_are_answered_as_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    saves = CustomerRepository.save_account

    def lose(*_: Any, **__: Any) -> Any:
        raise LostRace("somebody was faster")

    monkeypatch.setattr(CustomerRepository, "save_account", lose)
    answer = put("web", "u1", email="ann@example.com")
    assert (answer.status, answer.body["code"]) == (429, Busy.code)
    monkeypatch.setattr(CustomerRepository, "save_account", saves)
    assert put("web", "u1", email="ann@example.com").status == 201


def test_the_same_idempotency_key_answers_the_same() -> None:
    headers = {"Idempotency-Key": "k1"}
    web = Gateway(gateway.channel("web"))
    first = web.post("/v1/customers", said_by("web", "u1", email="a@b.c"), headers=headers)
    again = web.post("/v1/customers", said_by("web", "u1", email="a@b.c"), headers=headers)
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    assert again.headers["idempotent-replayed"] == "true"
    assert web.post("/v1/customers", said_by("web", "u2"), headers=headers).status == 422


def test_a_newer_statement_of_an_account_is_taken_over_and_the_old_address_still_points_here() -> None:
    first = put("web", "u1", email="old@example.com")
    second = put("web", "u1", email="new@example.com")
    assert second.body["email"] == "new@example.com"
    assert put("pos", "t1", email="old@example.com").body["customer_id"] == first.body["customer_id"]


@pytest.mark.parametrize(("field", "text"), [("email", "ann@localhost"), ("phone", "0770"), ("phone", "unknown")])
def test_what_nobody_could_be_reached_under_is_refused_where_it_can_be_corrected(field: str, text: str) -> None:
    told = put("web", "u1", **{field: text})
    assert (told.status, told.body["errors"][0]["pointer"]) == (422, f"/{field}")
    assert OPS.get("/v1/customers?channel=web&external_id=u1").body["items"] == []
    asked = OPS.post("/v1/customers/resolve", {"records": [{"email": "ann@example.com"}, {field: text}]})
    assert (asked.status, asked.body["errors"][0]["pointer"]) == (422, f"/records/1/{field}")
    customer_id = put("web", "u1", email="ann@example.com").body["customer_id"]
    changed = OPS.send("PATCH", f"/v1/customers/{customer_id}", {field: text})
    assert (changed.status, changed.body["errors"][0]["pointer"]) == (422, f"/{field}")


def test_a_number_of_the_shops_country_finds_its_owner_with_and_without_the_country_code() -> None:
    customer_id = put("web", "u1", phone="07700 900001").body["customer_id"]
    for query in ("07700900001", "%2B44 7700 900001"):
        (found,) = OPS.get(f"/v1/customers?phone={query.replace(' ', '%20')}").body["items"]
        assert found["customer_id"] == customer_id
