"""Which waiting work a run of re-evaluation looks at: in time every place has its turn, however much there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.work import WorkRepository
from functions.fulfilment.service import reevaluation
from functions.fulfilment.service.reevaluation import ReevaluationService
from shared.aws import client
from shared.dynamo.table import Table
from tests.component.fulfilment.world import World, line

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def _same(at: datetime) -> datetime:
    return at


def test_each_place_has_its_turn_when_a_run_cannot_look_at_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reevaluation, "ORDERS_PER_RUN", 1)
    for number, (name, sku) in enumerate((("S1", "MUG"), ("DC", "LAMP"))):
        world.stock(sku, **{name: 1})
        world.routed(f"O-{number}", line("1", sku, 1))
    table = Table(client("dynamodb"), "fulfilment")
    seen: set[str] = set()
    for run in range(6):
        at = NOW + timedelta(minutes=15 * run)
        service = ReevaluationService(
            DemandRepository(table),
            CopyRepository(table),
            WorkRepository(table),
            clock=partial(_same, at),
            choose=lambda _columns, _free: [],
        )
        (batch,) = service._batches()
        assert len(batch) == 1
        seen |= batch.keys()
    assert seen == {"O-0", "O-1"}
