"""One store's morning, as its associate sees it: worklist, a wave, a short, a guest at the curb, a hand-over."""

from __future__ import annotations

from typing import Any

from infra.local import staff
from infra.local.demo.floor import Floor, Order, must
from infra.local.demo.orders import BEN, CARA, DEV, order
from infra.local.patience import Client, until

STORE, NEXT_STORE = "S2", "S3"
BINS = {"CANDLE": "A2", "CUSHION": "A10", "MUG": "B1", "LAMP": "C4"}
WAVE = "manchester-1"


def store_morning(floor: Floor) -> str:
    """Three orders for Manchester are picked on one walk; the lamp is not on its shelf, and comes from Leeds."""
    ann = floor.associate(STORE)
    ann.put(f"/v1/worklists/{STORE}/bins", {"items": [{"sku": sku, "bin": shelf} for sku, shelf in BINS.items()]})
    guest, collected, parcel = _orders(floor)
    counts = ann.get(f"/v1/worklists/{STORE}")["counts"]
    told = [f"worklist   {', '.join(f'{count} {status}' for status, count in counts.items())}"]
    wave = ann.post("/v1/waves", {"wave_id": WAVE, "location_id": STORE}, expect=(201,))
    shelves = "  ".join(f"{one['bin']} {one['to_pick']}x{one['sku']}" for one in wave["lines"])
    told.append(f"wave       {len(wave['fulfilment_order_ids'])} orders on one walk: {shelves}")
    told.append(f"short      {_short(floor, ann, parcel)}")
    for one in (guest, collected):
        (mine,) = staff.of_order(ann, one["order_id"])
        staff.work(ann, mine)
    ann.post(f"/v1/waves/{WAVE}/close", {})
    told.append(f"curbside   {_curbside(floor, ann, guest)}")
    told.append(f"hand-over  {_hand_over(floor, ann, collected)}")
    floor.work(parcel)
    return "\n".join(["Manchester opens:", *(f"      {line}" for line in told)])


def _orders(floor: Floor) -> tuple[Order, Order, Order]:
    """For the curb, for the counter, and for a parcel; each sourced from the store."""
    cara = {"name": CARA.name}
    goods = {"CUSHION": 1, "CANDLE": 1}
    guest = floor.place(order("web", "W-1005", goods, method="curbside", at=STORE, customer=cara), "curbside")
    collected = floor.place(
        order("app", "A-2003", {"MUG": 1}, method="pickup", at=STORE, customer={"name": BEN.name}), "collected"
    )
    parcel = floor.place(order("web", "W-1006", {"LAMP": 1}, home=DEV, customer={"name": DEV.name}), "short, re-routed")
    for one in (guest, collected, parcel):
        floor.sourced(one)
    places = [share["location_id"] for share in floor.order(parcel)["shipments"]]
    must(places == [STORE], f"the lamp comes from {places} instead of {STORE}")
    return guest, collected, parcel


def _short(floor: Floor, ann: Client, parcel: Order) -> str:
    """The lamp is not where it should be: it leaves the stock here, and the next store has the order."""
    (mine,) = staff.of_order(ann, parcel["order_id"])
    missing = {"lines": [{"line_id": "1", "picked": 0, "reason": "NOT_FOUND"}]}
    ann.post(f"/v1/fulfilment-orders/{mine['fulfilment_order_id']}/pick", missing)

    def elsewhere(now: Order) -> bool:
        return any(share["location_id"] == NEXT_STORE for share in now["shipments"])

    floor.until(parcel, elsewhere, f"re-routed to {NEXT_STORE}")
    return "C4 is empty: 1xLAMP off the stock here, re-routed to Leeds"


def _pickup(floor: Floor, order_: Order) -> dict[str, Any]:
    """The collection as its shopper sees it, once it is ready."""
    channel = floor.channel(order_["channel"])
    path = f"/v1/orders/{order_['order_id']}"
    seen = until(
        lambda: dict(channel.get(path)), lambda now: bool(now["pickups"] and now["pickups"][0]["code"]), what="ready"
    )
    return dict(seen["pickups"][0])


def _curbside(floor: Floor, ann: Client, guest: Order) -> str:
    """The guest says by the link that they are there; staff see them wait, bring the goods and ask for the code."""
    pickup = _pickup(floor, guest)
    car = {"action": "arrive", "bay": "3", "vehicle": "blue Mini"}
    floor.channel("web").post(f"/v1/shopper-links/{pickup['link']}", car)
    waiting = {"location_id": STORE, "status": "ARRIVED"}
    (seen,) = until(
        lambda: ann.pages("/v1/fulfilment-orders", waiting), lambda guests: len(guests) == 1, what="a guest at the curb"
    )
    must(seen["pickup"]["bay"] == "3", "the guest waits at another bay")
    staff.hand_over(ann, pickup["fulfilment_order_id"], pickup["code"])
    floor.until(guest, lambda now: now["status"] == "FULFILLED", "handed over at the curb")
    seconds = seen["pickup"]["waiting_seconds"]
    return f"bay {seen['pickup']['bay']}, {seen['pickup']['vehicle']}, waiting for {seconds} s: goods brought out"


def _hand_over(floor: Floor, ann: Client, collected: Order) -> str:
    """At the counter the code opens it."""
    pickup = _pickup(floor, collected)
    staff.hand_over(ann, pickup["fulfilment_order_id"], pickup["code"])
    floor.until(collected, lambda now: now["status"] == "FULFILLED", "handed over at the counter")
    return "1xMUG at the counter, by the shopper's code"
