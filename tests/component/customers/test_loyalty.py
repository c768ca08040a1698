"""Points and lifetime figures, through the real handlers: exact whatever is repeated, reordered or raced for."""

from __future__ import annotations

import json
import random
from itertools import permutations
from typing import Any

import pytest

from functions.customers.figures import Account
from shared.events.orders import OrderValueChanged
from tests.component.customers.shoppers import contact, put
from tests.support import gateway
from tests.support.bus import Bus
from tests.support.gateway import Answer, Gateway

pytestmark = pytest.mark.usefixtures("aws")
DESK, OPS, WEB = Gateway(gateway.service_desk()), Gateway(gateway.ops()), Gateway(gateway.channel("web"))


def value(order: str = "O-1", left: int = 0, kept: int | None = None, version: int = 1, **fields: Any) -> Any:
    return OrderValueChanged(
        order_id=order,
        channel=fields.pop("channel", "web"),
        currency=fields.pop("currency", "GBP"),
        placed_at=fields.pop("at", "2026-11-21T09:00:00.000Z"),
        left=left,
        kept=left if kept is None else kept,
        version=version,
        **fields,
    )


def told(bus: Bus, *events: Any) -> None:
    for event in events:
        assert bus.deliver("customers", event, event_id=event.model_dump_json()) == []


def shopper(bus: Bus, *orders: str, channel: str = "web", email: str = "ann@example.com") -> str:
    customer_id = put(channel, f"u-{email}", email=email).body["customer_id"]
    told(bus, *(contact(order, channel, email=email) for order in orders))
    return str(customer_id)


def account(customer_id: str) -> dict[str, int]:
    body = OPS.get(f"/v1/customers/{customer_id}/loyalty").body
    return {name: body[name] for name in ("balance", "earned", "reversed", "burned", "adjusted")}


def figures(customer_id: str) -> Any:
    return OPS.get(f"/v1/customers/{customer_id}/figures").body


def burn(customer_id: str, points: int, burn_id: str = "B-1", by: Gateway = WEB) -> Answer:
    body = {"burn_id": burn_id, "points": points, "reference": "O-9"}
    return by.post(f"/v1/customers/{customer_id}/loyalty/burns", body)


def test_points_are_earned_when_goods_leave_and_go_back_with_them_to_the_point(bus: Bus) -> None:
    customer_id = shopper(bus, "O-1")
    steps = [value(), value(left=967, version=3), value(left=2903, version=5), value(left=2903, kept=1935, version=9)]
    seen = []
    for step in steps:
        told(bus, step, step)
        seen.append(account(customer_id)["balance"])
    assert seen == [0, 9, 29, 19]
    assert account(customer_id) == {"balance": 19, "earned": 29, "reversed": 10, "burned": 0, "adjusted": 0}
    ledger = OPS.get(f"/v1/customers/{customer_id}/loyalty/ledger").body["items"]
    assert sorted((line["kind"], line["points"]) for line in ledger) == [("earn", 9), ("earn", 20), ("reverse", -10)]
    assert {line["reference"] for line in ledger} == {"O-1"}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_end_is_the_same_in_whatever_order_the_news_comes(bus: Bus, order: tuple[int, ...]) -> None:
    put("web", "u1", email="ann@example.com")
    news = [
        contact("O-1", email="ann@example.com"),
        value(left=1000, version=2),
        value(left=2000, version=4),
        value(left=2000, kept=1500, version=7),
    ]
    told(bus, *(news[index] for index in order), *(news[index] for index in order))
    customer_id = WEB.get("/v1/customers?email=ann@example.com").body["items"][0]["customer_id"]
    assert account(customer_id)["balance"] == 15
    (channel,) = figures(customer_id)["channels"]
    assert (channel["orders"], channel["spend"]["amount"], channel["returned"]["amount"]) == (1, 2000, 500)


def test_points_are_spent_once_and_never_below_zero(bus: Bus) -> None:
    customer_id = shopper(bus, "O-1")
    told(bus, value(left=5000))
    assert [burn(customer_id, 30).status for _ in range(2)] == [201, 200]
    assert account(customer_id)["balance"] == 20
    poor = burn(customer_id, 21, "B-2")
    assert (poor.status, poor.body["code"], poor.body["balance"]) == (409, "not_enough_points", 20)
    reused = burn(customer_id, 29)
    assert (reused.status, reused.body["code"]) == (409, "loyalty_id_reused")
    assert burn(customer_id, 20, "B-3").status == 201
    assert account(customer_id)["balance"] == 0


