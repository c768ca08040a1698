"""Finding orders: by the channel's id, by customer, by status; paged, and only one's own."""

from __future__ import annotations

import json

import pytest

from functions.orders import repository, service
from functions.orders.schemas import MAX_LINES
from shared.events.base import Event
from shared.events.customers import CustomersLinked, CustomersUnlinked
from shared.money import MAX_MINOR
from tests.component.orders.shop import OPS, WEB, collected, line, opened, order, place, refused, routed
from tests.support.bus import Bus
from tests.support.gateway import Gateway, channel, customer


def _place_many(count: int, *, name: str = "web", customer_id: str | None = None) -> list[str]:
    """Orders placed a minute apart; answers their channel order ids, the newest first."""
    numbers = []
    for minute in range(count):
        number = f"{name}-{minute}"
        at = f"2026-11-21T10:{minute:02d}:00Z"
        place(order(number, channel=name, placed_at=at, customer={"customer_id": customer_id}), by=OPS)
        numbers.append(number)
    return numbers[::-1]


def _pages(gateway: Gateway, path: str, limit: int) -> list[list[str]]:
    pages, cursor = [], ""
    while True:
        answer = gateway.get(f"{path}&limit={limit}{cursor}")
        assert answer.status == 200, answer.body
        pages.append([one["channel_order_id"] for one in answer.body["items"]])
        if answer.body["next_cursor"] is None:
            return pages
        cursor = f"&cursor={answer.body['next_cursor']}"


@pytest.mark.usefixtures("aws")
def test_an_order_is_found_by_its_channels_own_id() -> None:
    placed = place()

    found = WEB.get("/v1/orders?channel=web&channel_order_id=W-1").body

    assert found == {"items": [placed], "next_cursor": None}
    assert WEB.get("/v1/orders?channel_order_id=W-1").body["items"] == [placed]
    assert WEB.get("/v1/orders?channel=web&channel_order_id=W-2").body["items"] == []


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("limit", [1, 4, 10, 11, 50])
def test_the_orders_of_a_status_are_listed_over_all_shards_the_newest_first(limit: int) -> None:
    numbers = _place_many(11)

    pages = _pages(OPS, "/v1/orders?status=PLACED", limit)

    assert [number for page in pages for number in page] == numbers
    assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.usefixtures("aws")
def test_the_orders_of_a_customer_are_listed_the_newest_first() -> None:
    numbers = _place_many(5, customer_id="C-1")
    _place_many(2, name="app", customer_id="C-2")

    assert [n for page in _pages(OPS, "/v1/orders?customer_id=C-1", 2) for n in page] == numbers
    assert [n for page in _pages(Gateway(customer("C-1")), "/v1/orders?status=PLACED", 2) for n in page] == numbers


@pytest.mark.usefixtures("aws")
def test_nobody_lists_what_is_not_theirs() -> None:
    _place_many(3, customer_id="C-1")
    _place_many(3, name="app", customer_id="C-1")

    app = Gateway(channel("app"))
    assert {n for page in _pages(app, "/v1/orders?status=PLACED", 2) for n in page} == {"app-0", "app-1", "app-2"}
    assert {n for page in _pages(app, "/v1/orders?customer_id=C-1", 2) for n in page} == {"app-0", "app-1", "app-2"}
    assert app.get("/v1/orders?channel=web&channel_order_id=web-1").body["items"] == []
    assert Gateway(customer("C-2")).get("/v1/orders?customer_id=C-1").body["items"] == []
    assert Gateway(customer("C-2")).get("/v1/orders?channel=web&channel_order_id=web-1").body["items"] == []
    assert Gateway({"sub": "u", "role": "customer"}).get("/v1/orders").body["items"] == []


@pytest.mark.usefixtures("aws")
def test_lists_refuse_what_they_cannot_answer() -> None:
    _place_many(2)
    cursor = OPS.get("/v1/orders?status=PLACED&limit=1").body["next_cursor"]

    refused(OPS.get("/v1/orders"), 422, "filter_required")
    refused(OPS.get("/v1/orders?status=LOST"), 422, "invalid", "/status")
    refused(OPS.get("/v1/orders?colour=red"), 422, "invalid", "/colour")
    refused(OPS.get("/v1/orders?status=PLACED&limit=0"), 422, "invalid", "/limit")
    refused(OPS.get("/v1/orders?status=PLACED&cursor=forged!"), 422, "invalid", "/cursor")
    refused(OPS.get(f"/v1/orders?status=CANCELLED&cursor={cursor}"), 422, "invalid", "/cursor")


def _numbers(query: str, *, by: Gateway = OPS) -> list[str]:
    answer = by.get(f"/v1/orders?{query}")
    assert answer.status == 200, answer.body
    return [one["channel_order_id"] for one in answer.body["items"]]


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("limit", [1, 3, 50])
def test_a_channel_lists_its_own_orders_of_a_time(limit: int) -> None:
    _place_many(6)
    _place_many(3, name="app")
    window = "placed_from=2026-11-21T10:01:00Z&placed_before=2026-11-21T10:04:00Z"

    pages = _pages(WEB, f"/v1/orders?{window}", limit)

    assert [number for page in pages for number in page] == ["web-3", "web-2", "web-1"]
    assert _numbers(f"channel=app&{window}") == ["app-2", "app-1"]
    assert _numbers(f"status=PLACED&channel=app&{window}") == ["app-2", "app-1"]
    assert _numbers("channel=web&placed_before=2026-11-21T10:00:00Z") == []


