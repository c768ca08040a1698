"""Links between customers: a forest that can be cut anywhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.customers.domain.customer import Customer, linkable, told
from functions.customers.domain.identity import Statement, identities_of
from functions.customers.domain.linking import (
    MAX_MEMBERS,
    MergeNotFound,
    TooManyMembers,
    Tree,
    as_one,
    linked,
    unlinked,
)
from functions.customers.facts import merge_facts
from shared.dynamo.documents import Document

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
NAMES = [f"C-{n}" for n in range(6)]


def link(one: Tree, other: Tree, name: str) -> Tree:
    return linked(one, other, merge_id=name, reason="same", by="ops", at=AT)[0]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 5), st.integers(0, 50)), max_size=40))
def test_random_links_and_cuts_keep_a_forest_and_every_cut_restores_what_was(
    steps: list[tuple[bool, int, int, int]],
) -> None:
    trees = {name: Tree(name) for name in NAMES}
    for number, (joining, a, b, which) in enumerate(steps):
        one, other = (next(t for t in trees.values() if NAMES[n] in t.members) for n in (a, b))
        if joining and one.root != other.root:
            after = link(one, other, f"M-{number}")
            rest, branch, _ = unlinked(after, f"M-{number}")
            assert (rest, branch) == (one, Tree(other.root, other.links)), "a cut at once is as if nothing had been"
            del trees[other.root]
            trees[one.root] = after
        elif not joining and one.links:
            cut = one.links[which % len(one.links)]
            rest, branch, _ = unlinked(one, cut.merge_id)
            assert branch.root == cut.branch
            trees[rest.root], trees[branch.root] = rest, branch
        members = sorted(name for tree in trees.values() for name in tree.members)
        assert members == NAMES, "everybody is in exactly one tree"
        assert all(len({each.branch for each in tree.links}) == len(tree.links) for tree in trees.values())


def test_an_unknown_link_cannot_be_cut() -> None:
    with pytest.raises(MergeNotFound):
        unlinked(Tree("C-1"), "M-1")


def test_one_person_has_a_bounded_number_of_customers() -> None:
    tree = Tree("C-0")
    for number in range(1, MAX_MEMBERS):
        tree = link(tree, Tree(f"C-{number}"), f"M-{number}")
    with pytest.raises(TooManyMembers):
        link(tree, Tree("C-x"), "M-x")


def customer(name: str, statement: Statement) -> Customer:
    new, _ = linkable(Customer(name, AT), identities_of(statement))
    return told(Customer(name, AT, version=1), statement, new)


def test_members_are_seen_as_one_with_the_newest_values() -> None:
    old = customer("C-1", Statement("web", AT, external_id="1", given="Ann", email="old@example.com"))
    new = customer("C-2", Statement("pos", AT.replace(hour=11), external_id="2", email="new@example.com"))
    one = as_one(link(Tree("C-1"), Tree("C-2"), "M-1"), {"C-1": old, "C-2": new})
    assert one.customer_id == "C-1"
    assert one.profile.email is not None
    assert one.profile.email.value == "new@example.com"
    assert one.channels == ("web", "pos")
    assert len(one.identities) == 4
    assert as_one(Tree("C-1"), {"C-1": old}) == old


def test_a_link_and_its_cut_are_told_once_each() -> None:
    tree, merge = linked(Tree("C-1"), link(Tree("C-2"), Tree("C-3"), "M-0"), merge_id="M-1", reason="", by="", at=AT)
    (event,) = merge_facts(None, merge)
    assert event.model_dump() == {
        "merge_id": "M-1",
        "customer_id": "C-1",
        "linked_customer_ids": ("C-2", "C-3"),
    }
    _, _, cut = unlinked(tree, "M-1")
    undone = cut.__class__(**{**vars(cut), "undone_at": AT})
    assert [type(one).__name__ for one in merge_facts(merge, undone)] == ["CustomersUnlinked"]
    assert list(merge_facts(merge, merge)) == []
    document = Document(Tree)
    assert document.load(document.dump(tree)) == tree
