"""The scenes of the demo: each plays one omnichannel situation, checks its end, and says in one line what happened."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from infra.local import staff
from infra.local.demo.floor import Floor, must, units
from infra.local.demo.morning import store_morning
from infra.local.demo.orders import ANN, ANN_CARD, ANN_EMAIL, ANN_PHONE, BEN, CARA, DEV, order
from infra.local.demo.retailer import ITEMS, LOCATIONS, STOCK, money, receipt
from infra.local.patience import until

SHOPPERS = 10


def open_the_shop(floor: Floor) -> str:
    """Locations, items and opening stock."""
    for location in LOCATIONS:
        floor.ops.put(f"/v1/locations/{location.id}", location.body())
    for item in ITEMS:
        floor.ops.put(f"/v1/items/{item.sku}", item.body())
    for location_id, lines in STOCK.items():
        floor.ops.post("/v1/inventory/movements", receipt(f"opening-{location_id}", location_id, lines))
    floor.stack.wait_quiet()
    total = sum(sum(lines.values()) for lines in STOCK.values())
    return f"{len(LOCATIONS)} locations, {len(ITEMS)} items, {total} units"


def know_the_shopper(floor: Floor) -> str:
    """Ann has a web account, and a loyalty card at the till: her phone number joins them."""
    name = {"given": "Ann", "family": "Lee"}
    web = {"source": {"channel": "web", "external_id": "ann-1"}, "name": name, "email": ANN_EMAIL, "phone": ANN_PHONE}
    till = {"source": {"channel": "pos", "external_id": "card-1042"}, "name": name, "phone": "+44 7700 900001"}
    first = floor.channel("web").post("/v1/customers", web)
    second = floor.channel("pos").post("/v1/customers", till | {"loyalty_number": ANN_CARD})
    must(first["customer_id"] == second["customer_id"], "web account and loyalty card are two customers")
    return "web account and loyalty card are one customer"


def ship(floor: Floor) -> str:
    """Ann orders on the web; one parcel, delivered."""
    body = order("web", "W-1001", {"MUG": 2, "TEAPOT": 1}, home=ANN, customer={"email": ANN_EMAIL})
    placed = floor.place(body, "shipped")
    floor.work(placed)
    done = floor.deliver(placed)
    return f"delivered in {len(done['shipments'])} parcel from {_places(done)}"


def split(floor: Floor) -> str:
    """Ann orders in the app what no single place has: two places send a part each."""
    body = order("app", "A-2001", {"LAMP": 1, "THROW": 1}, home=ANN, customer={"email": "Ann.Lee@Example.com"})
    placed = floor.place(body, "split over two places")
    sent = floor.work(placed)
    must(len(sent["shipments"]) > 1, "the order was not split")
    floor.until(placed, lambda now: now["payment_status"] == "CAPTURED", "captured in full")
    return f"{len(sent['shipments'])} parcels from {_places(sent)}, captured to the penny"


def click_and_collect(floor: Floor) -> str:
    """Ben orders on the web and collects in London; a wrong code is refused."""
    body = order("web", "W-1002", {"CUSHION": 1, "CANDLE": 2}, method="pickup", at="S1", customer={"name": BEN.name})
    placed = floor.place(body, "click and collect")
    floor.work(placed)
    ready = floor.until(placed, lambda now: bool(now["pickups"] and now["pickups"][0]["code"]), "ready with a code")
    (pickup,) = ready["pickups"]
    associate, work_id = floor.associate("S1"), pickup["fulfilment_order_id"]
    staff.hand_over(associate, work_id, _wrong(pickup["code"]), expect=(403,))
    elsewhere = floor.associate("S2").call("GET", f"/v1/fulfilment-orders/{work_id}", expect=(404,))
    shown = self_service(floor, placed["order_id"])
    staff.hand_over(associate, work_id, shown)
    floor.until(placed, lambda now: now["status"] == "FULFILLED", "handed over")
    return f"handed over by code (a wrong code: 403; another store's associate: {elsewhere.status})"


def self_service(floor: Floor, order_id: str) -> str:
    """The code as the web shop shows it to the shopper."""
    return str(floor.channel("web").get(f"/v1/orders/{order_id}")["pickups"][0]["code"])


def endless_aisle(floor: Floor) -> str:
    """London has no clock: the till orders Ann's from wherever there is one, to her home."""
    body = order("pos", "P-3001", {"CLOCK": 1}, home=ANN, customer={"loyalty_number": ANN_CARD})
    placed = floor.place(body, "endless aisle")
    sent = floor.work(placed)
    must(_places(sent) == "S4", f"sent from {_places(sent)} instead of Glasgow")
    return "sold at the till in London, sent from Glasgow"


def carry_out(floor: Floor) -> str:
    """A till sale: the goods leave with the shopper, the stock falls at once."""
    before = on_hand(floor, "MUG", "S5")
    body = order("pos", "P-3002", {"MUG": 2, "CANDLE": 1}, method="carry_out", at="S5")
    placed = floor.place(body, "carried out")
    must(placed["status"] == "FULFILLED", "a till sale is not fulfilled at once")
    until(lambda: on_hand(floor, "MUG", "S5"), lambda now: now == before - 2, what="two mugs less in Bristol")
    return "fulfilled in the answer to the till, two mugs fewer in Bristol"


