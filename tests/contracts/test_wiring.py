"""What the stack sends to a function is what it handles: event for event, route for route."""

from __future__ import annotations

import importlib

import pytest

from shared.http import Api
from shared.routes import ROUTES
from tests.support.contracts import all_contracts
from tests.support.template import queue_readers, queue_rules
from tests.support.wiring import inboxes

INBOXES = {name: reader for name, reader in queue_readers().items() if reader[1] != "importer"}
"""Queues of events. The queue of an import worker holds AWS's word of an upload, and its own."""


def sent_to(queue: str) -> set[str]:
    """`source detail-type` of everything that the rules put into a queue."""
    return {
        f"{source} {detail_type}"
        for pattern, queues in queue_rules().values()
        if queue in queues
        for source in pattern["source"]
        for detail_type in pattern["detail-type"]
    }


@pytest.mark.parametrize("queue", sorted(INBOXES))
def test_a_queue_gets_exactly_the_events_that_its_consumer_handles(queue: str) -> None:
    service, module = INBOXES[queue]
    handled = inboxes()[f"{service}.{module}"].handled
    assert sent_to(queue) == {f"{kind.source} {kind.detail_type}" for kind in handled}


def test_every_consumer_has_its_queue() -> None:
    assert {".".join(reader) for reader in INBOXES.values()} == set(inboxes())


def test_every_event_that_a_rule_names_has_a_contract() -> None:
    known = {f"{kind.source} {kind.detail_type}" for kind in all_contracts()}
    assert set().union(*(sent_to(queue) for queue in queue_readers())) <= known


class Room(Api):
    """Takes note of what a room binds, and opens none by itself."""

    def bound_by(self, room: str) -> set[str]:
        importlib.import_module(f"functions.{self.service}.{room}").bind(self)
        return set(self._operations)


@pytest.mark.parametrize(("service", "room"), sorted({(one.service, one.room) for one in ROUTES if one.room != "api"}))
def test_a_room_binds_exactly_the_operations_that_the_table_of_routes_gives_it(service: str, room: str) -> None:
    """What is imported at first use must not fail there: every room is opened here."""
    wanted = {one.operation for one in ROUTES if (one.service, one.room) == (service, room)}
    assert Room(service).bound_by(room) == wanted


@pytest.mark.parametrize("service", sorted({one.service for one in ROUTES}))
def test_every_route_is_answered_by_an_operation(service: str) -> None:
    api = importlib.import_module(f"functions.{service}.api").handler
    assert [one.route for one in api.operations()] == [one for one in ROUTES if one.service == service]
