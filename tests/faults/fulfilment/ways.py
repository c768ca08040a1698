"""The ways of the work at the locations that faults are put on."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from types import ModuleType
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from functions.fulfilment import optimiser, timer
from tests.faults.orders.ways import OPS, WEB, the_order
from tests.faults.orders.ways import look as look_at_order
from tests.support.faults import MAX_TRIES, Crash, Way, World, inside
from tests.support.gateway import Gateway
from tests.support.local_aws import running_as
from tests.support.shop import line, open_shop, order, receive

STOCK = {"DC1": {"MUG": 10, "LAMP": 5, "VASE": 1}, "S1": {"MUG": 4, "LAMP": 4}, "S2": {"LAMP": 1}}


def send(world: World, path: str, body: dict[str, Any] | None = None, *, ok: tuple[int, ...] = (200,)) -> Any:
    answer = world.caller(OPS).post(path, body or {})
    assert answer.status in ok, (path, answer.status, answer.body)
    return answer.body


def _placed(world: World, *lines: dict[str, Any]) -> None:
    open_shop(world.caller(OPS), stock=STOCK)
    world.settle()
    answer = world.caller(WEB).post("/v1/orders", order("W-1", list(lines)))
    assert answer.status == 201, answer.body
    world.settle()


def _collected(quantity: int) -> dict[str, Any]:
    return line("1", "LAMP", quantity, 4500, fulfilment={"method": "pickup", "location_id": "S1"})


def works(world: World) -> list[dict[str, Any]]:
    order_id = the_order(world)["order_id"]
    return list(world.caller(OPS).get(f"/v1/fulfilment-orders?order_id={order_id}").body["items"])


def step(world: World, work: dict[str, Any], name: str, body: dict[str, Any] | None = None) -> None:
    send(world, f"/v1/fulfilment-orders/{work['fulfilment_order_id']}/{name}", body)
    world.settle()


def pick_and_pack(world: World, work: dict[str, Any]) -> None:
    lines = [{"line_id": one["line_id"], "quantity": one["quantity"]} for one in work["lines"]]
    step(world, work, "acknowledge")
    step(world, work, "pick", {"lines": [{"line_id": o["line_id"], "picked": o["quantity"]} for o in lines]})
    step(world, work, "pack", {"parcels": [{"parcel_id": "P1", "lines": lines}]})


def to_ship(world: World) -> None:
    _placed(world, line("1", "MUG", 3, 1001))


def _short(world: World) -> None:
    """One unit is not found and one damaged; they come from the other place."""
    (first,) = works(world)
    step(world, first, "acknowledge")
    step(world, first, "pick", {"lines": [{"line_id": "1", "picked": 2}]})
    step(world, first, "reject", {"reason": "DAMAGED", "lines": [{"line_id": "1", "quantity": 1}]})
    step(world, first, "pack", {"parcels": [{"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": 1}]}]})
    label = {"parcel_id": "P1", "carrier": "sandbox", "tracking_number": "T1"}
    step(world, first, "ship", {"parcels": [label]})
    for other in works(world)[1:]:
        pick_and_pack(world, other)
        step(world, other, "ship", {"parcels": [label]})


def _ready(world: World) -> None:
    _placed(world, _collected(3))
    (work,) = works(world)
    pick_and_pack(world, work)
    step(world, work, "ready")


def _code(world: World) -> str:
    return str(the_order(world)["pickups"][0]["code"])


def _hand_over(world: World) -> None:
    """The shopper comes and gets one unit, comes again, and gets two of which one is refused."""
    (work,) = works(world)
    code = _code(world)
    step(world, work, "arrive", {"bay": "1"})
    step(world, work, "hand-over", {"code": code, "lines": [{"line_id": "1", "quantity": 1}]})
    step(world, work, "arrive", {"bay": "2"})
    refused = [{"line_id": "1", "quantity": 1, "reason": "CHANGED_MIND"}]
    step(world, work, "hand-over", {"code": code, "refused": refused})


def _no_show(world: World) -> None:
    """One unit is handed over, for the others nobody comes."""
    (work,) = works(world)
    step(world, work, "hand-over", {"code": _code(world), "lines": [{"line_id": "1", "quantity": 2}]})
    step(world, work, "no-show")
    step(world, work, "reshelve")


def _short_at_the_store(world: World) -> None:
    """One of two is not found; the shopper has it shipped to the store."""
    (work,) = works(world)
    step(world, work, "acknowledge")
    step(world, work, "pick", {"lines": [{"line_id": "1", "picked": 1}]})
    link = the_order(world)["pickups"][0]["link"]
    shopper = Gateway(None)
    answer = world.caller(shopper.claims).post(  # type: ignore[arg-type]  # a shopper has no token
        f"/v1/shopper-links/{link}", {"action": "choose", "option_id": "ship_to_store"}
    )
    assert answer.status == 200, answer.body
    world.settle()
    (travelling,) = [one for one in works(world) if one["destination_id"]]
    pick_and_pack(world, travelling)
    for name in ("transfer", "receive", "ready"):
        step(world, travelling, name)
    id_check = {"id_check": {"relation": "self", "document_last4": "12AB"}}
    step(world, travelling, "hand-over", id_check)


def better_off(world: World) -> None:
    """Goods arrive nearer to the shopper after the order has got its place."""
    open_shop(world.caller(OPS), stock={"S2": {"MUG": 10, "LAMP": 1, "VASE": 1}, "S1": {"MUG": 0}})
    world.settle()
    assert world.caller(WEB).post("/v1/orders", order("W-1", [line("1", "MUG", 3, 1001)])).status == 201
    world.settle()
    receive(world.caller(OPS), "late", "S1", [{"sku": "MUG", "quantity": 4}])
    world.settle()


def _job(world: World, module: ModuleType) -> None:
    """One run of a scheduled function; a run that fails comes again."""
    for _ in range(MAX_TRIES):
        with running_as("fulfilment"), inside(world.injector, module.__name__.removeprefix("functions.")):
            try:
                module.handler({}, None)
                break
            except (Crash, ClientError, ReadTimeoutError, ExceptionGroup):
                continue
    world.settle()


def _look_what_is_due(world: World) -> None:
    """The timer comes by again and again: a carrier that was busy is asked once more."""
    for minutes in (2, 5):
        world.it_is_later(timedelta(minutes=minutes))
        _job(world, timer)


def _moved(world: World) -> None:
    """The work moves before anybody begins; it is shipped from its new place."""
    _job(world, optimiser)
    open_ = [one for one in works(world) if one["status"] == "OPEN"]
    assert len(open_) == 1, "one place has the work"
    (work,) = open_
    pick_and_pack(world, work)
    step(world, work, "ship", {"parcels": [{"parcel_id": "P1", "carrier": "sandbox", "tracking_number": "T1"}]})


def _by_carrier(world: World) -> None:
    """Two parcels with labels; one is delivered, the other comes back to its sender."""
    (work,) = works(world)
    step(world, work, "acknowledge")
    step(world, work, "start-picking")
    step(world, work, "pick", {"lines": [{"line_id": "1", "picked": 3}]})
    units = {"P1": 2, "P2": 1}
    parcels = [{"parcel_id": name, "lines": [{"line_id": "1", "quantity": count}]} for name, count in units.items()]
    step(world, work, "pack", {"parcels": parcels})
    step(world, work, "labels", {"service": "express"})
    manifest = {"manifest_id": "MF-1", "location_id": work["location_id"]}
    send(world, "/v1/manifests", manifest, ok=(200, 201))
    world.settle()
    (sent,) = works(world)
    numbers = [one["tracking_number"] for one in sent["parcels"]]
    for event_id, number, status in (
        ("e1", numbers[0], "in_transit"),
        ("e2", numbers[0], "delivered"),
        ("e3", numbers[1], "return_to_sender"),
    ):
        said = {"event_id": event_id, "tracking_number": number, "status": status, "at": "2026-11-22T10:00:00Z"}
        send(world, "/v1/carriers/sandbox/tracking", said)
        world.settle()


def _held(world: World) -> None:
    """Held back while it is worked on, and let go again: the goods lie ready in the end."""
    (work,) = works(world)
    step(world, work, "acknowledge")
    path = f"/v1/orders/{work['order_id']}/holds"
    hold = {"hold_id": "H-1", "type": "FRAUD", "blocks": ["SHIP"], "reason": "looked at"}
    send(world, path, hold, ok=(200, 201))
    world.settle()
    (barred,) = works(world)
    assert (barred["status"], barred["held_from"]) == ("ON_HOLD", "ACKNOWLEDGED"), barred
    answer = world.caller(OPS).delete(f"{path}/H-1")
    assert answer.status in (200, 404), answer.body  # 404: it was done, and the answer lost
    world.settle()
    lines = [{"line_id": "1", "quantity": 2}]
    step(world, work, "pick", {"lines": [{"line_id": "1", "picked": 2}]})
    step(world, work, "pack", {"parcels": [{"parcel_id": "P1", "lines": lines}]})
    step(world, work, "ready")


def _two_at_a_store(world: World) -> None:
    """Work by two methods at one place."""
    curbside = line("2", "MUG", 2, 1001, fulfilment={"method": "curbside", "location_id": "S1"})
    _placed(world, _collected(2), curbside)


def _walked(world: World) -> None:
    """Both are taken on one walk, on which one is left unpicked; the next walk is for that one."""
    first, second = sorted(works(world), key=lambda one: str(one["method"]))
    ids = sorted([first["fulfilment_order_id"], second["fulfilment_order_id"]])
    taken = send(world, "/v1/waves", {"wave_id": "V-1", "location_id": "S1"}, ok=(200, 201))
    world.settle()
    assert (sorted(taken["fulfilment_order_ids"]), taken["to_pick"]) == (ids, 4), taken
    step(world, first, "pick", {"lines": [{"line_id": "2", "picked": 2}]})
    closed = send(world, "/v1/waves/V-1/close")
    world.settle()
    assert closed["left"] == [second["fulfilment_order_id"]], closed
    send(world, "/v1/waves", {"wave_id": "V-2", "location_id": "S1", "limit": 1}, ok=(200, 201))
    world.settle()
    step(world, second, "pick", {"lines": [{"line_id": "1", "picked": 2}]})
    send(world, "/v1/waves/V-2/close")
    world.settle()
    for work, line_id in ((first, "2"), (second, "1")):
        step(world, work, "pack", {"parcels": [{"parcel_id": "P1", "lines": [{"line_id": line_id, "quantity": 2}]}]})
        step(world, work, "ready")


def _cancelled_on_hold(world: World) -> None:
    """Packed work is held and cancelled; its label goes back to the carrier, the goods to their shelf."""
    (work,) = works(world)
    pick_and_pack(world, work)
    step(world, work, "labels")
    hold = {"hold_id": "H-1", "type": "FRAUD", "blocks": ["SHIP"], "reason": "looked at"}
    send(world, f"/v1/orders/{work['order_id']}/holds", hold, ok=(200, 201))
    world.settle()
    wanted = {"request_id": "X-1", "reason": "FRAUD"}
    send(world, f"/v1/orders/{work['order_id']}/cancel", wanted, ok=(200, 202))
    world.settle()
    _look_what_is_due(world)
    step(world, work, "reshelve")


def _packed(world: World) -> None:
    to_ship(world)
    pick_and_pack(world, works(world)[0])


def _packed_anew(world: World) -> None:
    """Whoever buys the labels gives up at the first thing that goes wrong; somebody else packs and labels anew."""
    (work,) = works(world)
    with suppress(Crash, ClientError, ReadTimeoutError), inside(world.injector, "fulfilment.api"):
        Gateway(OPS).post(f"/v1/fulfilment-orders/{work['fulfilment_order_id']}/labels", {"service": "express"})
    world.settle()
    step(world, work, "unpack")
    units = {"P2": 1, "P3": 2}
    parcels = [{"parcel_id": name, "lines": [{"line_id": "1", "quantity": count}]} for name, count in units.items()]
    step(world, work, "pack", {"parcels": parcels})
    step(world, work, "labels")
    step(world, work, "ship")
    _look_what_is_due(world)


def _waves(world: World) -> list[tuple[str, Any, Any]]:
    found = world.caller(OPS).get("/v1/waves?location_id=S1").body["items"]
    return sorted((one["wave_id"], one["status"], one["left"]) for one in found)


def look(world: World) -> dict[str, Any]:
    """How it ended, with the labels that were paid for and what was said of each parcel."""
    found = works(world)
    parcels = [one for work in found for one in work["parcels"]]
    labelled = {one["tracking_number"] for one in parcels if one["service"]}
    assert set(world.injector.bought.values()) == labelled, "a label is to be paid for that no parcel has"
    assert not [one for work in found for one in work["voids"] if one["status"] != "VOIDED"], "a label lies about"
    heard = [(one["parcel_id"], [event["status"] for event in one["tracking"]]) for one in parcels]
    return {
        **look_at_order(world),
        "parcels": sorted(heard),
        "holds": [(one["status"], one["holds"]) for one in found],
        "waves": _waves(world),
    }


WAYS = {
    way.name: way
    for way in (
        Way("short", to_ship, _short),
        Way("wave", _two_at_a_store, _walked),
        Way("cancelled on hold", to_ship, _cancelled_on_hold),
        Way("packed anew", _packed, _packed_anew),
        Way("hand over", _ready, _hand_over),
        Way("no-show", _ready, _no_show),
        Way("moved", better_off, _moved),
        Way("by carrier", to_ship, _by_carrier),
        Way("held", lambda world: _placed(world, _collected(2)), _held),
        Way("store short", lambda world: _placed(world, _collected(2)), _short_at_the_store),
    )
}