def test_a_store_finds_what_is_collected_there_and_what_it_works_on(bus: Bus) -> None:
    collects = order("W-1", line("1"), collected("2", 1))
    order_id = place(collects)["order_id"]
    place(order("W-2"))
    both = order(
        "W-3", collected("1", 1), collected("2", 1) | {"fulfilment": {"method": "pickup", "location_id": "S2"}}
    )
    place(both)

    assert sorted(_numbers("location_id=S1")) == ["W-1", "W-3"], "placed in the same moment"
    assert _numbers("location_id=S2") == ["W-3"]
    bus.deliver("orders", routed(order_id, opened(order_id, 1, "S3", l1=2), opened(order_id, 2, "S1", "pickup", l2=1)))
    assert _numbers("location_id=S3") == ["W-1"]
    assert _numbers("location_id=S3&status=CANCELLED") == []


@pytest.mark.usefixtures("aws")
def test_a_list_of_everything_is_refused() -> None:
    refused(OPS.get("/v1/orders?placed_from=2026-11-21T10:01:00Z"), 422, "filter_required")


LINK = CustomersLinked(merge_id="M-1", customer_id="C-1", linked_customer_ids=("C-2", "C-9"))
CUT = CustomersUnlinked(merge_id="M-1", customer_id="C-1", unlinked_customer_ids=("C-2", "C-9"))


def _of_one_person(bus: Bus) -> None:
    _place_many(2, name="web", customer_id="C-1")
    _place_many(2, name="pos", customer_id="C-2")
    _place_many(1, name="app", customer_id="C-3")
    second = CustomersLinked(merge_id="M-2", customer_id="C-3", linked_customer_ids=("C-1",))
    for event in (second, LINK, LINK):
        assert bus.deliver("orders", event) == []


def test_a_list_by_customer_is_of_all_who_are_the_same_person(bus: Bus) -> None:
    _of_one_person(bus)
    for name in ("C-1", "C-2", "C-3"):
        pages = _pages(OPS, f"/v1/orders?customer_id={name}", 2)
        assert sorted(number for page in pages for number in page) == ["app-0", "pos-0", "pos-1", "web-0", "web-1"]
        found = _pages(Gateway(customer("C-2")), f"/v1/orders?customer_id={name}", 50)
        assert len(found[0]) == 5, "each of the shopper's logins sees all"
    assert Gateway(customer("C-4")).get("/v1/orders?customer_id=C-1").body["items"] == []


def test_each_login_of_a_shopper_reaches_what_the_list_shows_and_a_stranger_nothing(bus: Bus) -> None:
    _of_one_person(bus)
    ids = [one["order_id"] for one in OPS.get("/v1/orders?customer_id=C-1").body["items"]]
    paths = [f"/v1/orders/{order_id}{part}" for order_id in ids for part in ("", "/history", "/payments")]
    for name, status in (("C-1", 200), ("C-2", 200), ("C-3", 200), ("C-4", 404)):
        assert {Gateway(customer(name)).get(path).status for path in paths} == {status}, name
    cancel = {"request_id": "X", "reason": "NO"}
    assert Gateway(customer("C-4")).post(f"/v1/orders/{ids[0]}/cancel", cancel).status == 404
    assert Gateway(customer("C-3")).post(f"/v1/orders/{ids[0]}/cancel", cancel).status == 200
    bus.deliver("orders", CUT)
    reached = [Gateway(customer("C-2")).get(f"/v1/orders/{order_id}").status for order_id in ids]
    assert sorted(reached) == [200, 200, 404, 404, 404], "what was cut is two people again"


@pytest.mark.parametrize("news", [(CUT,), (CUT, LINK), (LINK, CUT, LINK)])
def test_a_cut_link_stays_cut_whatever_comes_late(bus: Bus, news: tuple[Event, ...]) -> None:
    _of_one_person(bus)
    for event in news:
        assert bus.deliver("orders", event) == []
    assert len(OPS.get("/v1/orders?customer_id=C-1").body["items"]) == 3
    assert len(OPS.get("/v1/orders?customer_id=C-2").body["items"]) == 2
    assert Gateway(customer("C-2")).get("/v1/orders?customer_id=C-1").body["items"] == []


@pytest.mark.usefixtures("aws")
def test_a_page_ends_where_its_orders_are_so_large_that_one_answer_would_not_hold_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(repository, "MAX_PAGE_WEIGHT", 5)
    monkeypatch.setattr(service, "MAX_PAGE_WEIGHT", 5)
    for minute, lines in enumerate((1, 7, 2, 2, 2)):
        many = [line(str(number)) for number in range(lines)]
        place(order(f"W-{minute}", *many, placed_at=f"2026-11-21T10:{minute:02d}:00Z"), by=OPS)

    assert _pages(OPS, "/v1/orders?channel=web", 50) == [["W-4", "W-3", "W-2"], ["W-1"], ["W-0"]]
    assert _pages(OPS, "/v1/orders?channel=web&status=PLACED", 50) == [["W-4", "W-3", "W-2"], ["W-1"], ["W-0"]]
    assert _pages(OPS, "/v1/orders?channel=web&status=CANCELLED", 50)[-1] == []


@pytest.mark.usefixtures("aws")
def test_the_largest_page_fits_into_an_answer() -> None:
    name = "x" * 64
    fulfilment = {"method": "pickup", "location_id": name}
    placed = place(order("W-1", line(name, 1, MAX_MINOR - 399, sku=name, fulfilment=fulfilment)))

    most = (
        2 * repository.MAX_PAGE_WEIGHT + MAX_LINES
    )  # a round that lacked next to nothing, a second one, a large order
    assert most * len(json.dumps(placed["lines"][0], separators=(",", ":"))) < 6 * 1024 * 1024
