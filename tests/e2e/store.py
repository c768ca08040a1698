"""A store of the deployed stack, as its people, its shoppers and the office see it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from infra.local.http import Answer, Api
from infra.local.stack import LocalStack
from tests.e2e.test_orders import settle, unique
from tests.support.shop import line, location, order, receive

ID_CHECK = {"id_check": {"relation": "self", "document_last4": "12AB"}}


class Store:
    """Two stores with lamps and mugs, and the people `here`."""

    def __init__(self, stack: LocalStack, *, here: str = "S1", there: str = "S2") -> None:
        self.stack = stack
        self.here = here
        self.ops = stack.api(role="ops")
        self.web = stack.api(role="channel", channel="web")
        self.ann = stack.api(role="associate", location=here)
        self.bob = stack.api(role="associate", location=f"{here},elsewhere")
        self.stranger = stack.api(role="associate", location=there)
        self.shopper = Api(stack.base_url)
        self.lamp, self.mug = unique("LAMP"), unique("MUG")
        for place, lat in ((here, 53.80), (there, 51.51)):
            assert self.ops.put(f"/v1/locations/{place}", location("store", lat, -1.0, pickup_days=2)).ok
        for sku in (self.lamp, self.mug):
            assert self.ops.put(f"/v1/items/{sku}", {"name": sku, "weight_grams": 300}).ok
        for place in (here, there):
            lines = [{"sku": sku, "quantity": 5} for sku in (self.lamp, self.mug)]
            receive(self.ops, unique("R"), place, lines)
        settle(stack)

    def now(self) -> datetime:
        return datetime.fromisoformat(Api(self.stack.base_url).get("/v1/health").body["now"])

    def pass_time(self, **length: float) -> None:
        then = self.now() + timedelta(**length)
        assert self.ops.put("/v1/testing/clock", {"now": then.isoformat()}).ok
        settle(self.stack)

    def placed(self, *lines: dict[str, Any]) -> str:
        answer = self.web.post("/v1/orders", order(unique("W"), list(lines)))
        assert answer.status == 201, answer.body
        settle(self.stack)
        return str(answer.body["order_id"])

    def order(self, order_id: str) -> dict[str, Any]:
        return dict(self.web.get(f"/v1/orders/{order_id}").body)

    def works(self, order_id: str) -> list[dict[str, Any]]:
        return list(self.ops.get(f"/v1/fulfilment-orders?order_id={order_id}").body["items"])

    def step(self, work: dict[str, Any], name: str, body: Any = None, *, by: Api | None = None) -> Answer:
        path = f"/v1/fulfilment-orders/{work['fulfilment_order_id']}/{name}"
        return (by or self.ops).post(path, body or {})

    def done(self, work: dict[str, Any], name: str, body: Any = None) -> dict[str, Any]:
        answer = self.step(work, name, body)
        assert answer.status == 200, (name, answer.body)
        return dict(answer.body)

    def collected(self, method: str, units: int = 1) -> tuple[str, dict[str, Any]]:
        """An order of lamps to be collected here: its id, and the work."""
        fulfilment = {"method": method, "location_id": self.here}
        order_id = self.placed(line("1", self.lamp, units, 4500, fulfilment=fulfilment))
        (work,) = self.works(order_id)
        return order_id, work

    def ready(self, method: str, units: int = 1) -> tuple[str, dict[str, Any], dict[str, Any]]:
        """Lamps that lie ready here: the order's id, the work, the pickup as the shopper sees it."""
        order_id, work = self.collected(method, units)
        self.done(work, "acknowledge")
        self.done(work, "pick", {"lines": [{"line_id": "1", "picked": units}]})
        self.done(work, "pack", {"parcels": [{"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": units}]}]})
        self.done(work, "ready")
        settle(self.stack)
        (pickup,) = self.order(order_id)["pickups"]
        return order_id, work, pickup

    def position(self, sku: str, place: str) -> dict[str, int]:
        found = self.ops.get(f"/v1/inventory/{sku}").body["positions"]
        (one,) = [one for one in found if one["location_id"] == place]
        return {name: one[name] for name in ("on_hand", "allocated", "available")}

    def audited(self) -> None:
        for sku in (self.lamp, self.mug):
            assert self.ops.get(f"/v1/inventory/audit?sku={sku}").body["ok"]
