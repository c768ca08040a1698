"""Merge, unmerge and the review queue, through the real handlers."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from functions.customers import catalogue
from functions.customers.catalogue import Catalogue
from functions.customers.repository import CustomerRepository
from shared.dynamo.table import Put
from tests.component.customers.shoppers import contact, placed, put, timeline, whole
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway

pytestmark = pytest.mark.usefixtures("aws")
DESK = Gateway(gateway.service_desk())
OPS = Gateway(gateway.ops())


def person(number: int, **fields: Any) -> str:
    """Somebody who is like nobody else."""
    name = {
        "given": ("Ann", "Bob", "Cleo", "Dirk", "Eve")[number],
        "family": ("Lee", "Moss", "Nye", "Orr", "Pym")[number],
    }
    return str(put("web", f"u{number}", name=name, email=f"{name['given']}@example.com", **fields).body["customer_id"])


def seen(customer_id: str) -> str:
    """All that is answered of a customer, byte for byte, but for the time of asking."""
    return json.dumps({**OPS.get(f"/v1/customers/{customer_id}").body, "as_of": ""}, sort_keys=True)


def merge(one: str, other: str) -> Answer:
    return DESK.post(f"/v1/customers/{one}/merge", {"other_customer_id": other, "reason": "she said so"})


def test_merged_customers_are_one_and_unmerged_they_are_as_before_byte_for_byte(bus: Bus) -> None:
    ann, bob = person(0), person(1)
    before = seen(ann), seen(bob)
    merged = merge(ann, bob)
    assert (merged.status, merged.body["members"]) == (200, [bob])
    both = OPS.get(f"/v1/customers/{bob}").body
    assert both["customer_id"] == ann
    assert len(both["identities"]) == 4
    for order, email in (("O-1", "ann@example.com"), ("O-2", "bob@example.com")):
        assert bus.deliver("customers", contact(order, email=email)) == []
        assert bus.deliver("customers", placed(order)) == []
    assert len(timeline(ann)["items"]) == len(timeline(bob)["items"]) == 2
    cut = DESK.post(f"/v1/customers/{ann}/unmerge", {"merge_id": merged.body["merge_id"]})
    assert cut.status == 200
    assert cut.body["undone_at"]
    assert (seen(ann), seen(bob)) == before
    assert [entry["order_id"] for entry in timeline(ann)["items"]] == ["O-1"]
    assert [entry["order_id"] for entry in timeline(bob)["items"]] == ["O-2"]


def test_links_and_cuts_are_told_to_the_others(bus: Bus) -> None:
    ann, bob = person(0), person(1)
    name = merge(ann, bob).body["merge_id"]
    merge(bob, ann)
    for _ in range(2):
        DESK.post(f"/v1/customers/{bob}/unmerge", {"merge_id": name})
    told = [(kind, data) for kind, data in bus.published("customers") if "inked" in kind]
    assert told == [
        ("CustomersLinked.v1", {"merge_id": name, "customer_id": ann, "linked_customer_ids": [bob]}),
        ("CustomersUnlinked.v1", {"merge_id": name, "customer_id": ann, "unlinked_customer_ids": [bob]}),
    ]


def test_random_merges_and_unmerges_restore_everybody() -> None:
    rng = random.Random(7)
    people = [person(number) for number in range(5)]
    before = {name: seen(name) for name in people}
    merges: list[str] = []
    for _ in range(12):
        one, other = rng.sample(people, 2)
        if merges and rng.random() < 0.4:
            name = merges.pop(rng.randrange(len(merges)))
            holders = [who for who in people if name in seen(who)]
            assert DESK.post(f"/v1/customers/{holders[0]}/unmerge", {"merge_id": name}).status == 200
        else:
            answer = merge(one, other)
            assert answer.status == 200
            merges += [] if answer.body["merge_id"] in merges else [answer.body["merge_id"]]
        roots = {OPS.get(f"/v1/customers/{who}").body["customer_id"] for who in people}
        assert len(roots) == len(people) - len(merges)
    for name in merges:
        holder = next(who for who in people if name in seen(who))
        assert DESK.post(f"/v1/customers/{holder}/unmerge", {"merge_id": name}).status == 200
    assert {name: seen(name) for name in people} == before


def test_what_cannot_be_merged_or_unmerged() -> None:
    ann = person(0)
    assert merge(ann, ann).body["code"] == "same_customer"
    assert merge(ann, "C-none").status == merge("C-none", ann).status == 404
    assert DESK.post(f"/v1/customers/{ann}/unmerge", {"merge_id": "M-none"}).body["code"] == "merge_not_found"
    for token in (gateway.channel("web"), gateway.customer(ann), gateway.associate("S1")):
        assert (
            Gateway(token).post(f"/v1/customers/{ann}/merge", {"other_customer_id": "x", "reason": "y"}).status == 403
        )


def test_a_shopper_and_a_channel_see_the_linked_customer_and_nobody_else() -> None:
    ann, bob, eve = person(0), person(1), person(4)
    merge(ann, bob)
    for token in (ann, bob):
        shopper = Gateway(gateway.customer(token))
        assert shopper.get(f"/v1/customers/{ann}").status == shopper.get(f"/v1/customers/{bob}").status == 200
        assert shopper.get(f"/v1/customers/{eve}").status == 404
    assert Gateway(gateway.customer(eve)).get(f"/v1/customers/{bob}").status == 404
    assert Gateway(gateway.channel("pos")).get(f"/v1/customers/{bob}").status == 404


def test_two_merges_at_once_end_in_one_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob, cleo = person(0), person(1), person(2)
    saves, rival = Catalogue.save_link, [(cleo, ann)]

    def save_link(self: Catalogue, **options: Any) -> None:
        while rival:
            merge(*rival.pop())
        saves(self, **options)

    monkeypatch.setattr(Catalogue, "save_link", save_link)
    assert merge(ann, bob).status == 200
    assert {OPS.get(f"/v1/customers/{who}").body["customer_id"] for who in (ann, bob, cleo)} == {cleo}


def family(**fields: Any) -> str:
    return str(put("pos", "t9", name={"given": "Bob", "family": "Lee"}, **fields).body["customer_id"])


def test_a_review_can_be_dismissed_for_good_or_merged() -> None:
    ann = str(put("web", "u1", email="lee@example.com").body["customer_id"])
    bob = family(email="lee@example.com")
    (review,) = DESK.get("/v1/customers/reviews").body["items"]
    path = f"/v1/customers/reviews/{review['review_id']}/dismiss"
    assert [DESK.post(path).body["state"] for _ in range(2)] == ["DISMISSED", "DISMISSED"]
    family(email="lee@example.com", phone="+447700900001")
    assert DESK.get("/v1/customers/reviews").body["items"] == []
    assert merge(ann, bob).status == 200
    assert DESK.get("/v1/customers/reviews?state=MERGED").body["items"][0]["review_id"] == review["review_id"]
    assert DESK.post(path).body["code"] == "review_decided"
    assert DESK.post("/v1/customers/reviews/none/dismiss").status == 404
    assert Gateway(gateway.channel("web")).get("/v1/customers/reviews").status == 403


def test_those_whom_a_person_took_apart_are_not_linked_by_evidence_again() -> None:
    card = put("pos", "t1", loyalty_number="L42").body["customer_id"]
    mail = put("web", "u1", email="ann@example.com").body["customer_id"]
    (link,) = whole(put("app", "a1", loyalty_number="L42", email="ann@example.com"))["merges"]
    DESK.post(f"/v1/customers/{card}/unmerge", {"merge_id": link["merge_id"]})
    put("social", "s1", loyalty_number="L42", email="ann@example.com")
    roots = {OPS.get(f"/v1/customers/{who}").body["customer_id"] for who in (card, mail)}
    assert len(roots) == 2


def test_a_question_keeps_nothing_and_shows_its_evidence() -> None:
    ann = put("web", "u1", email="ann@example.com").body["customer_id"]
    known = {"name": {"given": "Anne", "family": "Lee"}, "email": "ann@example.com"}
    answer = OPS.post("/v1/customers/resolve", {"records": [known, {"email": "new@example.com"}]})
    first, second = answer.body["items"]
    assert (first["customer_id"], second["customer_id"]) == (ann, None)
    (candidate,) = first["candidates"]
    assert candidate["score"] == pytest.approx(sum(term["bits"] for term in candidate["evidence"]), abs=0.02)
    assert candidate["score"] >= first["threshold"]
    assert OPS.get("/v1/customers?email=new@example.com").body["items"] == []
    assert Gateway(gateway.channel("pos")).post("/v1/customers/resolve", {"records": [known]}).body["items"] == [
        {"customer_id": None, "threshold": first["threshold"], "candidates": []}
    ]
    assert OPS.post("/v1/customers/resolve", {"records": []}).status == 422


def test_an_order_never_joins_two_account_holders_for_anybody_may_type_anybodys_mailbox(bus: Bus) -> None:
    victim = put("web", "u1", email="ann@example.com").body["customer_id"]
    thief = put("app", "a1", phone="+447700900001").body["customer_id"]
    assert victim != thief
    assert (
        bus.deliver("customers", contact("O-1", email="ann@example.com", phone="+447700900001", name="Ann Lee")) == []
    )
    assert Gateway(gateway.customer(thief)).get(f"/v1/customers/{victim}").status == 404
    (review,) = DESK.get("/v1/customers/reviews").body["items"]
    assert sorted(review["customer_ids"]) == sorted((victim, thief))


def test_an_order_joins_a_guest_to_an_account(bus: Bus) -> None:
    account = put("web", "u1", email="ann@example.com").body["customer_id"]
    assert bus.deliver("customers", contact("O-1", phone="+447700900001", name="Ann Lee")) == []
    both = contact("O-2", email="ann@example.com", phone="+447700900001", name="Ann Lee")
    assert bus.deliver("customers", both) == []
    assert len(timeline(account)["items"]) == 0
    assert len(OPS.get(f"/v1/customers/{account}").body["merges"]) == 1


def at_once(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Two records of one person without one common identity, the second between the first one's reading and writing."""
    saves = CustomerRepository.save_account
    answers: list[str] = []
    born = {"birth_date": "1980-05-06"}

    def save_account(self: CustomerRepository, *args: Any, **options: Any) -> Any:
        if not answers:
            answers.append("")
            answers[0] = put("pos", "t1", loyalty_number="L42", **born).body["customer_id"]
        return saves(self, *args, **options)

    monkeypatch.setattr(CustomerRepository, "save_account", save_account)
    return {put("web", "u1", email="ann@example.com", **born).body["customer_id"], answers[0]}


def test_two_records_of_one_person_who_share_no_identity_end_as_one_at_once_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert len(at_once(monkeypatch)) == 1


def test_it_is_the_guarded_keys_that_make_them_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted bug: unguarded keys."""
    monkeypatch.setattr(catalogue, "_guarded", lambda row, _version: Put(row, "attribute_not_exists(never)"))
    assert len(at_once(monkeypatch)) == 2
