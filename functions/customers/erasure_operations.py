"""The HTTP operations on erasures, bound to the service's API by `api.py`."""

from __future__ import annotations

from collections.abc import Callable

from functions.customers.domain.erasure import ErasureNotFound
from functions.customers.erasures import Erasures
from functions.customers.schemas_erasures import EraseCustomer, ErasureView
from shared.auth import Caller
from shared.http import Answer, Api, Call


def bind(api: Api, erasures: Callable[[], Erasures], visible: Callable[[str, Caller], object]) -> None:
    """Bind every operation. `visible` raises CustomerNotFound for whom the caller may not see."""

    @api.operation("erase_customer", body=EraseCustomer, answers={202: ErasureView})
    def erase_customer(call: Call[EraseCustomer, None]) -> Answer:
        """Forget a shopper in every service; how far that is, is told at the request's own path."""
        customer_id, request_id = call.path["customer_id"], call.body.request_id
        mine = call.caller.own_customer_id
        try:
            erasure = erasures().find(customer_id, request_id)
        except ErasureNotFound:
            visible(customer_id, call.caller)
            erasure = erasures().request(customer_id, request_id, call.cause)
        if mine is not None and mine not in erasure.customer_ids:
            raise ErasureNotFound
        return Answer(202, ErasureView.of(erasure), impersonal=True)

    @api.operation("get_erasure", answers={200: ErasureView})
    def get_erasure(call: Call[None, None]) -> Answer:
        """How far an erasure is, with the receipt of every service."""
        mine = call.caller.own_customer_id
        erasure = erasures().find(call.path["customer_id"], call.path["request_id"])
        if mine is not None and mine not in erasure.customer_ids:
            raise ErasureNotFound
        return Answer(200, ErasureView.of(erasure))
