"""The life of one shopper, told in words that occur nowhere else: what an erasure has to find again, everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests.support import gateway
from tests.support.shop import line, location, order

Call = Callable[..., Any]
"""(who, method, path, body=None, key=None) -> an answer with `status` and `body`; `who` names a token, `key` is sent as
`Idempotency-Key`."""


_FIRST_BIRTHDAY = date(1941, 2, 3)


def _word(name: str) -> str:
    return f"Zq{name}Xw7"


@dataclass
class Life:
    """Lives through every channel. `suffix` keeps ids of several lives apart; `words` are what must be forgotten."""

    call: Call
    settle: Callable[[], None]
    suffix: str = "1"
    words: set[str] = field(default_factory=set)
    told: set[tuple[str, str]] = field(default_factory=set)
    """(operation, field) of everything that such a word was said in."""
    orders: dict[str, str] = field(default_factory=dict)
    customer_id: str = ""
    sku: str = ""

    def word(self, name: str) -> str:
        """An unusual text that is to be found again."""
        word = f"{_word(name)}{self.suffix}"
        self.words.add(word)
        return word

    def mail(self) -> str:
        return f"{self.word('Mail')}@example.com"

    def phone(self, last: int = 4) -> str:
        """Of the shopper: kept as it is, and by its last nine digits."""
        number = f"70095{last}{int(self.suffix) % 1000:03d}"
        self.words.add(number)
        return f"+447{number}"

    def born(self) -> str:
        day = (_FIRST_BIRTHDAY + timedelta(days=int(self.suffix) % 9000)).isoformat()
        self.words.add(day)
        return day

    def postal_code(self) -> str:
        """As it is written; stores also keep it without the blank."""
        number = int(self.suffix)
        letters = "ABDEFGHJLNPQRSTUWXYZ"
        end = f"{number % 9 + 1}{letters[number // 9 % 20]}{letters[number // 180 % 20]}"
        self.words.add(f"LS{10 + number % 10}{end}")
        return f"LS{10 + number % 10} {end}"

    def do(self, who: str, method: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        matched = gateway.match(path.partition("?")[0])
        assert matched, path
        self.told |= {(f"{method} {matched[1]}", at) for at in self._seeded(body)} if body else set()
        answer = self.call(who, method, path, body, key)
        assert answer.status < 300, (method, path, answer.status, answer.body)
        return answer.body

    def _seeded(self, value: Any, at: str = "") -> Iterator[str]:
        match value:
            case dict():
                for name, inner in value.items():
                    own = name in self.words
                    if own:
                        yield f"{at}{{}}"
                    yield from self._seeded(inner, f"{at}{{=}}" if own else f"{at}.{name}".strip("."))
            case list():
                for inner in value:
                    yield from self._seeded(inner, f"{at}[]")
            case str() if any(word.lower() in value.lower().replace(" ", "") for word in self.words):
                yield at

    # ------------------------------------------------------------------ scenes

    def live(self) -> None:
        """Everything."""
        self.order()
        self._profile()
        self.collect()
        self._give_back()
        self._late_doubts()
        self.settle()

    def order(self) -> None:
        """Until goods are set aside for what was ordered."""
        self._shop()
        self._accounts()
        self._carts()
        self._orders()
        self.settle()

    def _shop(self) -> None:
        self.sku = f"SKU-{self.suffix}"
        for place, kind in (("DC1", "dc"), ("S1", "store")):
            self.do("ops", "PUT", f"/v1/locations/{place}", location(kind, 53.8, -1.55))
        self.do("ops", "PUT", f"/v1/items/{self.sku}", {"name": "Thing", "weight_grams": 300})
        for place in ("DC1", "S1"):
            body = {"movement_id": f"open-{place}-{self.suffix}", "kind": "receipt", "location_id": place}
            self.do("ops", "POST", "/v1/inventory/movements", body | {"lines": [{"sku": self.sku, "quantity": 50}]})

    def contact(self) -> dict[str, str]:
        """As the shopper gives it with an order."""
        return {
            "email": self.mail(),
            "phone": self.phone(),
            "name": f"{self.word('Given')} {self.word('Family')}",
        }

    def address(self) -> dict[str, str]:
        return {
            "name": self.word("Addressee"),
            "line1": self.word("Street"),
            "line2": self.word("Floor"),
            "city": self.word("City"),
            "region": self.word("Region"),
            "postal_code": self.postal_code(),
            "country": "GB",
        }

    def _accounts(self) -> None:
        said = {
            "source": {"channel": "web", "external_id": self.word("Account")},
            "name": {"given": self.word("Given"), "family": self.word("Family")},
            "email": self.mail(),
            "phone": self.phone(),
            "birth_date": self.born(),
            "address": self.address(),
        }
        first = self.do("web", "POST", "/v1/customers", said, key=f"put-{self.suffix}")
        self.customer_id = first["customer_id"]
        card = said | {"source": {"channel": "pos", "external_id": self.word("Till")}}
        card["loyalty_number"] = self.word("Card")
        again = self.do("pos", "POST", "/v1/customers", card, key=f"put-{self.suffix}")
        assert again["customer_id"] == self.customer_id
        other = said | {
            "source": {"channel": "app", "external_id": self.word("Device")},
            "name": {"given": self.word("Alias"), "family": self.word("Maiden")},
            "email": f"{self.word('Second')}@example.org",
            "phone": self.phone(5),
            "birth_date": "1955-01-02",
        }
        other_id = self.do("app", "POST", "/v1/customers", other)["customer_id"]
        if other_id == self.customer_id:
            return
        path = f"/v1/customers/{self.customer_id}"
        reason = {"reason": self.word("Because")}
        merge = self.do("desk", "POST", f"{path}/merge", {"other_customer_id": other_id} | reason)
        self.do("desk", "POST", f"{path}/unmerge", {"merge_id": merge["merge_id"], "reason": self.word("Wrongly")})
        self.do("desk", "POST", f"{path}/merge", {"other_customer_id": other_id, "reason": self.word("Rightly")})

    def _profile(self) -> None:
        path = f"/v1/customers/{self.customer_id}"
        self.do(
            "desk",
            "PATCH",
            path,
            {
                "preferences": {self.word("Likes"): self.word("Tea")},
                "tags": [self.word("Tag")],
                "favourite_store": self.word("Store"),
                "name": {"given": self.word("Called"), "family": self.word("Family")},
                "email": f"{self.word('Newer')}@example.net",
                "phone": self.phone(6),
                "birth_date": self.born(),
                "loyalty_number": self.word("Card"),
                "address": self.address(),
            },
        )
        for number, kind in enumerate(("visit", "cart", "support_note", "message", "call")):
            body = {
                "interaction_id": f"I-{self.suffix}-{number}",
                "kind": kind,
                "channel": "web",
                "at": "2026-11-20T10:00:00Z",
                "data": {"text": self.word(f"Said{kind}"), self.word("Name"): self.word("Value")},
            }
            if kind in ("support_note", "message", "call"):
                body["contact_reason"] = "complaint"
            self.do("web", "POST", f"{path}/interactions", body, key=f"i-{number}-{self.suffix}")
        consent = {"granted": True, "source": self.word("Source"), "text_version": self.word("Text")}
        self.do("web", "PUT", f"{path}/consents/email/{self.word('Purpose')}", consent | {"at": "2026-11-20T10:00:00Z"})
        self.do("desk", "GET", path)
        self.do("desk", "POST", f"{path}/export", key=f"export-{self.suffix}")

    def _carts(self) -> None:
        body = {"cart_id": self.word("Cart"), "channel": "web", "customer_id": self.customer_id}
        cart = self.do("web", "POST", "/v1/carts", body, key=f"cart-{self.suffix}")
        self.do(
            "web",
            "PUT",
            f"/v1/carts/{cart['cart_id']}/lines",
            {"version": 1, "lines": [{"sku": self.sku, "quantity": 1}]},
        )
        self.do("web", "POST", f"/v1/carts/{cart['cart_id']}/hold", {}, key=f"held-{self.suffix}")
        self.do("web", "POST", f"/v1/carts/{cart['cart_id']}/hand-over", key=f"code-{self.suffix}")

    def _orders(self) -> None:
        for name, owner in (("hold", self.mail().lower()), ("cart", self.word("Cart"))):
            hold = {"reservation_id": f"H-{name}-{self.suffix}", "owner": owner, "scope": "network"}
            lines = [{"line_id": "1", "sku": self.sku, "quantity": 1}]
            self.do("web", "POST", "/v1/reservations", hold | {"lines": lines}, key=f"{name}-{self.suffix}")
        contact = self.contact()
        ship = order(f"W-{self.suffix}", [line("1", self.sku, 2)], customer=contact)
        ship["shipping"]["address"] |= self.address()
        ship["reservation_id"] = f"H-hold-{self.suffix}"
        self.place("ship", "web", ship)
        pickup = line("1", self.sku, fulfilment={"method": "pickup", "location_id": "S1"})
        self.place("pickup", "web", order(f"P-{self.suffix}", [pickup], customer=contact))
        carried = line("1", self.sku, fulfilment={"method": "carry_out", "location_id": "S1"})
        paid = {"provider": "external", "reference": self.word("Reference")}
        till = order(f"T-{self.suffix}", [carried], channel="pos", customer={"loyalty_number": self.word("Card")})
        till["payment"] = paid | {"amount": till["payment"]["amount"]}
        self.place("till", "pos", till)

    def place(self, name: str, who: str, body: dict[str, Any]) -> None:
        placed = self.do(who, "POST", "/v1/orders", body, key=f"order-{name}-{self.suffix}")
        self.orders[name] = placed["order_id"]
        if name == "till":
            return
        path = f"/v1/orders/{placed['order_id']}"
        hold = {"hold_id": "H1", "type": "MANUAL", "blocks": ["CAPTURE"], "reason": self.word("Held")}
        self.do(who, "POST", f"{path}/holds", hold)
        self.do(who, "DELETE", f"{path}/holds/H1")

    def collect(self) -> None:
        """What was ordered is sent, or handed over."""
        for name in ("ship", "pickup"):
            for work in self.do("ops", "GET", f"/v1/fulfilment-orders?order_id={self.orders[name]}")["items"]:
                self._work(name, work)
        self.settle()
        placed = self.do("web", "GET", f"/v1/orders/{self.orders['pickup']}")
        (pickup,) = placed["pickups"]
        body = {"code": pickup["code"]}
        path = f"/v1/fulfilment-orders/{pickup['fulfilment_order_id']}/hand-over"
        self.do("ops", "POST", path, body, key=f"handover-{self.suffix}")
        self.settle()

    def _work(self, name: str, work: dict[str, Any]) -> None:
        path = f"/v1/fulfilment-orders/{work['fulfilment_order_id']}"
        lines = [{"line_id": one["line_id"], "quantity": one["quantity"]} for one in work["lines"]]
        self.do("ops", "POST", f"{path}/acknowledge", {})
        picked = [{"line_id": one["line_id"], "picked": one["quantity"]} for one in lines]
        self.do("ops", "POST", f"{path}/pick", {"lines": picked})
        self.do("ops", "POST", f"{path}/pack", {"parcels": [{"parcel_id": "P1", "lines": lines}]})
        if name == "ship":
            label = {"parcel_id": "P1", "carrier": "sandbox", "tracking_number": self.word("Track")}
            self.do("ops", "POST", f"{path}/ship", {"parcels": [label]}, key=f"ship-{self.suffix}")
        else:
            self.do("ops", "POST", f"{path}/ready", {})

    def _give_back(self) -> None:
        body = {
            "return_id": f"R-{self.suffix}",
            "order_id": self.orders["ship"],
            "lines": [{"line_id": "1", "quantity": 1, "reason": "CHANGED_MIND"}],
            "method": "in_store",
            "location_id": "S1",
            "receive_now": [{"line_id": "1", "quantity": 1, "condition": "NEW", "disposition": "RESTOCK"}],
        }
        self.do("ops", "POST", "/v1/returns", body, key=f"return-{self.suffix}")

    def _late_doubts(self) -> None:
        again = order(f"W2-{self.suffix}", [line("1", self.sku)], customer={"email": self.mail()})
        again["shipping"]["address"] |= self.address()
        self.place("cancelled", "web", again)
        self.settle()
        body = {"request_id": f"X-{self.suffix}", "reason": self.word("Regret")}
        self.do("web", "POST", f"/v1/orders/{self.orders['cancelled']}/cancel", body, key=f"cancel-{self.suffix}")
