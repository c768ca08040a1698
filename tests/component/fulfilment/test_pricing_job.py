"""The price job on its table: what it counts, what it posts, and what a plan then does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions.fulfilment import pricer, solver
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.prices import PriceRepository
from functions.fulfilment.service.pricing import PricingService
from shared import clock, testing_clock
from shared.aws import client
from shared.cause import Cause
from shared.dynamo.table import Table
from shared.events.fulfilment import LineProgress, Shipped, ShortLine, UnitsShort
from shared.events.inventory import GeoPoint
from shared.events.orders import Destination
from tests.component.fulfilment.world import LEEDS, World, item, line, released, sold
from tests.support.local_aws import running_as

NEWCASTLE = GeoPoint(lat=54.97, lng=-1.61)
BETWEEN = GeoPoint(lat=52.6, lng=-1.1)
"""In the same zone of Leeds and London, and nearer to Leeds."""


@pytest.fixture(autouse=True)
def real_time_afterwards() -> Iterator[None]:
    yield
    with running_as("platform"):
        testing_clock.move(None)


def job() -> dict[str, Any]:
    with running_as("fulfilment"):
        return pricer.handler({}, None)


def repository() -> PriceRepository:
    return PriceRepository(Table(client("dynamodb"), "fulfilment"))


def counter_sales(world: World, sku: str, location_id: str, units: int) -> None:
    """Units that shoppers carried out of a store."""
    for number in range(units):
        world.say(sold(f"pos-{location_id}-{number}", sku, location_id))


def where(world: World, order_id: str, quantity: int = 1) -> str:
    """Where an order from Leeds goes that the stock covers everywhere."""
    world.say(released(order_id, line("1", "MUG", quantity)))
    (allocation,) = world.asked()["allocations"]
    return str(allocation["location_id"])


def decision(world: World, order_id: str) -> dict[str, Any]:
    return dict(world.api.get(f"/v1/orders/{order_id}/routing").body["decisions"][-1])


def test_a_unit_that_the_counter_will_sell_is_left_there(world: World) -> None:
    world.say(item("MUG", margin=2_000, version=2))
    world.stock("MUG", S1=5, DC=50)
    counter_sales(world, "MUG", "S1", 30)
    assert where(world, "before") == "S1"
    assert job()["posted"] == 1
    assert where(world, "after") == "DC"
    assert decision(world, "before")["price_version"] == 0
    assert decision(world, "after")["price_version"] == 1


def test_the_price_is_a_term_of_the_explanation(world: World) -> None:
    world.say(item("MUG", margin=2_000, version=2))
    world.stock("MUG", S1=5)
    counter_sales(world, "MUG", "S1", 30)
    job()
    assert where(world, "W-1") == "S1", "there is no other"
    (term,) = [one for one in decision(world, "W-1")["cost"]["terms"] if one["term"] == "stock_price"]
    assert 1_500 < term["amount"] <= 2_000
    assert term["location_id"] == "S1"


def test_a_dry_run_knows_the_prices(world: World) -> None:
    world.say(item("MUG", margin=2_000, version=2))
    world.stock("MUG", S1=5, DC=50)
    counter_sales(world, "MUG", "S1", 30)
    job()
    body = {
        "lines": [{"line_id": "1", "sku": "MUG", "quantity": 1}],
        "destination": {"geo": {"lat": LEEDS.lat, "lng": LEEDS.lng}},
        "service": "standard",
    }
    answer = world.api.post("/v1/routing/plan", body)
    assert answer.status == 200, answer.body
    assert [one["location_id"] for one in answer.body["assignments"]] == ["DC"]


def test_orders_from_afar_spare_the_stock_of_a_region_that_will_need_it(world: World) -> None:
    """Without a margin, by the duals alone: the north orders more than Leeds has, so London serves who is between."""
    world.stock("MUG", S1=6, DC=200)
    for number in range(12):
        north = Destination(country="GB", geo=NEWCASTLE)
        world.say(released(f"seen-{number}", line("1", "MUG", 2), destination=north))
    world.heard()
    between = Destination(country="GB", geo=BETWEEN)
    world.say(released("W-1", line("1", "MUG", 1), destination=between))
    assert world.asked()["allocations"][0]["location_id"] == "S1"
    job()
    world.say(released("W-2", line("1", "MUG", 1), destination=between))
    assert world.asked()["allocations"][0]["location_id"] == "DC"


def test_the_last_units_wait_for_orders_that_want_more_than_them(world: World) -> None:
    """No counter, no margin, and more than enough of it elsewhere; but of ten baskets no two are alike."""
    world.stock("MUG", S1=60, DC=900)
    others = [f"SKU{number}" for number in range(10)]
    for number, sku in enumerate(others):
        world.stock(sku, S1=900)
        world.say(released(f"seen-{number}", line("1", "MUG", 1), line("2", sku, 1)))
    job()
    world.heard()
    assert where(world, "full") == "S1"
    world.stock("MUG", S1=3, DC=900)
    assert where(world, "nearly sold out", 3) == "DC"
    assert "stock_price" not in [one["term"] for one in decision(world, "full")["cost"]["terms"]], "they were many then"


@pytest.mark.parametrize("together", [True, False], ids=["ordered together", "ordered apart"])
def test_what_is_ordered_with_other_items_is_kept_where_they_lie(world: World, together: bool) -> None:
    """Lamps lie in Leeds only, and so do few of the mugs that travel with them: a mug alone comes from London."""
    world.stock("MUG", S1=40, DC=200)
    world.stock("LAMP", S1=300, DC=0)
    for number in range(12):
        lines = [line("1", "MUG", 1), line("2", "LAMP", 1)]
        for part, chosen in enumerate([lines] if together else [[one] for one in lines]):
            north = Destination(country="GB", geo=NEWCASTLE)
            world.say(released(f"seen-{number}-{part}", *chosen, destination=north))
    world.heard()
    world.stock("MUG", S1=6, DC=200)
    assert where(world, "before") == "S1"
    job()
    assert where(world, "after") == ("DC" if together else "S1")
    job()
    assert where(world, "again") == ("DC" if together else "S1"), "counted again, nothing counts twice"


def test_told_again_an_order_counts_once(world: World) -> None:
    sale = sold("pos-1", "MUG", "S1", 3)
    world.say(sale, event_id="one")
    world.say(sale, event_id="one")
    pickup = line("1", "MUG", 2, method="pickup", location_id="S2")
    world.say(released("W-1", pickup), released("W-1", pickup, again=1))
    job()
    job()
    (history,) = [one for shard in range(16) for one in repository().histories(shard).values()]
    assert history.totals() == {"counter:S1": 3, "counter:S2": 2}


def test_a_second_run_without_news_stores_nothing(world: World) -> None:
    world.say(item("MUG", margin=2_000, version=2))
    world.stock("MUG", S1=5, DC=50)
    counter_sales(world, "MUG", "S1", 30)
    assert job() == {"run": 1, "items": 1, "posted": 1, "more": False, "idle": False}
    assert job() == {"run": 2, "items": 1, "posted": 0, "more": False, "idle": False}


def test_two_runs_never_work_at_the_same_time(world: World) -> None:
    cause = Cause("r", "price", "service:fulfilment", clock.now(), "r")
    held = repository().save_run(repository().run().begun(clock.now()), cause=cause)
    assert job() == {"run": 1, "items": 0, "posted": 0, "more": False, "idle": True}
    assert repository().run() == held
    with running_as("platform"):
        testing_clock.move(clock.now() + timedelta(minutes=16))  # whoever held it cannot be running any more
    assert job()["run"] == 2


def test_a_run_that_fails_gives_the_job_back_and_counts_the_same_days_again(world: World) -> None:
    world.say(item("MUG", margin=2_000, version=2))
    world.stock("MUG", S1=5, DC=50)
    counter_sales(world, "MUG", "S1", 30)
    world.say(released("W-1", line("1", "MUG", 1)))
    table = Table(client("dynamodb"), "fulfilment")

    def broken(_: object) -> list[float]:
        raise solver.NotSolved("unlucky")

    failing_job = PricingService(PriceRepository(table), CopyRepository(table), clock=clock.now, solve=broken)
    world.stock("MUG", S1=1, DC=0)
    with pytest.raises(solver.NotSolved):
        failing_job.run(Cause("r", "price", "service:fulfilment", clock.now(), "r"), enough=lambda: False)
    done = job()
    assert (done["run"], done["posted"]) == (2, 1)


def test_what_does_not_fit_into_one_run_is_priced_by_the_next(world: World) -> None:
    skus = [f"SKU{number}" for number in range(20)]
    for sku in skus:
        world.say(item(sku, margin=2_000))
        world.stock(sku, S1=5)
    for sku in skus:
        world.say(sold(f"pos-{sku}", sku, "S1", 9))
    table = Table(client("dynamodb"), "fulfilment")
    pricing = PricingService(PriceRepository(table), CopyRepository(table), clock=clock.now, solve=solver.duals)
    runs = [pricing.run(Cause(f"r{n}", "price", "s", clock.now(), "r"), enough=lambda: True) for n in range(16)]
    assert all(run.more for run in runs)
    assert sum(run.posted for run in runs) == len(skus)


def test_a_place_that_does_not_find_its_units_gets_dearer(world: World) -> None:
    world.stock("MUG", S1=50, S2=50)
    world.stock("LAMP", S1=50)
    assert where(world, "before") == "S1"
    for number in range(5):
        names = {"order_id": f"o{number}", "fulfilment_order_id": f"o{number}.1", "location_id": "S1"}
        lines = (ShortLine(line_id="1", sku="MUG", quantity=8),)
        world.say(UnitsShort(**names, plan_version=1, number=1, reason="NOT_FOUND", lines=lines))
        shipped = (LineProgress(line_id="1", sku="MUG", shipped=30),)
        names = {**names, "location_id": "S2"}
        world.say(Shipped(**names, method="ship", status="SHIPPED", lines=shipped, version=4))
    job()
    assert where(world, "after") == "S2"
    world.say(released("risky", line("1", "LAMP", 2)))
    (term,) = [one for one in decision(world, "risky")["cost"]["terms"] if one["term"] == "reject_risk"]
    assert 2 * 200 < term["amount"] < 2 * 390, "two units in three are not found there, each costs a parcel more"


def test_with_nothing_seen_the_job_has_nothing_to_do(world: World) -> None:
    world.stock("MUG", S1=50)
    assert job() == {"run": 1, "items": 0, "posted": 0, "more": False, "idle": False}
    assert where(world, "W-1") == "S1"


def test_a_price_reads_no_more_requests_than_a_plan_without(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Prices lie in the same batch as items and stock, and how picks go is remembered with the places."""
    copies = CopyRepository(Table(client("dynamodb"), "fulfilment"))
    copies.load([])
    calls: list[str] = []
    make = client("dynamodb").meta.events
    make.register("before-call.dynamodb", lambda model, **_: calls.append(model.name), unique_id="count")
    try:
        copies.load(["MUG", "LAMP"])
    finally:
        make.unregister("before-call.dynamodb", unique_id="count")
    assert calls == ["BatchGetItem"]
