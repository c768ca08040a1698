"""The data of a replay, and what of it is loaded when."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.local.replay import EXCERPT, bodies
from infra.local.replay.baskets import Unreadable, baskets, minor, opening


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def order(number: int, *skus: str) -> dict[str, Any]:
    lines = [{"sku": sku, "qty": 2, "price": 1.15} for sku in skus]
    ship_to = {"postcode": "LS1", "lat": 53.8, "lng": -1.55}
    return {"t": "order", "id": str(number), "at": "2011-09-01T08:25:00", "channel": "web", "customer": "13509.0",
            "ship_to": ship_to, "lines": lines}  # fmt: skip


@pytest.mark.parametrize(
    ("pounds", "pence"), [("0.29", 29), ("1.15", 115), ("12.75", 1275), ("0", 0), ("1000", 100_000)]
)
def test_pounds_become_pence_exactly(pounds: str, pence: int) -> None:
    assert minor(pounds) == pence


@pytest.mark.parametrize("pounds", ["0.005", "-1"])
def test_what_is_no_amount_in_pence_is_refused(pounds: str) -> None:
    with pytest.raises(Unreadable):
        minor(pounds)


def test_the_committed_excerpt_has_all_that_its_three_hundred_orders_need() -> None:
    orders = list(baskets(EXCERPT, 1000))
    start = opening(EXCERPT, 300)
    stocked = {sku for wave in start.waves for lines in wave.stock.values() for sku, _ in lines}
    assert len(orders) == 300
    assert len(start.places) == 10
    assert (
        {line.sku for basket in orders for line in basket.lines}
        == {s.id for w in start.waves for s in w.skus}
        == stocked
    )
    assert max(len(basket.lines) for basket in orders) > 200


def test_a_longer_replay_loads_the_same_waves_and_more() -> None:
    short, long = opening(EXCERPT, 26).waves, opening(EXCERPT, 300).waves
    assert (len(short), len(long)) == (2, 12)
    for number, wave in enumerate(short):
        assert wave == long[number]


def test_each_position_is_stocked_once_for_an_import_says_what_is_there_and_adds_nothing() -> None:
    stocked = [
        (sku, location)
        for wave in opening(EXCERPT, 300).waves
        for location, lines in wave.stock.items()
        for sku, _ in lines
    ]
    assert len(stocked) == len(set(stocked)) > 8_000


def test_an_order_is_paid_to_the_penny_and_goes_to_a_place_on_the_map(tmp_path: Path) -> None:
    (basket,) = baskets(write(tmp_path / "data.jsonl", order(1, "A", "B")), 5)
    body = bodies.order(basket, "web")
    assert body["payment"]["amount"] == {"amount": 460, "currency": "GBP"}
    assert body["placed_at"] == "2011-09-01T08:25:00Z"
    assert body["customer"] == {"loyalty_number": "13509"}
    assert body["shipping"]["address"]["geo"] == {"lat": 53.8, "lng": -1.55}
    assert [line["line_id"] for line in body["lines"]] == ["1", "2"]


def test_a_guest_is_nobody_in_particular(tmp_path: Path) -> None:
    (basket,) = baskets(write(tmp_path / "data.jsonl", order(1, "A") | {"customer": None}), 5)
    assert bodies.order(basket, "web")["customer"] == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"x": 1}', '{"t": "order", "id": "1"}'])
def test_a_broken_line_is_named(tmp_path: Path, text: str) -> None:
    broken = tmp_path / "data.jsonl"
    broken.write_text(text + "\n")
    with pytest.raises(Unreadable, match=r"line 1|order 1"):
        list(baskets(broken, 1))
