"""Every example of the HTTP contract works as it stands, one after the other, in one shop."""

from __future__ import annotations

import json

import pytest

from shared.routes import ROUTES
from tests.support.examples import Story, differences, route_of, steps
from tests.support.flow import Flow

DOCUMENTS = ("get_document", "get_manifest_document", "get_pick_list", "get_wave_pick_list")
"""They answer PDF, ZPL or CSV."""
ELSEWHERE = (
    "decide_return", "dismiss_review", "drive_sandbox_carrier", "no_show", "open_shopper_link", "receive", "reshelve",
    "transfer", "use_shopper_link",
)  # fmt: skip
"""What the story does not come to: goods that travel to a store, who does not come, shorts. Flow tests show it."""


def test_the_story_of_the_examples_plays_as_told(aws: None) -> None:
    flow, story = Flow(), Story.begin()
    moved = False
    for step in steps():
        reads = step["call"].startswith("GET")
        if moved and (reads or "{" in step["call"]):  # what was said is heard before anybody looks, or goes on
            flow.settle()
            moved = False
        story.play(step)
        moved = moved or not reads


def test_every_route_has_an_example() -> None:
    shown = {route_of(step).operation for step in steps()}
    assert {route.operation for route in ROUTES} - shown == {*DOCUMENTS, *ELSEWHERE}


@pytest.mark.parametrize(
    ("promised", "found"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {}),
        ([{"a": 1}], []),
        ([], [1]),
        ({"a": [{"b": "..."}]}, {"a": [{}]}),
        ({"a": None}, {"a": 1}),
    ],
    ids=json.dumps,
)
def test_an_answer_that_breaks_its_promise_is_noticed(promised: object, found: object) -> None:
    assert list(differences(promised, found))
    assert not list(differences(promised, promised))
