"""What most shops do: five exact keys and union-find."""

from __future__ import annotations

from collections.abc import Mapping

from functions.customers.domain.matching.traits import Traits


def exact_keys(record: Traits) -> list[tuple[str, ...]]:
    """Card; e-mail; phone; name with birth date; name with postcode and house."""
    found: list[tuple[str, ...]] = []
    found += [("card", card) for card in record.cards]
    found += [("email", email) for email in record.emails]
    found += [("phone", phone) for phone in record.phones]
    if record.given and record.family:
        name = (record.given[0], record.family[0])
        found += [("born", *name, born) for born in record.births]
        found += [("home", *name, where.rsplit("|", 1)[0]) for where in record.places]
    return found


def joined_by_exact_keys(records: Mapping[str, Traits]) -> dict[str, str]:
    """The cluster of each record."""
    parent = {name: name for name in records}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    first: dict[tuple[str, ...], str] = {}
    for name, record in records.items():
        for key in exact_keys(record):
            parent[root(name)] = root(first.setdefault(key, name))
    return {name: root(name) for name in records}
