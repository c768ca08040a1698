"""The customer as a view of statements."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

from functions.customers.domain.customer import MAX_IDENTITIES, Customer, as_seen_by, linkable, told
from functions.customers.domain.identity import Conflict, Identity, IdentityType, Statement, identities_of
from functions.customers.domain.profile import Choices, Origin, Profile, attributed, chosen_by
from functions.customers.facts import link_facts
from shared.addresses import Address
from shared.dynamo.documents import Document
from tests.unit.customers.samples import link

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
NOBODY = Customer("C-1", AT)


def tell(customer: Customer, statement: Statement) -> Customer:
    new, _ = linkable(customer, identities_of(statement))
    return told(customer, statement, new)


def test_the_newest_value_of_each_field_wins_whatever_the_order_of_arrival() -> None:
    statements = [
        Statement("web", AT, given="Ann", family="Lee", email="old@example.com"),
        Statement("pos", AT + timedelta(hours=1), family="Leigh", phone="+447700900001"),
        Statement("app", AT + timedelta(hours=2), email="new@example.com"),
    ]
    for order in permutations(statements):
        customer = NOBODY
        for statement in order:
            customer = tell(customer, statement)
        values = {name: said.value for name, said in vars(customer.profile).items() if said}
        assert values == {"given": "Ann", "family": "Leigh", "email": "new@example.com", "phone": "+447700900001"}
        assert {one.identity for one in customer.identities} == {
            Identity(IdentityType.EMAIL, "old@example.com"),
            Identity(IdentityType.EMAIL, "new@example.com"),
            Identity(IdentityType.PHONE, "+447700900001"),
        }
        assert set(customer.channels) == {"web", "pos", "app"}


def test_the_same_statement_again_changes_nothing() -> None:
    statement = Statement("web", AT, external_id="1", given="Ann", email="ann@example.com")
    once = tell(NOBODY, statement)
    assert tell(once, statement) == once


def test_where_one_order_goes_is_not_where_its_shopper_lives() -> None:
    home, office = Address("1 High St", "Leeds", "GB"), Address("2 Low St", "York", "GB")
    customer = tell(NOBODY, Statement("web", AT, external_id="1", address=home))
    customer = tell(customer, Statement("web", AT + timedelta(days=1), order_id="O-1", address=office))
    assert customer.profile.address is not None
    assert customer.profile.address.value == home


def test_a_number_typed_for_everyone_does_not_collect_identities_without_end() -> None:
    many = [Identity(IdentityType.EMAIL, f"{n}@example.com") for n in range(MAX_IDENTITIES + 2)]
    new, conflicts = linkable(NOBODY, many)
    assert len(new) == MAX_IDENTITIES
    assert conflicts == (Conflict("email"), Conflict("email"))


def test_a_stored_customer_reads_back_the_same() -> None:
    document = Document(Customer)
    home = Address("1 High St", "Leeds", "GB")
    customer = tell(NOBODY, Statement("web", AT, external_id="1", given="Ann", email="a@b.c", address=home))
    assert document.load(document.dump(customer)) == customer


def test_a_new_link_is_told_and_an_unchanged_one_is_not() -> None:
    (event,) = link_facts(None, link(customer_id="C-1"))
    assert event.model_dump() == {"order_id": "O-1", "customer_id": "C-1"}
    assert list(link_facts(link(customer_id="C-1"), link(customer_id="C-1"))) == []


def test_of_several_values_the_most_trusted_is_shown_then_the_newest() -> None:
    later = AT + timedelta(days=1)
    statements = [
        Statement("legacy", later, external_id="1", phone="+447700900001", email="a@b.example.com", imported=True),
        Statement("web", AT, external_id="1", phone="+447700900002"),
        Statement("web", later, order_id="O-1", phone="+447700900003", email="o@b.example.com"),
        Statement("service_desk", later, phone="+447700900004"),
    ]
    for order in permutations(statements):
        customer = NOBODY
        for statement in order:
            customer = tell(customer, statement)
        shown = {name: (one.value, one.origin) for name, one in customer.profile.stated().items()}
        assert shown == {"phone": ("+447700900004", Origin.PROFILE), "email": ("o@b.example.com", Origin.ORDER)}


def test_a_channel_knows_what_it_said_itself_and_no_more() -> None:
    web = Statement("web", AT, external_id="u1", given="Ann", email="ann@example.com", birth_date="1980-02-03")
    pos = Statement("pos", AT, external_id="t1", family="Lee", email="ann@example.com", phone="+447700900001")
    order = Statement("market", AT + timedelta(days=1), order_id="O-1", full_name="A Lee", email="a2@example.com")
    customer = NOBODY
    for statement in (web, pos, order):
        customer = tell(customer, statement)
    seen = as_seen_by("pos", customer, [web, pos])
    assert {name: one.value for name, one in seen.profile.stated().items()} == {
        "family": "Lee",
        "email": "ann@example.com",
        "phone": "+447700900001",
    }
    assert seen.channels == ("pos",)
    assert {(one.type, one.channel) for one in seen.identities} == {
        (IdentityType.CHANNEL, "pos"),
        (IdentityType.EMAIL, "pos"),
        (IdentityType.PHONE, "pos"),
    }
    guest = as_seen_by("market", customer, [web, pos])
    assert {name: one.value for name, one in guest.profile.stated().items()} == {"full_name": "A Lee"}
    assert as_seen_by("app", customer, [web, pos]).profile == Profile()


def test_each_choice_tells_who_made_it() -> None:
    first = attributed(Choices(), Choices(preferences=(("size", "M"),), tags=("vip",)), channel="service_desk", at=AT)
    both = (("size", "L"), ("tea", "green"))
    second = attributed(first, replace(first, preferences=both), channel="app", at=AT + timedelta(days=1))
    assert {(one.name, one.channel) for one in second.sources} == {
        ("preferences.size", "app"),
        ("preferences.tea", "app"),
        ("tags", "service_desk"),
    }
    assert attributed(second, second, channel="web", at=AT) is second
    own = chosen_by("app", second)
    assert (own.preferences, own.tags) == (both, ())
    assert {one.name for one in attributed(second, Choices(), channel="app", at=AT).sources} == set()
