"""Promises that a place cannot keep any more, because a count or damage took the goods: sourced elsewhere at once."""

from __future__ import annotations

from collections.abc import Iterator

from functions.fulfilment.domain.shortage import GIVES_UP, LYING, GivenUp, give_up, lying
from functions.fulfilment.domain.work import FulfilmentOrder, Reason
from functions.fulfilment.repository.work import Wanted, WorkRepository
from functions.fulfilment.service.work import Rejection, WorkService
from shared.cause import Cause
from shared.events.inventory import StockShort

PAGE = 100


class _TakenOn(Exception):
    """Somebody works on it since we looked."""


class ShortageService:
    """One use case. Judged by the work as it is, so a repeat finds that nothing is left to give up."""

    def __init__(self, work: WorkRepository, steps: WorkService) -> None:
        self._work = work
        self._steps = steps

    def stock_short(self, event: StockShort, cause: Cause) -> None:
        """Give up what cannot be kept. Inventory frees it, without writing anything off once more."""
        position = event.position
        orders = list(self._lying(position.sku, position.location_id))
        usable = position.on_hand - position.unavailable
        for one in give_up(orders, sku=position.sku, location_id=position.location_id, usable=usable):
            self._reject(one, f"stock_short {position.sku}@{position.location_id} {position.version}", cause)

    def _reject(self, given_up: GivenUp, request: str, cause: Cause) -> None:
        def untouched(order: FulfilmentOrder) -> None:
            if order.status not in GIVES_UP:
                raise _TakenOn

        rejection = Rejection(Reason.OTHER, lines=given_up.lines)
        try:
            self._steps.reject(given_up.fulfilment_order_id, rejection, request=request, allowed=untouched, cause=cause)
        except _TakenOn:
            return  # whoever picks it will find out, and say so

    def _lying(self, sku: str, location_id: str) -> Iterator[FulfilmentOrder]:
        """The work whose goods lie at the place, each as it is now (the list of a place is a moment behind)."""
        for status in LYING:
            cursor: str | None = None
            while True:
                page = self._work.at_location(Wanted(location_id, status), limit=PAGE, cursor=cursor)
                for order in page.orders:
                    if lying(order, sku, location_id):
                        yield self._work.get(order.fulfilment_order_id)
                cursor = page.next_cursor
                if cursor is None:
                    break
