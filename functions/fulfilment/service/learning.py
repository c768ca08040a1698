"""Use cases that keep what prices are learned from: what customers ask for, and how picks go."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from functions.fulfilment.domain.demand import CARRIED_OUT
from functions.fulfilment.domain.history import Seen, market_of_counter, market_of_region, picks_at
from functions.fulfilment.domain.work import Reason
from functions.fulfilment.repository.prices import PriceRepository
from shared.cause import Cause
from shared.events.fulfilment import Shipped, UnitsShort
from shared.events.orders import Destination, OrderedLine, OrderLinesAdded, OrderPlaced, OrderReleased
from shared.geo import Geo


class LearningService:
    """Notes; told again it notes nothing more. What a shopper collects at a place counts as its counter's demand."""

    def __init__(self, prices: PriceRepository) -> None:
        self._prices = prices

    def placed(self, event: OrderPlaced, cause: Cause) -> None:
        """What left with shoppers at a counter: it is never released."""
        if seen := _asked((line for line in event.lines if line.method == CARRIED_OUT), None):
            self._prices.note(f"{event.order_id}#counter", seen, day=_day(cause), cause=cause)

    def released(self, event: OrderReleased, cause: Cause) -> None:
        """What an order asks for, on the day of its release (channels say themselves when one was placed)."""
        seen = _asked((line for line in event.lines if line.method != CARRIED_OUT), event.destination)
        if seen and not event.again:
            self._prices.note(event.order_id, seen, day=_day(cause), cause=cause)

    def lines_added(self, event: OrderLinesAdded, cause: Cause) -> None:
        """What a change adds at a counter; where its other units go is not told."""
        if seen := _asked([line for line in event.lines if line.location_id], None):
            self._prices.note(f"{event.order_id}#{event.change_id}", seen, day=_day(cause), cause=cause)

    def shipped(self, event: Shipped, cause: Cause) -> None:
        """Units that were found."""
        seen = picks_at(event.location_id, found=sum(line.shipped for line in event.lines))
        self._note_pick(event.fulfilment_order_id, seen, cause)

    def short(self, event: UnitsShort, cause: Cause) -> None:
        """Units that a place did not give, whatever its reason; that it was paused says nothing about its picks."""
        if event.reason == Reason.PAUSED:
            return
        seen = picks_at(event.location_id, failed=sum(line.quantity for line in event.lines))
        self._note_pick(f"{event.fulfilment_order_id}#{event.number}", seen, cause)

    def _note_pick(self, what: str, seen: Seen, cause: Cause) -> None:
        if seen.units:
            self._prices.note(f"#{what}", seen, day=_day(cause), cause=cause)


def _day(cause: Cause) -> date:
    return (cause.occurred_at or cause.at).date()


def _asked(lines: Iterable[OrderedLine], destination: Destination | None) -> Seen | None:
    geo = Geo(destination.geo.lat, destination.geo.lng) if destination and destination.geo else None
    online = market_of_region(destination.country if destination else "", geo)
    units = tuple(
        (line.sku, market_of_counter(line.location_id) if line.location_id else online, line.quantity) for line in lines
    )
    return Seen(units) if units else None
