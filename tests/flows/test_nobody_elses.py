"""No route answers with another customer's data: everybody who is not of the shop's desk, on every route of the table,
with the ids of somebody else, of somebody linked and of somebody forgotten. Made from route table and models."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from functions.customers.service import Customers
from functions.orders import api as orders_api
from functions.orders import presenting
from functions.orders.domain.order import Order
from functions.orders.views import OrderView
from shared.auth import Caller
from shared.http import Operation
from shared.routes import Reach, Role
from tests.support import gateway, traces
from tests.support.flow import Chaos, Flow
from tests.support.gateway import Answer, Gateway
from tests.support.operations import operations
from tests.support.shopper_edges import Edges
from tests.support.shopper_life import Life

STRANGERS = {
    Role.CHANNEL: gateway.channel("market"),
    Role.ASSOCIATE: gateway.associate("S9"),
    Role.CUSTOMER: gateway.customer("C-somebody"),
}
MAKES_ITS_OWN = frozenset({"place_order", "place_reservation", "put_customer", "open_cart", "resolve_customers"})
"""What a stranger may do for itself: it may succeed, but tells nothing of the other. Whoever states a shopper's own
mailbox or card in an account or an order is a channel that the shopper came through: see the test of just that."""
TOGETHER = (("channel", "external_id"), ("channel", "channel_order_id"))
"""What a query names together."""
TOLD_OF_ERASING = frozenset({"get_erasure", "erase_customer"})
"""What staff may still ask by the id of somebody forgotten: how far the forgetting is."""
IDENTITIES = frozenset({"email", "phone", "loyalty_number", "external_id"})
WELL_FORMED = 0.9
"""So many of the calls must get beyond the models; a refused body would say nothing about whose data it is."""


def call(who: str, method: str, path: str, body: Any = None, key: str | None = None) -> Answer:
    tokens = {"ops": gateway.ops(), "desk": gateway.service_desk()}
    headers = {"Idempotency-Key": key} if key else {}
    return Gateway(tokens.get(who) or gateway.channel(who)).send(method, path, body, headers=headers)


def example(schema: dict[str, Any], root: dict[str, Any], ids: dict[str, str], name: str = "") -> Any:
    """A body that the model accepts, with the given ids where it asks for one of that name."""
    if "$ref" in schema:
        return example(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root, ids, name)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            options = [one for one in schema[choice] if one.get("type") != "null"]
            return example(options[0], root, ids, name)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            wanted = [*schema.get("required", ()), *(key for key in schema.get("properties", {}) if key in ids)]
            return {key: example(schema["properties"][key], root, ids, key) for key in dict.fromkeys(wanted)}
        case "array":
            return [example(schema["items"], root, ids, name.removesuffix("s"))] * max(1, schema.get("minItems", 1))
        case "integer":
            return max(1, schema.get("minimum", 1))
        case "number":
            return max(1.0, schema.get("minimum", 1.0))
        case "boolean":
            return True
    if name in ids:
        return ids[name]
    match schema.get("format"):
        case "date-time":
            return "2026-11-21T10:00:00Z"
        case "date":
            return "1983-07-19"
    known = {"currency": "GBP", "country": "GB", "email": "x@example.com", "phone": "+447700900999"}
    return known.get(name, "X" * max(3, schema.get("minLength", 3)))


@dataclass(frozen=True)
class Somebody:
    """Whose data must not be seen: words that occur nowhere else, and the ids that lead to them."""

    words: set[str]
    ids: dict[str, str]


def requests(operation: Operation, somebody: Somebody) -> list[tuple[str, Any]]:
    """Paths (with queries) and bodies by which one could reach the other's data."""
    path = operation.route.path
    for name, value in somebody.ids.items():
        path = path.replace(f"{{{name}}}", value)
    while "{" in path:
        path = path[: path.index("{")] + "x" + path[path.index("}") + 1 :]
    if operation.body is not None:
        schema = operation.body.model_json_schema()
        named = {name: value for name, value in somebody.ids.items() if name not in IDENTITIES}
        return [(path, example(schema, schema, named))]
    fields = operation.query.model_fields if operation.query else {}
    alone = [(name,) for name in fields if name in somebody.ids]
    together = [names for names in TOGETHER if all(name in fields for name in names)]
    asked = ["&".join(f"{name}={quote(somebody.ids[name])}" for name in names) for names in (*alone, *together)]
    return [(path, None), *((f"{path}?{query}", None) for query in asked)]


