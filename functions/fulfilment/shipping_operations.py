"""The HTTP operations of labels, papers and tracking."""

from __future__ import annotations

from typing import Any

from functions.fulfilment import wiring
from functions.fulfilment.domain.parcels import Tracked
from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.waves import on_one_walk
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.work import Wanted
from functions.fulfilment.schemas import FulfilmentOrderView
from functions.fulfilment.service.work import Scope
from functions.fulfilment.shipping_schemas import (
    DocumentView,
    DriveBody,
    LabelBody,
    ListFormat,
    Paper,
    PaperFormat,
    PaperQuery,
    PickListQuery,
    RatesView,
    RateView,
    TrackingBody,
)
from functions.fulfilment.work_operations import answered, within
from shared.errors import NotFound, Refused
from shared.http import Answer, Api, Call
from shared.settings import settings

PDF, ZPL, CSV = "application/pdf", "application/zpl", "text/csv"


def bind(api: Api) -> None:
    """Bind every operation on parcels and papers."""

    def scope(call: Call[Any, Any]) -> Scope:
        return lambda order: within(call.caller, order)

    @api.operation("list_rates", answers={200: RatesView})
    def list_rates(call: Call[None, None]) -> Answer:
        """What the carriers would take for the packed parcels."""
        rates = wiring.shipping().rates(call.path["fulfilment_order_id"], allowed=scope(call))
        return Answer(
            200,
            RatesView(items=[RateView(carrier=name, service=one.service, amount=one.amount) for name, one in rates]),
        )

    @api.operation("buy_labels", body=LabelBody, answers={200: FulfilmentOrderView})
    def buy_labels(call: Call[LabelBody, None]) -> Answer:
        """Every packed parcel gets its label and tracking number; asked again, the same ones."""
        order = wiring.shipping().label(
            call.path["fulfilment_order_id"],
            carrier=call.body.carrier,
            service=call.body.service,
            allowed=scope(call),
            cause=call.cause,
        )
        return answered(order)

    @api.operation("get_document", query=PaperQuery, answers={200: DocumentView})
    def get_document(call: Call[None, PaperQuery]) -> Answer:
        """A label (PDF, ZPL) or a packing slip (PDF) of a packed fulfilment order. A PDF label has Latin, Greek,
        Cyrillic and more, Chinese, Japanese and Korean only in the reader's own fonts; what it cannot write (Hebrew,
        Arabic) is 422 `letters_missing`, not left out: ZPL has it."""
        order = wiring.work().get(call.path["fulfilment_order_id"])
        within(call.caller, order)
        name = call.path["document"]
        if name not in set(Paper):
            raise NotFound(f"documents are {', '.join(Paper)}")
        return Answer(200, _document(order, Paper(name), call.query))

    @api.operation("get_pick_list", query=PickListQuery, answers={200: DocumentView})
    def get_pick_list(call: Call[None, PickListQuery]) -> Answer:
        """The work that has been acknowledged, what is due first, in the order of the shelves."""
        from functions.fulfilment.paper import lists  # only who prints pays for it

        location_id = call.path["location_id"]
        call.caller.require(locations=[location_id])
        wanted = Wanted(location_id, Status.ACKNOWLEDGED)
        listed = wiring.work().at_location(wanted, limit=call.query.limit, cursor=None).orders
        work = on_one_walk(listed, limit=call.query.limit)
        lines = wiring.waves().walk(location_id, work)
        ids = [order.fulfilment_order_id for order in work]
        if call.query.format is ListFormat.CSV:
            return Answer(200, DocumentView.of(lists.pick_list_csv(lines), CSV, ids))
        return Answer(200, DocumentView.of(lists.pick_list_pdf(f"Pick list {location_id}", lines), PDF, ids))

    @api.operation("track_parcel", body=TrackingBody, answers={200: FulfilmentOrderView})
    def track_parcel(call: Call[TrackingBody, None]) -> Answer:
        """A carrier's word on a parcel. All parcels delivered: so is the fulfilment order."""
        body = call.body
        event = Tracked(body.event_id, body.status.value, body.at)
        return answered(wiring.shipping().track(call.path["carrier"], body.tracking_number, event, cause=call.cause))

    @api.operation("drive_sandbox_carrier", body=DriveBody, answers={200: FulfilmentOrderView})
    def drive_sandbox_carrier(call: Call[DriveBody, None]) -> Answer:
        """Say what becomes of a parcel of the sandbox carrier (local and test stages only)."""
        if not settings().clock_table_name:
            raise NotFound("no such path in this stage")
        number = call.path["tracking_number"]
        return answered(wiring.driving().drive(number, call.body.outcome.value, cause=call.cause))


def _document(order: FulfilmentOrder, name: Paper, query: PaperQuery) -> DocumentView:
    from functions.fulfilment.paper import labels  # only who prints pays for it

    ids = [order.fulfilment_order_id]
    if not order.parcels:
        raise Refused("nothing is packed yet", code="not_packed")
    if name is Paper.PACKING_SLIP:
        if query.format is PaperFormat.ZPL:
            raise Refused("a packing slip is a PDF", code="no_such_format")
        return DocumentView.of(labels.packing_slip(order), PDF, ids)
    if not all(parcel.label for parcel in order.parcels):
        raise Refused("no labels have been bought yet", code="not_labelled")
    address = wiring.shipping().address(order.order_id)
    if query.format is PaperFormat.ZPL:
        return DocumentView.of(labels.label_zpl(order, address), ZPL, ids)
    return DocumentView.of(labels.label_pdf(order, address, reader_fonts=query.reader_fonts), PDF, ids)
