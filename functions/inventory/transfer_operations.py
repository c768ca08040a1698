"""The HTTP operations of transfers."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from functions.inventory.repository.network import Network
from functions.inventory.repository.stock import StockRows
from functions.inventory.repository.transfers import Transfers
from functions.inventory.schemas import transfers
from functions.inventory.service.transfers import TransferService
from functions.inventory.wiring import table
from shared.clock import now
from shared.http import Answer, Api, Call


@cache
def service() -> TransferService:
    """The use cases."""
    return TransferService(Transfers(table()), StockRows(table()), Network(table()), now)


def bind(api: Api) -> None:
    """Bind every operation on transfers."""

    @api.operation("create_transfer", body=transfers.TransferBody, answers={201: transfers.TransferView})
    def create(call: Call[transfers.TransferBody, None]) -> Answer:
        """Plan a transfer: its goods are set aside at the source, and an associate of either place may ask for it."""
        body = call.body
        call.caller.require(locations=[body.from_location_id, body.to_location_id])
        made = service().create(body.to_transfer(call.cause.at), call.cause)
        return Answer(201, transfers.TransferView.of(made))

    @api.operation("list_transfers", query=transfers.TransferQuery, answers={200: transfers.TransferPageView})
    def listed(call: Call[None, transfers.TransferQuery]) -> Answer:
        """Transfers from or to one place."""
        query = call.query
        page = service().listed(
            to=query.to_location_id is not None,
            location_id=query.to_location_id or query.from_location_id or "",
            is_open=query.open,
            limit=query.limit,
            cursor=query.cursor,
        )
        return Answer(200, transfers.TransferPageView.of(page))

    @api.operation("get_transfer", answers={200: transfers.TransferView})
    def get(call: Call[None, None]) -> Answer:
        """One transfer."""
        return Answer(200, transfers.TransferView.of(service().get(call.path["transfer_id"])))

    @api.operation("ship_transfer", body=transfers.ShipTransferBody, answers={200: transfers.TransferView})
    def ship(call: Call[transfers.ShipTransferBody, None]) -> Answer:
        """The goods leave the source: all of them, or those named; what stays is free again."""
        transfer_id = call.path["transfer_id"]
        call.caller.require(locations=[service().get(transfer_id).from_location_id])
        return Answer(200, transfers.TransferView.of(service().ship(transfer_id, call.body.sent(), call.cause)))

    @api.operation("receive_transfer", body=transfers.ReceiveTransferBody, answers={200: transfers.TransferView})
    def receive(call: Call[transfers.ReceiveTransferBody, None]) -> Answer:
        """Goods arrive at the destination, in parts if they do."""
        transfer_id, body = call.path["transfer_id"], call.body
        call.caller.require(locations=[service().get(transfer_id).to_location_id])
        moved = service().receive(transfer_id, body.arrived(), body.name(), call.cause)
        return Answer(200, transfers.TransferView.of(moved))

    @api.operation("close_transfer", body=transfers.CloseTransferBody, answers={200: transfers.TransferView})
    def close(call: Call[transfers.CloseTransferBody, None]) -> Answer:
        """Nothing more is expected; each difference needs a reason."""
        transfer_id = call.path["transfer_id"]
        call.caller.require(locations=[service().get(transfer_id).to_location_id])
        return Answer(200, transfers.TransferView.of(service().close(transfer_id, call.body.reasons(), call.cause)))

    @api.operation("cancel_transfer", body=transfers.CancelTransferBody, answers={200: transfers.TransferView})
    def cancel(call: Call[transfers.CancelTransferBody, None]) -> Answer:
        """The goods stay where they are and are free again; only before they have left."""
        transfer_id = call.path["transfer_id"]
        known = service().get(transfer_id)
        call.caller.require(locations=[known.from_location_id, known.to_location_id])
        cause = replace(call.cause, reason=call.body.reason)
        return Answer(200, transfers.TransferView.of(service().cancel(transfer_id, cause)))