def told_to_outsiders(somebody: Somebody) -> list[str]:
    """What strangers hear who may call a route for all that it answers, or who need no token at all."""
    seen = []
    for operation in operations():
        route = operation.route
        open_to: list[Role | None] = [role for role in STRANGERS if route.access.get(role) is Reach.ALL]
        for role in [None] if route.public else open_to:
            for path, body in requests(operation, somebody):
                answer = Gateway(STRANGERS[role] if role else None).send(route.method, path, body)
                if found := {word for word in traces.found_in(answer.body, somebody.words) if word not in path}:
                    seen.append(f"{role or 'anybody'} {route.method} {path} {answer.status} tells {sorted(found)[:3]}")
    return seen


def reached(somebody: Somebody, *, nobody: bool = False, reading: bool = False) -> tuple[list[str], float]:
    """What strangers got to see of somebody, and the share of the calls that got beyond the models.

    `nobody`: the ids belong to nobody any more, so that even staff must not find them (customers' routes).
    `reading`: only what changes nothing.
    """
    seen, calls, refused = [], 0, 0
    for operation in operations():
        if reading and operation.route.method != "GET":
            continue
        for role, reach in operation.route.access.items():
            staff = nobody and operation.route.service == "customers"
            if (reach is not Reach.OWN and not staff) or (reach is Reach.OWN and role not in STRANGERS):
                continue
            token = STRANGERS.get(role) or {Role.OPS: gateway.ops(), Role.SERVICE_DESK: gateway.service_desk()}[role]
            for path, body in requests(operation, somebody):
                answer = Gateway(token).send(operation.route.method, path, body)
                calls += 1
                refused += answer.status in {400, 422}
                found = traces.found_in(answer.body, somebody.words) - {word for word in somebody.words if word in path}
                what = f"{role} {operation.route.method} {path} {answer.status}"
                if found:
                    seen.append(f"{what} tells {sorted(found)[:3]}")
                owned = "{" in operation.route.path and operation.route.operation not in MAKES_ITS_OWN
                repeated = staff and operation.route.operation in TOLD_OF_ERASING
                if owned and answer.status < 300 and not repeated:
                    seen.append(f"{what} answers")
    return seen, 1 - refused / calls


def ids_of(life: Life) -> dict[str, str]:
    order_id = life.orders["ship"]
    work, *_ = call("ops", "GET", f"/v1/fulfilment-orders?order_id={order_id}").body["items"]
    merges = call("ops", "GET", f"/v1/customers/{life.customer_id}").body["merges"]
    return {
        "customer_id": life.customer_id,
        "order_id": order_id,
        "fulfilment_order_id": work["fulfilment_order_id"],
        "reservation_id": f"H-hold-{life.suffix}",
        "cart_id": life.word("Cart"),
        "guest_cart_id": life.word("Cart"),
        "return_id": f"R-{life.suffix}",
        "merge_id": merges[0]["merge_id"] if merges else "M-1",
        "exception_id": f"{order_id}:STUCK",
        "hold_id": "H1",
        "location_id": "S1",
        "wave_id": f"WAVE-{life.suffix}",
        "manifest_id": f"TRUCK-{life.suffix}",
        "movement_id": f"open-S1-{life.suffix}",
        "transfer_id": f"{order_id}.1",
        "request_id": "E-1",
        "purpose": life.word("Purpose"),
        "document": "packing-slip",
        "channel_order_id": f"W-{life.suffix}",
        "external_id": life.word("Account"),
        "owner": life.mail().lower(),
        "email": life.mail(),
        "phone": life.phone(),
        "loyalty_number": life.word("Card"),
        "channel": "market",
        "line_id": "1",
        "sku": life.sku,
    }


@pytest.fixture
def somebody(flow: Flow) -> tuple[Life, Somebody]:
    life = Life(call, flow.settle, suffix="7")
    life.live()
    few = Edges(life)
    few.wait_at_the_kerb()
    few.exchange()
    return life, Somebody(life.words, ids_of(life))


KIND = pytest.mark.parametrize("flow", [Chaos()], indirect=True, ids=["kind"])


@KIND
def test_strangers_reach_nothing_of_somebody_by_any_route(somebody: tuple[Life, Somebody]) -> None:
    seen = told_to_outsiders(somebody[1])
    assert not seen, "\n".join(seen)
    seen, share = reached(somebody[1])
    assert not seen, "\n".join(seen)
    assert share >= WELL_FORMED


@KIND
def test_every_id_by_which_a_route_finds_somebody_is_tried(somebody: tuple[Life, Somebody]) -> None:
    """A new route with an id of a new kind must say here whose it is, else it would be asked with an id of nobody."""
    untried = {
        name
        for operation in operations()
        if Reach.OWN in operation.route.access.values()
        for name in re.findall(r"{(\w+)}", operation.route.path)
        if name not in somebody[1].ids
    }
    assert untried == set()


