"""The HTTP operations of waves, shelf positions and measures."""

from __future__ import annotations

from typing import Any

from functions.fulfilment import wiring
from functions.fulfilment.import_schemas import BinImportBody
from functions.fulfilment.measure_schemas import MeasureQuery, MeasuresView
from functions.fulfilment.shipping_schemas import DocumentView, ListFormat, ListQuery
from functions.fulfilment.wave_schemas import BinsBody, BinsView, OpenWaveBody, WaveQuery, WavesView, WaveView
from shared.http import Answer, Api, Call
from shared.imports.desk import ImportView
from shared.imports.wiring import desk
from shared.schemas import PageQuery

PDF, CSV = "application/pdf", "text/csv"


def bind(api: Api) -> None:
    """Bind every operation on waves, shelves and measures."""

    def own(call: Call[Any, Any]) -> str:
        """The wave's id, if it is a wave of the caller's locations. Raises NotFound."""
        wave_id = call.path["wave_id"]
        call.caller.require(locations=[wiring.waves().location_of(wave_id)])
        return wave_id

    @api.operation("open_wave", body=OpenWaveBody, answers={201: WaveView, 200: WaveView})
    def open_wave(call: Call[OpenWaveBody, None]) -> Answer:
        """Take work of a location on and pick it on one walk: from now on it is PICKING, and an associate's alone.
        200 when the same is sent again."""
        call.caller.require(locations=[call.body.location_id])
        walk, new = wiring.waves().open(call.body.wanted(), cause=call.cause)
        return Answer(201 if new else 200, WaveView.of(walk))

    @api.operation("list_waves", query=WaveQuery, answers={200: WavesView})
    def list_waves(call: Call[None, WaveQuery]) -> Answer:
        """The waves of a location."""
        query = call.query
        call.caller.require(locations=[query.location_id])
        page = wiring.waves().of_location(query.location_id, query.status, limit=query.limit, cursor=query.cursor)
        return Answer(200, WavesView.of(page))

    @api.operation("get_wave", answers={200: WaveView})
    def get_wave(call: Call[None, None]) -> Answer:
        """How far a wave is: every line in the order of the shelves."""
        return Answer(200, WaveView.of(wiring.waves().get(own(call))))

    @api.operation("get_wave_pick_list", query=ListQuery, answers={200: DocumentView})
    def get_wave_pick_list(call: Call[None, ListQuery]) -> Answer:
        """What is still to be picked in a wave, to walk with."""
        from functions.fulfilment.paper import lists  # only who prints pays for it

        walk = wiring.waves().get(own(call))
        left = [one for one in walk.lines if one.to_pick]
        ids = list(walk.wave.fulfilment_order_ids)
        if call.query.format is ListFormat.CSV:
            return Answer(200, DocumentView.of(lists.pick_list_csv(left), CSV, ids))
        title = f"Wave {walk.wave.wave_id} at {walk.wave.location_id}"
        return Answer(200, DocumentView.of(lists.pick_list_pdf(title, left), PDF, ids))

    @api.operation("close_wave", answers={200: WaveView})
    def close_wave(call: Call[None, None]) -> Answer:
        """The walk is over: what was not picked is anybody's again."""
        return Answer(200, WaveView.of(wiring.waves().close(own(call), cause=call.cause)))

    @api.operation("get_measures", query=MeasureQuery, answers={200: MeasuresView})
    def get_measures(call: Call[None, MeasureQuery]) -> Answer:
        """How a location worked on some days: times until ready, waits, shorts, delays, collections nobody came for."""
        location_id, query = call.path["location_id"], call.query
        call.caller.require(locations=[location_id])
        found = wiring.measures().of(location_id, first=query.first, last=query.last)
        return Answer(200, MeasuresView.at(location_id, query, found))

    @api.operation("put_bins", body=BinsBody, answers={200: BinsView})
    def put_bins(call: Call[BinsBody, None]) -> Answer:
        """Say where items lie at a location: pick lists follow the shelves."""
        location_id = call.path["location_id"]
        call.caller.require(locations=[location_id])
        wiring.waves().put_bins(location_id, {one.sku: one.bin for one in call.body.items}, cause=call.cause)
        return Answer(200, BinsView(items=[one for one in call.body.items if one.bin]))

    @api.operation("start_bin_import", body=BinImportBody, answers={201: ImportView})
    def start_bin_import(call: Call[BinImportBody, None]) -> Answer:
        """Open a bulk import of shelf positions: it answers where to put the file."""
        return Answer(201, desk(wiring.table()).start(call.body, call.cause))

    @api.operation("get_bin_import", query=PageQuery, answers={200: ImportView})
    def get_bin_import(call: Call[None, PageQuery]) -> Answer:
        """How far a bulk import of shelf positions has come, and which rows were rejected."""
        return Answer(200, desk(wiring.table()).look(call.path["import_id"], call.query))

    @api.operation("list_bins", query=PageQuery, answers={200: BinsView})
    def list_bins(call: Call[None, PageQuery]) -> Answer:
        """Where items lie at a location, by SKU."""
        location_id = call.path["location_id"]
        call.caller.require(locations=[location_id])
        return Answer(
            200, BinsView.of(wiring.waves().bins(location_id, limit=call.query.limit, cursor=call.query.cursor))
        )
