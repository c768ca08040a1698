"""DynamoDB calls and units per command, counted in process through the real handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.bench.metering import Meter, metered
from tests.support import gateway, local_aws
from tests.support.flow import Flow
from tests.support.gateway import Gateway
from tests.support.shop import line, open_shop, order

SIZES = (1, 3, 10, 30)


def measure() -> Iterator[tuple[str, Meter]]:
    """(command, what it used) one after the other, on a fresh shop each."""
    with local_aws.session():
        for size in SIZES:
            yield f"place an order, {size} lines", in_shop(size, _place)
        for size in SIZES:
            yield f"hold {size} lines (network)", in_shop(size, _hold)
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
