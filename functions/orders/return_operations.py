"""The HTTP operations of returns and their policies."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from functions.orders.policy_schemas import PutReturnPolicy, ReturnPoliciesView, ReturnPolicyView, policy_view
from functions.orders.return_schemas import (
    CloseReturn,
    DecideReturn,
    HandleReturn,
    RequestReturn,
    ReturnView,
    inspected,
    return_view,
    step_name,
)
from functions.orders.returns import ReturnService
from functions.orders.wiring import book, policy_book
from shared.errors import Forbidden
from shared.http import Answer, Api, Call
from shared.routes import Role


@cache
def _returns() -> ReturnService:
    return ReturnService(book(), policy_book())


def bind(api: Api) -> None:
    """Bind every operation."""
    _bind_requests(api)
    _bind_steps(api)
    _bind_policies(api)


def _bind_requests(api: Api) -> None:
    @api.operation("request_return", body=RequestReturn, answers={201: ReturnView, 200: ReturnView})
    def request_return(call: Call[RequestReturn, None]) -> Answer:
        """Take units back, all in one call where they are handed in; 200 when the same return is sent again."""
        given = call.body
        if given.receive_now is not None and call.caller.principal.role is Role.CUSTOMER:
            raise Forbidden("goods are received by staff", code="receive_not_allowed")
        wanted, received = given.to_return(at=call.cause.at), given.to_received()
        if given.preview:
            quoted = _returns().preview(
                given.order_id, wanted, amounts=given.amounts(), caller=call.caller, cause=call.cause
            )
            return Answer(200, return_view(quoted))
        found, new = _returns().request(
            given.order_id,
            wanted,
            received,
            payment=given.to_payment(at=call.cause.at),
            amounts=given.amounts(),
            caller=call.caller,
            cause=call.cause,
        )
        return Answer(201 if new else 200, return_view(found))

    @api.operation("get_return", answers={200: ReturnView})
    def get_return(call: Call[None, None]) -> Answer:
        """One return as it is now."""
        return Answer(200, return_view(_returns().get(call.path["return_id"], caller=call.caller)))


def _bind_steps(api: Api) -> None:
    @api.operation("receive_return", body=HandleReturn, answers={200: ReturnView})
    def receive_return(call: Call[HandleReturn, None]) -> Answer:
        """Units of a return are here, all or a part."""
        units, step = call.body.to_handled(), step_name("receive", call.body)
        found = _returns().receive(call.path["return_id"], units, step=step, caller=call.caller, cause=call.cause)
        return Answer(200, return_view(found))

    @api.operation("inspect_return", body=HandleReturn, answers={200: ReturnView})
    def inspect_return(call: Call[HandleReturn, None]) -> Answer:
        """What becomes of units that are here."""
        units, step = inspected(call.body), step_name("inspect", call.body)
        found = _returns().inspect(call.path["return_id"], units, step=step, caller=call.caller, cause=call.cause)
        return Answer(200, return_view(found))

    @api.operation("decide_return", body=DecideReturn, answers={200: ReturnView})
    def decide_return(call: Call[DecideReturn, None]) -> Answer:
        """A person overrules the policy, or says what it left open."""
        given, cause = call.body, replace(call.cause, reason=call.body.reason)
        found = _returns().decide(
            call.path["return_id"], given.verdict, waive_fee=given.waive_fee, caller=call.caller, cause=cause
        )
        return Answer(200, return_view(found))

    @api.operation("close_return", body=CloseReturn, answers={200: ReturnView})
    def close_return(call: Call[CloseReturn, None]) -> Answer:
        """What is missing is not expected any more."""
        cause = replace(call.cause, reason=call.body.reason)
        return Answer(200, return_view(_returns().close(call.path["return_id"], caller=call.caller, cause=cause)))


def _bind_policies(api: Api) -> None:
    @api.operation("put_return_policy", body=PutReturnPolicy, answers={201: ReturnPolicyView, 200: ReturnPolicyView})
    def put_return_policy(call: Call[PutReturnPolicy, None]) -> Answer:
        """What may come back from now on: other content makes a new version, the same content changes nothing."""
        stored, new = policy_book().put(call.body.to_policy(call.path["policy_id"]), call.cause)
        return Answer(201 if new else 200, policy_view(stored))

    @api.operation("get_return_policy", answers={200: ReturnPoliciesView})
    def get_return_policy(call: Call[None, None]) -> Answer:
        """Every version of a policy, the newest last."""
        versions = policy_book().versions(call.path["policy_id"])
        return Answer(200, ReturnPoliciesView(items=[policy_view(one) for one in versions]))

    @api.operation("list_return_policies", answers={200: ReturnPoliciesView})
    def list_return_policies(_: Call[None, None]) -> Answer:
        """The newest version of every policy, by name."""
        newest = {one.policy_id: one for one in policy_book().all()}
        return Answer(200, ReturnPoliciesView(items=[policy_view(one) for one in newest.values()]))
