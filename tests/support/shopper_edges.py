"""What few shoppers go through: the kerb, changes, exceptions, refused cards, exchanges; and which fields were told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.operations import operations
from tests.support.shop import line, money, order
from tests.support.shopper_life import Life


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


NAMES_SOMETHING_ELSE = re.compile(
    r"(^|[._])(\w*_ids?|skus?|currency|channel|countr(y|ies)|service|carrier|code|zone|category|categories)(\[\])?$"
)
"""Ids (which may not say whom they are about), goods, places, and words that are chosen from a list."""
OF_THE_SHOP = _set(
    "post_movement reverse_movement post_count create_transfer ship_transfer receive_transfer close_transfer "
    "cancel_transfer put_purchase_order close_purchase_order put_pool put_safety_rule put_exclusion put_location "
    "pause_location put_item put_bins put_rate_card put_geography put_routing_profile put_return_policy "
    "start_simulation plan_routing"
)
"""Said of goods, places and rules, by the shop's own people: about no shopper."""
TOLD_OTHERWISE: Mapping[str, str] = {
    "place_order payments[].token": "as payment.token: one of both is given",
    "place_order payments[].reference": "as payment.reference: one of both is given",
    "change_order payment.token": "kept as any payment of the order",
    "change_order payment.reference": "kept as any payment of the order",
    "request_return exchange.payment.token": "kept as any payment of the order",
    "request_return exchange.payment.reference": "kept as any payment of the order",
    "pay_order token": "kept as payment.token of place_order",
    "decide_return reason": "kept as the reason of close_return",
    "use_shopper_link vehicle": "kept as by arrive",
    "use_shopper_link bay": "kept as by arrive",
    "hand_over id_check.document_last4": "four characters, never kept",
    "hand_over id_check.relation": "kept as relation",
    "resolve_exception owner": "one of the shop's people",
}
"""Fields that the life does not fill, and where the same is told."""


