"""The answer about availability as plain JSON: letter for letter what its model says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from functions.inventory.domain.availability import AtPlace, Availability, StockStatus
from functions.inventory.domain.selling import Safety
from functions.inventory.schemas.availability import AvailabilityView, plain
from functions.inventory.service.availability import Answered

AT = datetime(2026, 11, 21, 10, 0, 0, 123_456, tzinfo=UTC)


def item(sku: str, *places: AtPlace, expected_at: datetime | None = None) -> Availability:
    available = sum(one.available for one in places)
    status = StockStatus.IN_STOCK if places else StockStatus.BACKORDER
    return Availability(sku, available, status, places, available, 0, 0, expected_at)


def test_an_unexplained_answer_is_the_same_from_dictionaries_as_from_models() -> None:
    far = AtPlace("S1", 3, 12.3456, 4, Safety(1, "R-1"))
    near = AtPlace("DC1", 9, None, 9, Safety(0))
    elsewhere = timezone(timedelta(hours=9))
    items = [item("MUG", near, far), item("LAMP"), item("VASE", expected_at=AT.astimezone(elsewhere))]
    answered = Answered(items, AT, 7)
    assert plain(answered) == json.loads(AvailabilityView.of(answered).model_dump_json())
