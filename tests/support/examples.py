"""The examples of the HTTP contract (`docs/examples.json`): a story of calls, each with the answer to expect.

A call is `{"as", "call", "body"?, "status", "answer"?, "keep"?}`; what that means, the file itself says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared import clock
from shared.routes import ROUTES, Route
from tests.support import gateway
from tests.support.gateway import Answer, Gateway
from tests.support.generated import ROOT

ANY = "..."
SUCCESS_BELOW = 300
MOST_BODIES = 3
"""Shown of one operation."""


class MadeUp(dict[str, str]):
    """Values by their names; one that nobody gave is its name."""

    def __missing__(self, name: str) -> str:
        return name


SHOWN = MadeUp(
    {
        "now": "2026-11-21T10:00:00Z",
        "long_ago": "2026-09-21T10:00:00Z",
        "code": "K7M2QX",
        "bob": "C-BOB",
        "merge_id": "C-ANN.C-BOB",
        "order_id": "O-JAKNQAIHBVYNVA7O2UBIBWOK",
    }
)
"""What stands in the document for values that the story takes out of answers."""
Step = Mapping[str, Any]


def steps() -> list[Step]:
    """The whole story."""
    found: list[Step] = json.loads((ROOT / "docs/examples.json").read_text(encoding="utf-8"))["calls"]
    return found


def bodies() -> dict[str, list[dict[str, Any]]]:
    """For the OpenAPI document: by operation, different bodies of calls that went well, values of the story made up."""
    found: dict[str, list[dict[str, Any]]] = {}
    for step in steps():
        if "body" in step and step["status"] < SUCCESS_BELOW:
            shown = found.setdefault(route_of(step).operation, [])
            value = filled(step["body"], SHOWN)
            if len(shown) < MOST_BODIES and value not in [one["value"] for one in shown]:
                shown.append({"summary": f"{step['call']} as {step['as']}: {step['status']}", "value": value})
    return found


def route_of(step: Step) -> Route:
    """The row of the route table that a step calls."""
    method, _, path = step["call"].partition(" ")
    path = path.partition("?")[0]
    matched = gateway.match(re.sub(r"\{\w+\}", "x", path))
    assert matched, step["call"]
    (route,) = [route for route in ROUTES if (route.method, route.path) == (method, matched[1])]
    return route


def bearer(name: str, kept: Mapping[str, str]) -> Gateway:
    """Who calls: `ops`, `desk`, `shopper` (the story's customer), `nobody`, a place's associate, else a channel."""
    match name:
        case "ops":
            return Gateway(gateway.ops())
        case "desk":
            return Gateway(gateway.service_desk())
        case "shopper":
            return Gateway(gateway.customer(kept["customer_id"]))
        case "nobody":
            return Gateway(None)
    return Gateway(gateway.associate(name) if name[0].isupper() else gateway.channel(name))


@dataclass
class Story:
    """Plays steps and remembers what they keep."""

    kept: dict[str, str]

    @classmethod
    def begin(cls) -> Story:
        now = clock.now()
        return cls({"now": now.isoformat(), "long_ago": (now - timedelta(days=60)).isoformat()})

    def play(self, step: Step) -> Answer:
        """Call it. Fails when the answer is not what the example promises."""
        method, _, path = filled(step["call"], self.kept).partition(" ")
        answer = bearer(step["as"], self.kept).send(method, path, filled(step.get("body"), self.kept))
        assert answer.status == step["status"], f"{step['call']}: {answer.status} {answer.body}"
        wrong = list(differences(filled(step.get("answer", {}), self.kept), answer.body))
        assert not wrong, f"{step['call']}: {wrong}; answered {answer.body}"
        for name, place in step.get("keep", {}).items():
            value = answer.body
            for part in place.split("."):
                value = value[int(part)] if isinstance(value, list) else value[part]
            self.kept[name] = str(value)
        return answer


def filled(value: Any, kept: Mapping[str, str]) -> Any:
    """With every `{name}` replaced by what was kept under it."""
    match value:
        case str():
            return re.sub(r"\{(\w+)\}", lambda found: kept[found[1]], value)
        case list():
            return [filled(one, kept) for one in value]
        case dict():
            return {key: filled(one, kept) for key, one in value.items()}
    return value


def differences(promised: Any, found: Any, at: str = "") -> Iterator[str]:
    """Where an answer is not what an example promises: fields may be more, list entries not fewer."""
    if promised == ANY:
        return
    if isinstance(promised, dict) and isinstance(found, dict):
        for name, value in promised.items():
            if name in found:
                yield from differences(value, found[name], f"{at}/{name}")
            else:
                yield f"{at}/{name} is missing"
    elif isinstance(promised, list) and isinstance(found, list):
        if len(promised) > len(found) or (not promised and found):
            yield f"{at} has {len(found)} entries"
        for number, (value, other) in enumerate(zip(promised, found, strict=False)):
            yield from differences(value, other, f"{at}/{number}")
    elif promised != found:
        yield f"{at} is {found!r}, not {promised!r}"
