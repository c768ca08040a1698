"""DynamoDB calls and units per command, counted in process through the real handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shared import clock
from tests.bench.metering import Meter, metered
from tests.support import gateway, local_aws
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.shop import line, location, open_shop, order, receive

SIZES = (1, 3, 10, 30)


def measure() -> Iterator[tuple[str, Meter]]:
    """(command, what it used) one after the other, on a fresh shop each."""
    with local_aws.session():
        for size in SIZES:
            yield f"place an order, {size} lines", in_shop(size, _place)
        for size in SIZES:
            yield f"hold {size} lines (network)", in_shop(size, _hold)
        for size in (1, 30):
            yield f"count {size} lines, scanned before the last of 40 movements", in_shop(size, _count)
            yield f"transfer {size} lines: plan, ship, receive", in_shop(size, _transfer)
        yield "read an order, 3 lines", in_shop(3, _read)
        yield "availability of 30 items", in_shop(30, _availability)


def in_shop(size: int, act: Callable[[int, Flow], Meter]) -> Meter:
    """What `act` uses in a fresh shop of so many items."""
    # The testing clock is outside the counted units: it does not exist on AWS.
    local_aws.reset()
    with local_aws.without_testing_clock():
        open_shop(Gateway(gateway.ops()), stock={"DC1": {f"SKU{n}": 100 for n in range(size)}})
        flow = Flow()
        flow.settle()
        return act(size, flow)


def order_of(size: int) -> dict[str, object]:
    """An order of so many lines, one unit each."""
    return order("W-1", [line(str(n), f"SKU{n}") for n in range(size)])


def _place(size: int, _: Flow) -> Meter:
    with metered() as meter:
        assert Gateway(gateway.channel("web")).post("/v1/orders", order_of(size)).status == 201
    return meter


def _hold(size: int, _: Flow) -> Meter:
    lines = [{"line_id": str(n), "sku": f"SKU{n}", "quantity": 1} for n in range(size)]
    body = {"reservation_id": "R-1", "owner": "cart", "scope": "network", "lines": lines}
    with metered() as meter:
        assert Gateway(gateway.channel("web")).post("/v1/reservations", body).status == 201
    return meter


def _count(size: int, flow: Flow) -> Meter:
    ops = Gateway(gateway.ops())
    for number in range(20):
        receive(ops, f"R{number}", "DC1", [{"sku": f"SKU{n}", "quantity": 1} for n in range(size)])
    scanned_at = clock.rfc3339(clock.now())
    for number in range(20, 40):
        receive(ops, f"R{number}", "DC1", [{"sku": f"SKU{n}", "quantity": 1} for n in range(size)])
    flow.settle()
    lines = [{"sku": f"SKU{n}", "counted": 100, "scanned_at": scanned_at} for n in range(size)]
    with metered() as meter:
        answer = ops.post("/v1/counts", {"count_id": "C1", "location_id": "DC1", "lines": lines})
        assert answer.status == 201, answer.body
    return meter


def _transfer(size: int, _: Flow) -> Meter:
    ops = Gateway(gateway.ops())
    ops.put("/v1/locations/S1", location("store", 53.8, -1.55))
    lines = [{"sku": f"SKU{n}", "quantity": 1} for n in range(size)]
    body = {"transfer_id": "T1", "from_location_id": "DC1", "to_location_id": "S1", "lines": lines}
    with metered() as meter:
        assert ops.post("/v1/transfers", body).status == 201
        assert ops.post("/v1/transfers/T1/ship").status == 200
        assert ops.post("/v1/transfers/T1/receive", {"lines": lines}).status == 200
    return meter


def _read(size: int, _: Flow) -> Meter:
    web = Gateway(gateway.channel("web"))
    order_id = web.post("/v1/orders", order_of(size)).body["order_id"]
    with metered() as meter:
        assert web.get(f"/v1/orders/{order_id}").status == 200
    return meter


def _availability(size: int, _: Flow) -> Meter:
    with metered() as meter:
        answer = Gateway(gateway.channel("web")).post("/v1/availability", {"skus": [f"SKU{n}" for n in range(size)]})
        assert answer.status == 200
    return meter