def told_to_a_channel_of(market: Gateway, person: Somebody) -> tuple[set[str], int]:
    """Every word that a channel of the person hears on all routes, but in its own questions, and how many answered."""
    seen: set[str] = set()
    asked = 0
    for operation in operations():
        if operation.route.access.get(Role.CHANNEL) is not Reach.OWN:
            continue
        for path, body in requests(operation, person):
            answer = market.send(operation.route.method, path, body)
            asked += answer.status < 300
            seen |= {word for word in traces.found_in(answer.body, person.words) if word not in path}
    return seen, asked


@KIND
def test_a_channel_that_states_somebodys_mailbox_phone_and_card_learns_nothing_more(
    somebody: tuple[Life, Somebody], monkeypatch: pytest.MonkeyPatch
) -> None:
    life, person = somebody
    name = {"given": life.word("Given"), "family": life.word("Family")}
    contact = {"email": life.mail(), "phone": person.ids["phone"], "loyalty_number": life.word("Card")}
    said = {"source": {"channel": "market", "external_id": "M-1"}, "name": name} | contact
    market = Gateway(gateway.channel("market"))
    answer = market.post("/v1/customers", said)
    assert answer.body["customer_id"] == life.customer_id, "it is the same person"
    stated = {life.word("Given"), life.word("Family"), life.word("Mail"), life.word("Card"), life.mail()}
    stated |= {word for word in person.words if word in life.phone()}
    allowed = stated | {life.word("Purpose")}  # what holds of consents is for everybody who sends something
    assert traces.found_in(answer.body, person.words) <= allowed
    seen, asked = told_to_a_channel_of(market, person)
    assert seen <= allowed
    assert asked >= 10, "it is a channel of the shopper, and may ask"
    shown = market.get(f"/v1/customers/{life.customer_id}").body
    assert (shown["channels"], shown["merges"], shown["birth_date"], shown["address"]) == (["market"], [], None, None)
    assert market.get(f"/v1/customers/{life.customer_id}/loyalty/ledger").status == 403
    assert market.get(f"/v1/customers/{life.customer_id}/figures").body["channels_used"] == []
    with monkeypatch.context() as planted:
        planted.setattr(Customers, "as_seen_by", lambda _self, _channel, _tree, customer: customer)
        assert told_to_a_channel_of(market, person)[0] - allowed, "a planted leak is noticed"


@KIND
def test_ids_of_linked_customers_reach_no_further(somebody: tuple[Life, Somebody]) -> None:
    life, _ = somebody
    (merge,) = call("ops", "GET", f"/v1/customers/{life.customer_id}").body["merges"]
    branch = merge["members"][0]
    seen, _ = reached(Somebody(life.words, somebody[1].ids | {"customer_id": branch}))
    assert not seen, "\n".join(seen)
    own = Gateway(gateway.customer(branch)).get(f"/v1/customers/{life.customer_id}")
    assert own.status == 200, "but who is linked is the same person"


@KIND
def test_ids_of_the_forgotten_reach_nothing_for_anybody(somebody: tuple[Life, Somebody], flow: Flow) -> None:
    life, person = somebody
    call("desk", "POST", f"/v1/customers/{life.customer_id}/erase", {"request_id": "E-1"})
    flow.settle()
    seen, _ = reached(person, nobody=True)
    assert not seen, "\n".join(seen)
    token = Gateway(gateway.customer(life.customer_id))
    assert token.get("/v1/orders").body["items"] == []
    assert token.get(f"/v1/customers/{life.customer_id}").status == 404


HOLES = {
    "any channel": ("own_channel", property(lambda self: setattr(self, "checked", True))),
    "any shopper": ("own_customer_id", property(lambda self: setattr(self, "checked", True))),
    "any place": ("own_locations", property(lambda self: setattr(self, "checked", True))),
    "any owner": ("require", lambda self, **_: setattr(self, "checked", True)),
}


@KIND
def test_the_matrix_notices_a_route_that_forgets_to_ask(
    somebody: tuple[Life, Somebody], monkeypatch: pytest.MonkeyPatch
) -> None:
    for hole, (name, instead) in HOLES.items():
        with monkeypatch.context() as planted:
            planted.setattr(Caller, name, instead)
            seen, _ = reached(somebody[1], reading=True)
        assert any("tells" in one for one in seen), hole
    shown = presenting.order_view

    def telling(order: Order, *, codes: bool) -> OrderView:
        return shown(order, codes=codes).model_copy(update={"channel": str(order.contact.name)})

    monkeypatch.setattr(orders_api, "order_view", telling)
    assert told_to_outsiders(somebody[1]), "a route that is open to every associate, and says whose it is"
