"""The ways of shoppers that faults are put on, and what must be true at their ends."""

from __future__ import annotations

from typing import Any

from tests.support import gateway
from tests.support.faults import Insistent, Way, World
from tests.support.shop import line, open_shop, order

OPS = gateway.ops()
MAIL, CARD = "ann@example.com", "L42"
ACCOUNTS = {"pos": {"loyalty_number": CARD}, "web": {"email": MAIL}, "app": {"email": MAIL, "loyalty_number": CARD}}
"""The till knows a card, the web shop a mailbox; the app knows both, and so that they are one."""


def said_by(channel: str) -> dict[str, Any]:
    source = {"channel": channel, "external_id": f"{channel}-1"}
    return {"source": source, "name": {"given": "Ann", "family": "Lee"}, **ACCOUNTS[channel]}


def put(caller: Insistent, channel: str) -> None:
    answer = caller.post("/v1/customers", said_by(channel))
    assert answer.status in (200, 201), answer.body


def _apart(world: World) -> None:
    for channel in ("pos", "web"):
        put(world.caller(gateway.channel(channel)), channel)
    world.settle()


def _account_of_both(world: World) -> None:
    put(world.caller(gateway.channel("app")), "app")
    world.settle()


def _guest(world: World) -> None:
    """A card that the till has seen, a guest who has left a mailbox, and stock."""
    put(world.caller(gateway.channel("pos")), "pos")
    _place(world, "W-1", {"email": MAIL, "name": "Ann Lee"})


def _place(world: World, number: str, customer: dict[str, str]) -> None:
    if number == "W-1":
        open_shop(world.caller(OPS), stock={"DC1": {"MUG": 9}})
    body = order(number, [line("1", "MUG")], customer=customer)
    answer = world.caller(gateway.channel("web")).post("/v1/orders", body)
    assert answer.status in (200, 201), answer.body
    world.settle()


def _order_of_both(world: World) -> None:
    _place(world, "W-2", {"email": MAIL, "loyalty_number": CARD, "name": "Ann Lee"})


def _cart(world: World) -> None:
    """Two mugs in a cart that the web shop has opened."""
    open_shop(world.caller(OPS), stock={"DC1": {"MUG": 9}})
    web = world.caller(gateway.channel("web"))
    body = {"cart_id": "K-1", "channel": "web", "lines": [{"sku": "MUG", "quantity": 2}]}
    assert web.post("/v1/carts", body).status == 201
    world.settle()


def _hold_and_buy(world: World) -> None:
    """Held, one more, held anew, bought with the hold."""
    web = world.caller(gateway.channel("web"))
    assert web.post("/v1/carts/K-1/hold", {}).status == 202
    world.settle()
    cart = web.get("/v1/carts/K-1").body
    more = {"version": cart["version"], "lines": [{"sku": "MUG", "quantity": 3}]}
    assert web.put("/v1/carts/K-1/lines", more).status == 200
    world.settle()
    bought = web.post("/v1/carts/K-1/checkout", {"channel": "web", "channel_order_id": "W-1"}).body
    body = order("W-1", [line("1", "MUG", 3)], reservation_id=bought["reservation_id"])
    assert web.post("/v1/orders", body).status in (200, 201)
    world.settle()


WAYS = {
    way.name: way
    for way in (
        Way("an account joins two", _apart, _account_of_both),
        Way("an order joins two", _guest, _order_of_both),
        Way("a cart holds", _cart, _hold_and_buy),
    )
}


def look(world: World) -> Any:
    """Who is one with whom, what is told of them, and what the cart came to; ids, which are random, left out."""
    ops = world.caller(OPS)
    queries = [f"channel={channel}&external_id={channel}-1" for channel in ACCOUNTS]
    seen = []
    roots: list[str] = []
    for query in (*queries, f"email={MAIL}", f"loyalty_number={CARD}"):
        items = ops.get(f"/v1/customers?{query}").body["items"]
        roots += [one["customer_id"] for one in items if one["customer_id"] not in roots]
        seen += [(query, roots.index(one["customer_id"]), _person(one)) for one in items]
    stories = [sorted(_story(ops, root)) for root in roots]
    reviews = [len(ops.get(f"/v1/customers/reviews?state={state}").body["items"]) for state in ("OPEN", "DISMISSED")]
    return seen, stories, reviews, _bought(ops)


def _person(one: dict[str, Any]) -> Any:
    identities = sorted((each["type"], each["value"]) for each in one["identities"])
    return one["email"], one["loyalty_number"], sorted(one["channels"]), identities, len(one["merges"])


def _story(ops: Insistent, root: str) -> list[tuple[str, str]]:
    items = ops.get(f"/v1/customers/{root}/timeline?limit=200").body["items"]
    return [(one["kind"], one["summary"]) for one in items]


def _bought(ops: Insistent) -> Any:
    cart = ops.get("/v1/carts/K-1")
    if cart.status == 404:
        return None
    placed = [
        (one["status"], one["flags"], ops.get(f"/v1/reservations/{one['reservation_id']}").body["status"])
        for one in ops.get("/v1/orders?channel=web&channel_order_id=W-1").body["items"]
    ]
    stock = ops.get("/v1/inventory/MUG").body["positions"]
    counters = [(one["on_hand"], one["held"], one["allocated"]) for one in stock]
    return cart.body["status"], placed, counters
