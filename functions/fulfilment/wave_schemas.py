"""HTTP models of waves and shelf positions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from functions.fulfilment.domain.waves import MAX_WAVE, Wave, WaveStatus
from functions.fulfilment.import_schemas import Bin
from functions.fulfilment.repository.waves import BinPage, WavePage
from functions.fulfilment.schemas import Method
from functions.fulfilment.service.waves import OpenWave, Walk
from shared.schemas import Identifier, PageQuery, Schema, UtcTime

MAX_BINS = 500


class OpenWaveBody(Schema):
    """A walk past the shelves: the named work, or `limit` fulfilment orders (of one method) that are due first, fewer
    where they have more than 5,000 lines together."""

    wave_id: Identifier
    location_id: Identifier
    limit: Annotated[int, Field(ge=1, le=MAX_WAVE)] = 20
    method: Method | None = None
    fulfilment_order_ids: Annotated[list[Identifier], Field(min_length=1, max_length=MAX_WAVE)] | None = None

    @model_validator(mode="after")
    def each_once(self) -> OpenWaveBody:
        if self.fulfilment_order_ids and len(set(self.fulfilment_order_ids)) != len(self.fulfilment_order_ids):
            raise ValueError("a fulfilment order is named twice")
        return self

    def wanted(self) -> OpenWave:
        ids = None if self.fulfilment_order_ids is None else tuple(self.fulfilment_order_ids)
        return OpenWave(self.wave_id, self.location_id, self.limit, self.method, ids)


class WaveQuery(PageQuery):
    """The waves of a location, in one status."""

    location_id: Identifier
    status: WaveStatus | None = None


class ShelfLineView(Schema):
    """Units of one line at one shelf position: still `to_pick`, `picked`, and `short`."""

    bin: str | None
    sku: str
    fulfilment_order_id: str
    line_id: str
    to_pick: int
    picked: int
    short: int


class WaveHead(Schema):
    """A wave; `left` are the fulfilment orders that were let go unpicked when it was closed."""

    wave_id: str
    location_id: str
    status: WaveStatus
    opened_by: str
    opened_at: UtcTime
    closed_at: UtcTime | None
    fulfilment_order_ids: list[str]
    left: list[str]
    version: int


class WaveView(WaveHead):
    """A wave with its lines in the order of the shelves, and how far it is in units."""

    lines: list[ShelfLineView]
    to_pick: int
    picked: int
    short: int

    @classmethod
    def of(cls, walk: Walk) -> WaveView:
        return cls(
            **_head(walk.wave),
            lines=[
                ShelfLineView(
                    bin=one.bin or None,
                    sku=one.sku,
                    fulfilment_order_id=one.fulfilment_order_id,
                    line_id=one.line_id,
                    to_pick=one.to_pick,
                    picked=one.picked,
                    short=one.short,
                )
                for one in walk.lines
            ],
            to_pick=sum(one.to_pick for one in walk.lines),
            picked=sum(one.picked for one in walk.lines),
            short=sum(one.short for one in walk.lines),
        )


class WavesView(Schema):
    """One page of waves."""

    items: list[WaveHead]
    next_cursor: str | None = None

    @classmethod
    def of(cls, page: WavePage) -> WavesView:
        return cls(items=[WaveHead(**_head(one)) for one in page.waves], next_cursor=page.next_cursor)


def _head(wave: Wave) -> dict[str, Any]:
    return {
        "wave_id": wave.wave_id,
        "location_id": wave.location_id,
        "status": wave.status,
        "opened_by": wave.opened_by,
        "opened_at": wave.opened_at,
        "closed_at": wave.closed_at,
        "fulfilment_order_ids": list(wave.fulfilment_order_ids),
        "left": list(wave.left),
        "version": wave.version,
    }


class ShelfPosition(Schema):
    """Where an item lies at a location; null: nowhere in particular."""

    sku: Identifier
    bin: Bin | None


class BinsBody(Schema):
    """Where items lie; what is not named stays as it is."""

    items: Annotated[list[ShelfPosition], Field(min_length=1, max_length=MAX_BINS)]

    @model_validator(mode="after")
    def each_once(self) -> BinsBody:
        if len({one.sku for one in self.items}) != len(self.items):
            raise ValueError("a sku is named twice")
        return self


class BinsView(Schema):
    """One page of shelf positions, by SKU."""

    items: list[ShelfPosition]
    next_cursor: str | None = None

    @classmethod
    def of(cls, page: BinPage) -> BinsView:
        items = [ShelfPosition(sku=sku, bin=place) for sku, place in page.bins]
        return cls(items=items, next_cursor=page.next_cursor)
