"""Objects that several tests need."""

from __future__ import annotations

from datetime import UTC, datetime

from functions.customers.domain.customer import OrderLink
from functions.customers.domain.identity import SourceRecord, Statement

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


def link(*, customer_id: str) -> OrderLink:
    record = SourceRecord(Statement("web", AT, order_id="O-1", full_name="Ann Lee"))
    return OrderLink("O-1", "W-1", AT, customer_id, record)
