"""Use cases that keep the copies up to date, and wake who waits for what they tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from functions.fulfilment.domain.calendar import Calendar
from functions.fulfilment.domain.network import Item, Place, Position, StockPage, row_name
from functions.fulfilment.domain.selling import Exclusion, Pool
from functions.fulfilment.domain.subjects import item_subject, place_subject
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.service.waking import WakingService
from shared.cause import Cause
from shared.clock import Clock
from shared.events.inventory import (
    AllocationRefused,
    ExclusionChanged,
    ItemChanged,
    LocationChanged,
    PoolChanged,
    PositionState,
    StockChanged,
)
from shared.geo import Geo


class CopiesService:
    """Takes over what inventory tells. News of pools and exclusions wakes nobody here: the stored change does."""

    def __init__(self, copies: CopyRepository, waking: WakingService, *, clock: Clock) -> None:
        self._copies = copies
        self._waking = waking
        self._clock = clock

    def location_changed(self, event: LocationChanged, cause: Cause) -> None:
        """The place is as described from now on, unless something newer is known."""
        self._copies.put_place(_place(event), cause=cause)
        self._waking.wake([place_subject(event.location_id)], cause, trigger="place_changed")

    def item_changed(self, event: ItemChanged, cause: Cause) -> None:
        """The item is as described from now on, unless something newer is known."""
        self._copies.put_item(_item(event), cause=cause)
        self._waking.wake([item_subject(event.sku)], cause, trigger="item_changed")

    def pool_changed(self, event: PoolChanged, cause: Cause) -> None:
        """The channel sells from these places from now on, unless something newer is known."""
        ids = None if event.location_ids is None else frozenset(event.location_ids)
        self._copies.put_pool(event.channel, Pool(event.version, ids), cause=cause)

    def exclusion_changed(self, event: ExclusionChanged, cause: Cause) -> None:
        """This is not offered from now on, or again; unless something newer is known."""
        rule = Exclusion(
            event.version,
            event.sku,
            event.category,
            event.location_id,
            event.location_kind,
            event.method,
            event.channel,
            datetime.fromisoformat(event.expires_at) if event.expires_at else None,
            event.gone,
        )
        self._copies.put_exclusion(event.exclusion_id, rule, cause=cause)

    def stock_changed(self, event: StockChanged, cause: Cause) -> None:
        """The positions are as told, each unless something newer is known of it."""
        pages = self._merge(event.positions, cause)
        in_stock = (item_subject(sku) for sku, page in pages.items() if page.available)
        self._waking.wake(in_stock, cause, trigger="stock_changed")

    def allocation_refused(self, event: AllocationRefused, cause: Cause) -> None:
        """Learn the truth that comes with the refusal, then plan again."""
        self._merge(event.positions, cause)
        self._waking.allocation_refused(event, cause)

    def _merge(self, positions: Iterable[PositionState], cause: Cause) -> dict[str, StockPage]:
        news: dict[str, list[tuple[str, Position]]] = defaultdict(list)
        for one in positions:
            position = Position(one.on_hand, one.unavailable, one.held, one.allocated, one.safety, one.version)
            news[one.sku].append((row_name(one.location_id, one.part), position))
        return self._copies.merge(news, at=self._clock(), cause=cause)


def _item(event: ItemChanged) -> Item:
    return Item(
        sku=event.sku,
        version=event.version,
        weight_grams=event.weight_grams,
        backorderable=event.backorderable,
        margin=event.margin,
        ships_from=event.ships_from,
        value=event.value or 0,
        category=event.category,
    )


def _place(event: LocationChanged) -> Place:
    until = event.paused_until
    return Place(
        location_id=event.location_id,
        kind=event.kind,
        country=event.country,
        version=event.version,
        geo=Geo(event.geo.lat, event.geo.lng),
        capabilities=event.capabilities,
        parcels_per_day=event.parcels_per_day,
        handling_per_parcel=event.handling_per_parcel,
        handling_per_unit=event.handling_per_unit,
        paused=event.paused,
        paused_until=datetime.fromisoformat(until).astimezone(UTC) if until else None,
        calendar=Calendar(
            event.time_zone,
            None if event.opening_hours is None else {day: tuple(s) for day, s in event.opening_hours.items()},
            event.closed_dates,
        ),
        cutoff=event.cutoff,
        lead_time_minutes=event.lead_time_minutes,
        pickup_days=event.pickup_days,
    )
