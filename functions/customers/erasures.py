"""Use cases: forget a person here, and follow how the other services do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from functions.customers.catalogue import Catalogue
from functions.customers.domain import erasure as jobs
from functions.customers.domain.customer import Customer, CustomerNotFound
from functions.customers.domain.erasure import Erasure, ErasureIdReused, ErasureNotFound
from functions.customers.domain.identity import IdentityType
from functions.customers.erasure_rows import ErasureRows
from shared.cause import Cause
from shared.dynamo.idempotency import Markers
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.subjects import digest

if TYPE_CHECKING:  # making these models is start-up time that the API need not spend
    from shared.events.customers import CustomerErasureRequested
    from shared.events.fulfilment import FulfilmentErased
    from shared.events.inventory import InventoryErased
    from shared.events.orders import OrderErased, OrdersToErase


class Erasures:
    """The use cases; each may be repeated."""

    def __init__(self, rows: ErasureRows, catalogue: Catalogue, markers: Markers) -> None:
        self._rows = rows
        self._catalogue = catalogue
        self._markers = markers

    def request(self, customer_id: str, request_id: str, cause: Cause) -> Erasure:
        """Let a shopper be forgotten, with all linked customers; nobody can find them any more once this answers.

        Raises CustomerNotFound, ErasureIdReused.
        """
        return retried(lambda: self._request(customer_id, request_id, cause))

    def _request(self, customer_id: str, request_id: str, cause: Cause) -> Erasure:
        known = self._rows.find(request_id)
        if known is not None:
            if customer_id not in known.customer_ids:
                raise ErasureIdReused("this request_id is the erasure of somebody else")
            return known
        tree = self._catalogue.tree(customer_id)
        customers = self._catalogue.customers(set(tree.members))
        if tree.root not in customers:
            raise CustomerNotFound
        erasure = Erasure(
            request_id,
            tree.members,
            cause.at,
            subjects=tuple(sorted({name for one in customers.values() for name in self._subjects(one)})),
        )
        self._rows.begin(erasure, tree, list(customers.values()), cause=cause)
        return self._get(request_id)

    def find(self, customer_id: str, request_id: str) -> Erasure:
        """How far a request is. Raises ErasureNotFound."""
        known = self._rows.find(request_id)
        if known is None or customer_id not in known.customer_ids:
            raise ErasureNotFound
        return known

    def _get(self, request_id: str) -> Erasure:
        known = self._rows.find(request_id)
        if known is None:
            raise ErasureNotFound
        return known

    def _subjects(self, customer: Customer) -> set[str]:
        """Digests of everything by which another service may name this customer."""
        names = {customer.customer_id}
        for known in customer.identities:
            channel = f"{known.channel}/" if known.type is IdentityType.CHANNEL else ""
            names.add(known.value.removeprefix(channel))
        names |= set(self._rows.carts_of(customer.customer_id))
        return {digest(name) for name in names}

    # ------------------------------------------------------------------ what happens

    def begin(self, event: CustomerErasureRequested, cause: Cause) -> None:
        """Forget the person here."""
        erasure = self._get(event.request_id)
        records = self._forget(erasure, cause)
        self._heard(event.request_id, lambda job: jobs.receipt_given(job, "customers", records, at=cause.at), cause)

    def orders_found(self, event: OrdersToErase, cause: Cause) -> None:
        """The order book names the person's orders: what comes of them later is dropped from now on."""
        erasure = self._get(event.request_id)
        for order_id in set(event.order_ids) - set(erasure.order_ids or ()):
            self._rows.forget_order(order_id, erasure.customer_ids[0], cause)
        self._heard(event.request_id, lambda job: jobs.orders_found(job, event.order_ids), cause)

    def order_erased(self, event: OrderErased, cause: Cause) -> None:
        """The order book has forgotten whose an order was."""
        self._heard(event.request_id, lambda job: jobs.order_erased(job, event.order_id, at=_at(cause)), cause)

    def work_erased(self, event: FulfilmentErased, cause: Cause) -> None:
        """Fulfilment has."""
        self._heard(
            event.request_id,
            lambda job: jobs.work_erased(job, event.order_id, event.records, at=_at(cause)),
            cause,
        )

    def inventory_erased(self, event: InventoryErased, cause: Cause) -> None:
        """Inventory has."""
        self._heard(
            event.request_id, lambda job: jobs.receipt_given(job, "inventory", event.records, at=_at(cause)), cause
        )

    def _heard(self, request_id: str, change: Callable[[Erasure], Erasure], cause: Cause) -> None:
        def attempt() -> Erasure:
            before = self._get(request_id)
            after = change(before)
            self._rows.save(before, after, cause)
            return self._get(request_id) if after != before else before

        erasure = retried(attempt)
        if erasure.done and not erasure.completed_at:
            self._forget(erasure, cause)  # once more: indexes are a moment behind, and much has been heard since
            retried(lambda: self._complete(request_id, cause))

    def _complete(self, request_id: str, cause: Cause) -> None:
        before = self._get(request_id)
        if before.completed_at:
            return
        if not before.done:
            raise LostRace("another order was found meanwhile")
        self._rows.save(before, jobs.completed(before, at=cause.at), cause)

    def _forget(self, erasure: Erasure, cause: Cause) -> int:
        records = self._rows.forget_reviews(erasure.customer_ids)
        for customer_id in erasure.customer_ids:
            records += self._rows.forget_identities(customer_id, erasure, cause)
            records += self._rows.forget_orders(customer_id, cause)
            records += self._rows.forget_interactions(customer_id)
            records += self._rows.forget_carts(customer_id)
            records += self._rows.forget_profile(customer_id, erasure)
        return records + self._markers.forget(erasure.subjects)


def _at(cause: Cause) -> datetime:
    return cause.occurred_at or cause.at