@dataclass
class Edges:
    """The scenes, on top of a life that has been lived."""

    life: Life

    def live(self) -> None:
        """Everything."""
        self.ask_around()
        self.wait_at_the_kerb()
        self.change_the_address()
        self.be_refused_and_pay_again()
        self.buy_what_is_not_there()
        self.spend_points()
        self.give_back_by_mail()
        self.exchange()
        self.hear_of_the_parcel()
        self.life.settle()

    def untold(self) -> set[str]:
        """`operation field` of every text that a caller may send, and that neither held an unusual word nor is known to
        say nothing of a shopper."""
        found = set()
        for operation in operations():
            route = operation.route
            if operation.body is None or route.operation in OF_THE_SHOP or route.testing_only:
                continue
            schema = operation.body.model_json_schema()
            told = {at for where, at in self.life.told if where == f"{route.method} {route.path}"}
            for at in set(texts(schema, schema)) - told:
                if not NAMES_SOMETHING_ELSE.search(at):
                    found.add(f"{route.operation} {at}")
        return found - TOLD_OTHERWISE.keys()

    # ------------------------------------------------------------------ scenes

    def ask_around(self) -> None:
        """Nothing of this is kept; logs would tell."""
        life = self.life
        record = {
            "source": {"channel": "web", "external_id": life.word("Account")},
            "name": {"given": life.word("Given"), "family": life.word("Family")},
            "email": life.mail(),
            "phone": life.phone(),
            "loyalty_number": life.word("Card"),
            "birth_date": life.born(),
            "address": life.address(),
        }
        life.do("web", "POST", "/v1/customers/resolve", {"records": [record]})
        wanted = {"lines": [{"sku": life.sku, "quantity": 1}], "channel": "web"}
        to = {"country": "GB", "postal_code": life.postal_code(), "geo": {"lat": 53.8, "lng": -1.55}}
        life.do("web", "POST", "/v1/delivery-options", wanted | {"destination": to})
        asked = {"skus": [life.sku], "channel": "web", "owner": life.mail().lower()}
        life.do("web", "POST", "/v1/availability", asked)
        hold = {"reservation_id": f"H-passed-{life.suffix}", "owner": life.mail().lower(), "scope": "network"}
        lines = [{"line_id": "1", "sku": life.sku, "quantity": 1}]
        life.do("web", "POST", "/v1/reservations", hold | {"lines": lines})
        path = f"/v1/reservations/H-passed-{life.suffix}/transfer"
        life.do("web", "POST", path, {"owner": life.mail().lower()})

    def wait_at_the_kerb(self) -> None:
        """A wave took the work on, the shopper waits outside, and somebody else comes in for them."""
        life = self.life
        kerb = line("1", life.sku, fulfilment={"method": "curbside", "location_id": "S1"})
        life.place("kerb", "web", order(f"KERB-{life.suffix}", [kerb], customer=life.contact()))
        life.settle()
        (work,) = life.do("ops", "GET", f"/v1/fulfilment-orders?order_id={life.orders['kerb']}")["items"]
        named = {"fulfilment_order_ids": [work["fulfilment_order_id"]]}
        life.do("ops", "POST", "/v1/waves", {"wave_id": f"WAVE-{life.suffix}", "location_id": "S1"} | named)
        path = f"/v1/fulfilment-orders/{work['fulfilment_order_id']}"
        life.do("ops", "POST", f"{path}/pick", {"lines": [{"line_id": "1", "picked": 1}]})
        parcels = [{"parcel_id": "P1", "lines": [{"line_id": "1", "quantity": 1}]}]
        life.do("ops", "POST", f"{path}/pack", {"parcels": parcels})
        life.do("ops", "POST", f"{path}/ready", {})
        life.settle()
        arrived = {"vehicle": life.word("Vehicle"), "bay": life.word("Bay")}
        life.do("ops", "POST", f"{path}/arrive", arrived, key=f"arrive-{life.suffix}")
        (pickup,) = life.do("web", "GET", f"/v1/orders/{life.orders['kerb']}")["pickups"]
        life.words.add(pickup["link"])
        handed = {"code": pickup["code"], "relation": life.word("Neighbour")}
        life.do("ops", "POST", f"{path}/hand-over", handed)
        life.settle()

    def change_the_address(self) -> None:
        """To another one, before anybody works on it; then it is given up."""
        life = self.life
        life.place("changed", "web", self._shipped(f"CHANGED-{life.suffix}"))
        address = life.address() | {"line1": life.word("Newstreet"), "name": life.word("Newname")}
        actions = [{"type": "set_address", "address": address}]
        path = f"/v1/orders/{life.orders['changed']}"
        body = {"change_id": f"CH-{life.suffix}", "actions": actions}
        life.do("web", "POST", f"{path}/changes", body, key=f"change-{life.suffix}")
        life.settle()
        life.do("web", "POST", f"{path}/cancel", {"request_id": "X-1", "reason": life.word("Unwanted")})
        life.settle()

    def be_refused_and_pay_again(self) -> None:
        """The card is no good; the channel has the money in the end."""
        life = self.life
        body = self._shipped(f"REFUSED-{life.suffix}")
        body["payment"]["token"] = life.word("Token")
        life.place("refused", "web", body)
        life.settle()
        path = f"/v1/orders/{life.orders['refused']}"
        paid = {"payment_id": f"PAY-{life.suffix}", "provider": "external", "reference": life.word("Voucher")}
        life.do("web", "POST", f"{path}/payments", paid | {"amount": body["payment"]["amount"]})
        life.settle()
        life.do("web", "POST", f"{path}/cancel", {"request_id": "X-1", "reason": life.word("Unwanted")})
        life.settle()
        self._resolve("refused", "REFUND_DUE", {"action": "refunded", "reference": life.word("Givenback")})

    def buy_what_is_not_there(self) -> None:
        """Paid already, so that it cannot be refused: a person has to decide."""
        life = self.life
        sku = f"GONE-{life.suffix}"
        life.do("ops", "PUT", f"/v1/items/{sku}", {"name": "Gone", "weight_grams": 300})
        body = self._shipped(f"OVER-{life.suffix}", sku)
        amount = body["payment"]["amount"]
        body["payment"] = {"provider": "external", "reference": life.word("Paid"), "amount": amount}
        life.place("oversold", "web", body)
        life.settle()
        assigned = {"action": "assign", "owner": "jo", "reason": life.word("Mentioned")}
        self._resolve("oversold", "OVERSOLD", assigned)
        self._resolve("oversold", "OVERSOLD", {"action": "cancel", "reason": life.word("Lamented")})
        self._resolve("oversold", "REFUND_DUE", {"action": "refunded", "reference": life.word("Repaid")})

    def _resolve(self, name: str, kind: str, decided: dict[str, Any]) -> None:
        life = self.life
        path = f"/v1/exceptions/{life.orders[name]}:{kind}/resolve"
        life.do("desk", "POST", path, {"request_id": f"D-{name}-{decided['action']}", **decided})
        life.settle()

    def spend_points(self) -> None:
        """And get some for the trouble."""
        life = self.life
        path = f"/v1/customers/{life.customer_id}/loyalty"
        given = {"adjustment_id": f"ADJ-{life.suffix}", "points": 100, "reason": life.word("Trouble")}
        life.do("desk", "POST", f"{path}/adjustments", given)
        burnt = {"burn_id": f"BURN-{life.suffix}", "points": 5, "reference": life.word("Spent")}
        life.do("web", "POST", f"{path}/burns", burnt)

    def give_back_by_mail(self) -> None:
        """A unit that was sent; another return is closed before anything comes."""
        life = self.life
        back = {"return_id": f"MAIL-{life.suffix}", "order_id": life.orders["pickup"], "method": "mail"}
        lines = [{"line_id": "1", "quantity": 1, "reason": "CHANGED_MIND"}]
        life.do("web", "POST", "/v1/returns", back | {"lines": lines})
        life.settle()
        received = [{"line_id": "1", "quantity": 1, "condition": "NEW", "disposition": "RESTOCK"}]
        path = f"/v1/returns/MAIL-{life.suffix}"
        life.do("ops", "POST", f"{path}/receive", {"location_id": "DC1", "lines": received})
        life.settle()
        life.do("desk", "POST", f"{path}/close", {"reason": life.word("Closed")})
        life.settle()

    def exchange(self) -> None:
        """The other unit is changed for a new one, which goes to the shopper's address on a manifest."""
        life = self.life
        back = {
            "return_id": f"SWAP-{life.suffix}",
            "order_id": life.orders["ship"],
            "lines": [{"line_id": "1", "quantity": 1, "reason": "CHANGED_MIND"}],
            "method": "in_store",
            "location_id": "S1",
            "resolution": "EXCHANGE",
            "exchange": {"lines": [line("2", life.sku, 1)]},
            "receive_now": [{"line_id": "1", "quantity": 1, "condition": "NEW", "disposition": "RESTOCK"}],
        }
        life.do("ops", "POST", "/v1/returns", back, key=f"swap-{life.suffix}")
        life.settle()
        listed = life.do("ops", "GET", f"/v1/fulfilment-orders?order_id={life.orders['ship']}")["items"]
        (work,) = (one for one in listed if one["status"] == "OPEN")
        path = f"/v1/fulfilment-orders/{work['fulfilment_order_id']}"
        life.do("ops", "POST", f"{path}/acknowledge", {})
        life.do("ops", "POST", f"{path}/pick", {"lines": [{"line_id": "2", "picked": 1}]})
        parcels = [{"parcel_id": "P1", "lines": [{"line_id": "2", "quantity": 1}]}]
        life.do("ops", "POST", f"{path}/pack", {"parcels": parcels})
        life.do("ops", "POST", f"{path}/labels", {}, key=f"labels-{life.suffix}")
        truck = {"manifest_id": f"TRUCK-{life.suffix}", "location_id": "DC1"}
        manifest = life.do("ops", "POST", "/v1/manifests", truck, key=f"truck-{life.suffix}")
        assert manifest["parcels"][0]["tracking_number"]
        life.settle()

    def hear_of_the_parcel(self) -> None:
        """The carrier brought it."""
        life = self.life
        said = {"event_id": "EV-1", "status": "delivered", "at": "2026-11-21T10:00:00Z"}
        number = {"tracking_number": life.word("Track")}
        life.do("ops", "POST", "/v1/carriers/sandbox/tracking", said | number)

    def _shipped(self, number: str, sku: str = "") -> dict[str, Any]:
        """An order to the shopper's address."""
        body = order(number, [line("1", sku or self.life.sku)], customer=self.life.contact())
        body["shipping"]["address"] |= self.life.address()
        body["payment"]["amount"] = money(body["payment"]["amount"]["amount"])
        return body


def texts(schema: Mapping[str, Any], root: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """Where a body may hold text of the caller's own; `{}` is a name and `{=}` a value of a map."""
    if "$ref" in schema:
        yield from texts(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root, at)
        return
    for choice in ("anyOf", "oneOf", "allOf"):
        for option in schema.get(choice, ()):
            yield from texts(option, root, at)
    if "const" in schema or "enum" in schema or schema.get("format") in {"date-time", "time"}:
        return
    match schema.get("type"):
        case "object":
            for name, field in schema.get("properties", {}).items():
                yield from texts(field, root, f"{at}.{name}".strip("."))
            if isinstance(more := schema.get("additionalProperties"), dict):
                yield f"{at}{{}}"
                yield from texts(more, root, f"{at}{{=}}")
        case "array":
            yield from texts(schema.get("items", {}), root, f"{at}[]")
        case "string":
            yield at