def test_two_tills_at_once_never_spend_the_same_points(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    customer_id = shopper(bus, "O-1")
    told(bus, value(left=5000))
    writes, rival = Account._write, [30]

    def write(self: Account, *actions: Any) -> None:
        while rival:
            assert burn(customer_id, rival.pop(), "B-rival").status == 201
        writes(self, *actions)

    monkeypatch.setattr(Account, "_write", write)
    assert burn(customer_id, 30).status == 409
    assert account(customer_id) == {"balance": 20, "earned": 50, "reversed": 0, "burned": 30, "adjusted": 0}


def test_linked_customers_spend_together_and_keep_their_own_apart(bus: Bus) -> None:
    name = {"given": "Bob", "family": "Moss"}
    ann = shopper(bus, "O-1")
    bob = put("web", "bob", email="bob@example.com", name=name).body["customer_id"]
    told(bus, contact("O-2", email="bob@example.com"), value(left=3000), value("O-2", left=2000))
    merge = DESK.post(f"/v1/customers/{ann}/merge", {"other_customer_id": bob, "reason": "one"}).body["merge_id"]
    assert account(bob)["balance"] == 50
    assert figures(ann)["orders"] == 2
    assert burn(bob, 45).status == 201
    assert account(ann)["balance"] == 5
    assert len(OPS.get(f"/v1/customers/{ann}/loyalty/ledger").body["items"]) == 4
    DESK.post(f"/v1/customers/{ann}/unmerge", {"merge_id": merge, "reason": "two"})
    assert (account(ann)["balance"], account(bob)["balance"]) == (0, 5)
    assert figures(ann)["orders"] == figures(bob)["orders"] == 1


def test_what_one_owes_counts_against_the_other(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two members; goods of one come back while the points of the other are being spent."""
    name = {"given": "Bob", "family": "Moss"}
    ann = shopper(bus, "O-1")
    bob = put("web", "bob", email="bob@example.com", name=name).body["customer_id"]
    told(bus, contact("O-2", email="bob@example.com"), value(left=3000), value("O-2", left=3000))
    assert burn(ann, 30).status == 201
    DESK.post(f"/v1/customers/{ann}/merge", {"other_customer_id": bob, "reason": "one"})
    writes, news = Account._write, [value(left=3000, kept=0, version=5)]

    def write(self: Account, *actions: Any) -> None:
        while news:
            told(bus, news.pop())
        writes(self, *actions)

    monkeypatch.setattr(Account, "_write", write)
    assert burn(ann, 30, "B-2").status == 409
    assert account(ann)["balance"] == 0


def test_a_person_corrects_once_with_a_reason(bus: Bus) -> None:
    customer_id = shopper(bus, "O-1")
    body = {"adjustment_id": "A-1", "points": 40, "reason": "lost parcel"}
    path = f"/v1/customers/{customer_id}/loyalty/adjustments"
    assert [DESK.post(path, body).status for _ in range(2)] == [201, 200]
    assert DESK.post(path, body | {"adjustment_id": "A-2", "points": -41}).status == 409
    assert DESK.post(path, body | {"adjustment_id": "A-3", "points": 0}).status == 422
    assert WEB.post(path, body).status == 403
    assert account(customer_id)["balance"] == 40
    (line,) = OPS.get(f"/v1/customers/{customer_id}/loyalty/ledger").body["items"]
    assert (line["kind"], line["reason"], line["by"]) == ("adjust", "lost parcel", "service_desk:desk-1")


def test_figures_are_kept_per_channel_and_tell_which_kind_of_shopper_it_is(bus: Bus) -> None:
    customer_id = shopper(bus, "O-1")
    assert figures(customer_id)["segment"] == {
        "name": "NONE", "recency": 0, "frequency": 0, "monetary": 0, "because": ["no orders"],
    }  # fmt: skip
    told(bus, contact("O-2", "pos", email="ann@example.com"), contact("O-3", email="ann@example.com"))
    told(bus, value(left=1500), value("O-2", left=2500, channel="pos", at="2026-11-20T09:00:00.000Z"))
    told(bus, value("O-3"), value("O-3", version=2, cancelled=True))
    seen = figures(customer_id)
    assert (seen["orders"], seen["channels_used"]) == (2, ["pos", "web"])
    assert [(one["channel"], one["orders"], one["spend"]["amount"]) for one in seen["channels"]] == [
        ("pos", 1, 2500),
        ("web", 1, 1500),
    ]
    assert seen["segment"]["frequency"] == 2
    assert len(seen["segment"]["because"]) == 3


def test_the_ledger_pages_over_linked_customers_without_losing_a_line(bus: Bus) -> None:
    customer_id = shopper(bus, *(f"O-{number}" for number in range(7)))
    told(bus, *(value(f"O-{number}", left=100 * (number + 1)) for number in range(7)))
    seen, cursor = [], ""
    while True:
        page = OPS.get(f"/v1/customers/{customer_id}/loyalty/ledger?limit=3{cursor}").body
        seen += [line["reference"] for line in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert sorted(seen) == [f"O-{number}" for number in range(7)]
    forged = OPS.get(f"/v1/customers/{customer_id}/loyalty/ledger?cursor=nonsense")
    assert (forged.status, forged.body["errors"][0]["pointer"]) == (422, "/cursor")


@pytest.mark.parametrize("seed", range(3))
def test_random_news_burns_and_links_keep_the_books_straight(bus: Bus, seed: int) -> None:
    rng = random.Random(seed)
    names = [("Ann", "Lee"), ("Bob", "Moss"), ("Cleo", "Nye")]
    people = [
        str(
            put("web", given, email=f"{given}@example.com", name={"given": given, "family": family}).body["customer_id"]
        )
        for given, family in names
    ]
    orders: dict[str, list[int]] = {}
    merges: list[tuple[str, str]] = []
    spent = 0
    for step in range(40):
        match rng.randrange(4):
            case 0:
                order_id, given = f"O-{step}", rng.choice(names)[0]
                orders[order_id] = [rng.randrange(5000), 0, 1]
                orders[order_id][1] = orders[order_id][0]
                told(bus, *rng.sample([contact(order_id, email=f"{given}@example.com"),
                                       value(order_id, left=orders[order_id][0])], 2))  # fmt: skip
            case 1 if orders:
                order_id = rng.choice(list(orders))
                left, kept, version = orders[order_id]
                orders[order_id] = [left, rng.randint(0, kept), version + 1]
                told(bus, value(order_id, left, orders[order_id][1], version + 1), value(order_id, left, kept, version))
            case 2:
                points = rng.randrange(1, 40)
                spent += points * (burn(rng.choice(people), points, f"B-{step}").status == 201)
            case 3 if merges and rng.random() < 0.5:
                owner, merge_id = merges.pop(rng.randrange(len(merges)))
                DESK.post(f"/v1/customers/{owner}/unmerge", {"merge_id": merge_id, "reason": "x"})
            case 3:
                one, other = rng.sample(people, 2)
                before = OPS.get(f"/v1/customers/{one}").body["customer_id"]
                if before != OPS.get(f"/v1/customers/{other}").body["customer_id"]:
                    body = {"other_customer_id": other, "reason": "x"}
                    merges.append((one, DESK.post(f"/v1/customers/{one}/merge", body).body["merge_id"]))
    roots = {OPS.get(f"/v1/customers/{name}").body["customer_id"] for name in people}
    sums = [account(root) for root in roots]
    assert sum(one["earned"] - one["reversed"] for one in sums) == sum(kept // 100 for _, kept, _ in orders.values())
    assert sum(one["burned"] for one in sums) == spent
    lines = [
        line["points"]
        for root in roots
        for line in OPS.get(f"/v1/customers/{root}/loyalty/ledger?limit=200").body["items"]
    ]
    assert sum(lines) == sum(one["balance"] for one in sums), json.dumps(sums)


def test_an_order_of_the_past_counts_once_and_earns_nothing_also_when_it_comes_back(bus: Bus) -> None:
    customer_id = shopper(bus, "O-1", "OLD-1")
    past = value("OLD-1", 5000, at="2019-05-01T09:00:00.000Z", imported=True)
    told(bus, value("O-1", 2000), past, past)
    back = value("OLD-1", 5000, 3000, version=2, at="2019-05-01T09:00:00.000Z", imported=True)
    told(bus, back, past)
    (one,) = figures(customer_id)["channels"]
    assert (one["orders"], one["spend"]["amount"], one["returned"]["amount"]) == (2, 7000, 2000)
    assert one["first_order_at"] == "2019-05-01T09:00:00.000Z"
    assert account(customer_id) == {"balance": 20, "earned": 20, "reversed": 0, "burned": 0, "adjusted": 0}
