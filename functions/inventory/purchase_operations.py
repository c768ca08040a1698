"""The HTTP operations of purchase orders and dated supply."""

from __future__ import annotations

from functools import cache

from functions.inventory.repository.movements import Movements
from functions.inventory.repository.network import Network
from functions.inventory.repository.stock import StockRows
from functions.inventory.schemas import purchases
from functions.inventory.service.purchases import PurchaseService
from functions.inventory.service.supply import SupplyService
from functions.inventory.wiring import pages, table
from shared.clock import now
from shared.http import Answer, Api, Call


@cache
def service() -> PurchaseService:
    """The use cases of purchase orders."""
    return PurchaseService(Movements(table()).purchases, Network(table()))


@cache
def supply() -> SupplyService:
    """The outlook."""
    return SupplyService(StockRows(table()), pages(), Network(table()), now)


def bind(api: Api) -> None:
    """Bind every operation on purchase orders, and the outlook."""
    answers = {200: purchases.PurchaseView, 201: purchases.PurchaseView}

    @api.operation("put_purchase_order", body=purchases.PurchaseBody, answers=answers)
    def put(call: Call[purchases.PurchaseBody, None]) -> Answer:
        """Agree what a supplier is to deliver, or agree it anew."""
        order, created = service().put(call.body.to_order(call.path["po_id"]), call.cause)
        return Answer(201 if created else 200, purchases.PurchaseView.of(order))

    @api.operation("get_purchase_order", answers={200: purchases.PurchaseView})
    def get(call: Call[None, None]) -> Answer:
        """One purchase order, with what has come of it."""
        return Answer(200, purchases.PurchaseView.of(service().get(call.path["po_id"])))

    @api.operation("list_purchase_orders", query=purchases.PurchaseQuery, answers={200: purchases.PurchasePageView})
    def listed(call: Call[None, purchases.PurchaseQuery]) -> Answer:
        """Purchase orders of one place."""
        query = call.query
        page = service().listed(query.location_id, is_open=query.open, limit=query.limit, cursor=query.cursor)
        return Answer(200, purchases.PurchasePageView.of(page))

    @api.operation("close_purchase_order", body=purchases.ClosePurchaseBody, answers={200: purchases.PurchaseView})
    def close(call: Call[purchases.ClosePurchaseBody, None]) -> Answer:
        """Nothing more is expected of it."""
        closed = service().close(call.path["po_id"], call.body.reason, call.cause)
        return Answer(200, purchases.PurchaseView.of(closed))

    @api.operation("get_supply", answers={200: purchases.SupplyView})
    def get_supply(call: Call[None, None]) -> Answer:
        """What will be available when, per place and over all of them."""
        return Answer(200, purchases.SupplyView.of(supply().of(call.path["sku"])))