def cancel(floor: Floor) -> str:
    """Dev calls, orders a vase, and calls again: nobody has begun with it, so all of it is stopped."""
    placed = floor.place(
        order("call_centre", "C-4001", {"VASE": 1}, home=DEV, customer={"name": DEV.name}), "cancelled by phone"
    )
    floor.sourced(placed)
    body = {"request_id": "cancel-C-4001", "reason": "shopper changed their mind"}
    answer = floor.channel("call_centre").call("POST", f"/v1/orders/{placed['order_id']}/cancel", body)
    floor.until(placed, lambda now: now["status"] == "CANCELLED", "cancelled")
    until(lambda: allocated(floor, "VASE"), lambda now: now == 0, what="no vase allocated any more")
    return f"asked ({answer.status}), decided by the warehouse, vase free again"


def marketplace(floor: Floor) -> str:
    """Paid by the marketplace: one order ships; the other is oversold, kept, and put before a person."""
    body = order("marketplace", "M-5001", {"TRAY": 1}, home=DEV, customer={"name": DEV.name}, paid_by_channel=True)
    floor.work(floor.place(body, "paid by the marketplace"))
    body = order("marketplace", "M-5002", {"HAMPER": 1}, home=CARA, customer={"name": CARA.name}, paid_by_channel=True)
    oversold = floor.place(body, "oversold by the marketplace")
    floor.until(oversold, lambda now: "OVERSOLD" in now["flags"], "flagged OVERSOLD")
    return "one shipped; one that was sold twice there is kept and flagged OVERSOLD"


def backorder(floor: Floor) -> str:
    """A print is made to order: the order waits, a delivery comes in, the order goes on by itself."""
    body = order("app", "A-2002", {"PRINT": 1}, home=CARA, customer={"name": CARA.name})
    placed = floor.place(body, "backordered, then sourced")
    floor.until(placed, lambda now: units(now, "backordered") == 1, "backordered")
    floor.ops.post("/v1/inventory/movements", receipt("delivery-1", "DC1", {"PRINT": 5}))
    floor.until(placed, lambda now: units(now, "allocated") == 1, "sourced from the delivery")
    return "waited for the delivery, sourced as soon as it was booked in"


def declined_card(floor: Floor) -> str:
    """The first card is declined: the order is held, paid with another, and goes on."""
    body = order("web", "W-1003", {"CANDLE": 3}, home=BEN, customer={"name": BEN.name}, card="tok_declined")
    placed = floor.place(body, "declined, then paid")
    held = floor.until(placed, lambda now: bool(now["holds"]), "on hold")
    must(held["holds"][0]["type"] == "PAYMENT", "held for something else than its payment")
    payment = {
        "payment_id": "second-card",
        "provider": "sandbox",
        "token": "tok_ok",
        "amount": money(placed["totals"]["total"]["amount"]),
    }
    floor.channel("web").post(f"/v1/orders/{placed['order_id']}/payments", payment)
    floor.sourced(placed)
    return "held until another card paid, then sourced"


def last_unit(floor: Floor) -> str:
    """Ten shoppers want the last game in the same moment: one holds it, nine are told."""

    def hold(shopper: int) -> tuple[int, int]:
        body = {
            "reservation_id": f"cart-{shopper}",
            "owner": f"shopper-{shopper}",
            "scope": "network",
            "lines": [{"line_id": "1", "sku": "GAME", "quantity": 1}],
        }
        return shopper, floor.channel("web").call("POST", "/v1/reservations", body, expect=(201, 409)).status

    with ThreadPoolExecutor(SHOPPERS) as crowd:
        winners = [shopper for shopper, status in crowd.map(hold, range(SHOPPERS)) if status == 201]
    must(len(winners) == 1, f"{len(winners)} shoppers hold the last unit")
    body = order(
        "web", "W-1004", {"GAME": 1}, home=CARA, customer={"name": CARA.name}, reservation_id=f"cart-{winners[0]}"
    )
    placed = floor.place(body, "the last one of ten")
    sent = floor.work(placed)
    must(units(sent, "shipped") == 1, "the winner's game was not sent")
    return f"1 of {SHOPPERS} got it, {SHOPPERS - 1} were told that it is gone"


SCENES: tuple[tuple[str, Callable[[Floor], str]], ...] = (
    ("Opening the shop", open_the_shop),
    ("One shopper, two identities", know_the_shopper),
    ("Web order, shipped", ship),
    ("App order, split", split),
    ("Click and collect", click_and_collect),
    ("A store's morning", store_morning),
    ("Endless aisle", endless_aisle),
    ("Carry-out at the till", carry_out),
    ("Cancel by phone", cancel),
    ("Marketplace, already paid", marketplace),
    ("Backorder", backorder),
    ("Declined card", declined_card),
    ("The last unit, ten shoppers", last_unit),
)


def on_hand(floor: Floor, sku: str, location_id: str) -> int:
    """Units of an item that physically lie somewhere."""
    positions = floor.ops.get(f"/v1/inventory/{sku}")["positions"]
    return sum(int(one["on_hand"]) for one in positions if one["location_id"] == location_id)


def allocated(floor: Floor, sku: str) -> int:
    """Units of an item that are promised to fulfilment orders, anywhere."""
    return sum(int(one["allocated"]) for one in floor.ops.get(f"/v1/inventory/{sku}")["positions"])


def _places(order: dict[str, object]) -> str:
    shipments = order["shipments"]
    assert isinstance(shipments, list)
    return " and ".join(sorted(share["location_id"] for share in shipments))


def _wrong(code: str) -> str:
    return code[:-1] + ("A" if code[-1] != "A" else "B")
