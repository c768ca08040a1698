"""Use cases that keep the copies up to date; each may be repeated, in any order."""

from __future__ import annotations

from datetime import UTC, datetime

from functions.orders.copies import CopyBook
from functions.orders.domain.copies import Item, Place, Pool, Position, RateCard, Tariff, Zone
from shared.cause import Cause
from shared.events.fulfilment import RateCardPut
from shared.events.inventory import ItemChanged, LocationChanged, PoolChanged, StockChanged
from shared.geo import Geo


class Copying:
    """Takes over what others tell."""

    def __init__(self, copies: CopyBook) -> None:
        self._copies = copies

    def item_changed(self, event: ItemChanged, cause: Cause) -> None:
        """The item is as described from now on."""
        item = Item(event.sku, event.version, event.weight_grams, event.category, event.backorderable)
        self._copies.keep_item(item, cause)

    def location_changed(self, event: LocationChanged, cause: Cause) -> None:
        """The place is as described from now on."""
        until = event.paused_until
        place = Place(
            location_id=event.location_id,
            version=event.version,
            country=event.country,
            geo=Geo(event.geo.lat, event.geo.lng),
            capabilities=event.capabilities,
            handling_per_parcel=event.handling_per_parcel,
            handling_per_unit=event.handling_per_unit,
            paused=event.paused,
            paused_until=datetime.fromisoformat(until).astimezone(UTC) if until else None,
        )
        self._copies.keep_place(place, cause)

    def pool_changed(self, event: PoolChanged, cause: Cause) -> None:
        """The channel sells from these places from now on."""
        ids = None if event.location_ids is None else frozenset(event.location_ids)
        self._copies.keep_pool(Pool(event.channel, event.version, ids), cause)

    def stock_changed(self, event: StockChanged, cause: Cause) -> None:
        """The positions are as told."""
        at = cause.occurred_at or cause.at
        for one in event.positions:
            surplus = one.on_hand - one.unavailable - one.held - one.allocated - one.safety
            position = Position(one.sku, one.location_id, one.part, surplus, at, one.version)
            self._copies.keep_position(position, cause)

    def rate_card_put(self, event: RateCardPut, cause: Cause) -> None:
        """Parcels cost this from the card's time on."""
        card = RateCard(
            card_id=event.card_id,
            version=event.version,
            currency=event.currency,
            effective_from=datetime.fromisoformat(event.effective_from).astimezone(UTC),
            zones=tuple(Zone(one.zone, one.up_to_km, one.countries) for one in event.zones),
            tariffs={
                service.service: {
                    one.zone: Tariff(tuple((step.up_to_grams, step.amount) for step in one.steps), one.per_kg)
                    for one in service.tariffs
                }
                for service in event.services
            },
            unknown_distance_zone=event.unknown_distance_zone,
        )
        self._copies.keep_card(card, cause)
