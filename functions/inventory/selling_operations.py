"""The HTTP operations of pools, safety rules and exclusions."""

from __future__ import annotations

from functools import cache

from functions.inventory.repository.network import Network
from functions.inventory.repository.selling import EXCLUSIONS, POOLS, SAFETY, Selling
from functions.inventory.schemas import selling
from functions.inventory.service.selling import SellingService
from functions.inventory.wiring import table
from shared.clock import now
from shared.http import Answer, Api, Call
from shared.schemas import PageQuery


@cache
def service() -> SellingService:
    """The use cases."""
    return SellingService(Selling(table()), Network(table()), now)


def bind(api: Api) -> None:
    """Bind every operation."""
    _bind_pools(api)
    _bind_safety_rules(api)
    _bind_exclusions(api)


def _bind_pools(api: Api) -> None:
    @api.operation("put_pool", body=selling.PoolBody, answers={200: selling.PoolView, 201: selling.PoolView})
    def put_pool(call: Call[selling.PoolBody, None]) -> Answer:
        pool, created = service().put_pool(call.body.to_pool(call.path["channel"]), call.cause)
        return Answer(201 if created else 200, selling.PoolView.of(pool))

    @api.operation("get_pool", answers={200: selling.PoolView})
    def get_pool(call: Call[None, None]) -> Answer:
        return Answer(200, selling.PoolView.of(service().pool(call.path["channel"])))

    @api.operation("list_pools", query=PageQuery, answers={200: selling.PoolPageView})
    def list_pools(call: Call[None, PageQuery]) -> Answer:
        found, end = service().selling.page(POOLS, limit=call.query.limit, cursor=call.query.cursor)
        items = [selling.PoolView.of(one) for one in found]
        return Answer(200, selling.PoolPageView.model_construct(items=items, next_cursor=end))


def _bind_safety_rules(api: Api) -> None:
    view = selling.SafetyRuleView

    @api.operation("put_safety_rule", body=selling.SafetyRuleBody, answers={200: view, 201: view})
    def put_safety_rule(call: Call[selling.SafetyRuleBody, None]) -> Answer:
        wanted = call.body.to_rule(call.path["rule_id"], call.cause.at)
        rule, created = service().put_rule(SAFETY, wanted, call.cause)
        return Answer(201 if created else 200, view.of(rule))

    @api.operation("get_safety_rule", answers={200: view})
    def get_safety_rule(call: Call[None, None]) -> Answer:
        return Answer(200, view.of(service().rule(SAFETY, call.path["rule_id"])))

    @api.operation("delete_safety_rule", answers={200: view})
    def delete_safety_rule(call: Call[None, None]) -> Answer:
        return Answer(200, view.of(service().delete_rule(SAFETY, call.path["rule_id"], call.cause)))

    @api.operation("list_safety_rules", query=PageQuery, answers={200: selling.SafetyRulePageView})
    def list_safety_rules(call: Call[None, PageQuery]) -> Answer:
        found, end = service().selling.page(SAFETY, limit=call.query.limit, cursor=call.query.cursor)
        items = [view.of(one) for one in found]
        return Answer(200, selling.SafetyRulePageView.model_construct(items=items, next_cursor=end))


def _bind_exclusions(api: Api) -> None:
    view = selling.ExclusionView

    @api.operation("put_exclusion", body=selling.ExclusionBody, answers={200: view, 201: view})
    def put_exclusion(call: Call[selling.ExclusionBody, None]) -> Answer:
        wanted = call.body.to_rule(call.path["exclusion_id"], call.cause.at)
        rule, created = service().put_rule(EXCLUSIONS, wanted, call.cause)
        return Answer(201 if created else 200, view.of(rule))

    @api.operation("get_exclusion", answers={200: view})
    def get_exclusion(call: Call[None, None]) -> Answer:
        return Answer(200, view.of(service().rule(EXCLUSIONS, call.path["exclusion_id"])))

    @api.operation("delete_exclusion", answers={200: view})
    def delete_exclusion(call: Call[None, None]) -> Answer:
        return Answer(200, view.of(service().delete_rule(EXCLUSIONS, call.path["exclusion_id"], call.cause)))

    @api.operation("list_exclusions", query=PageQuery, answers={200: selling.ExclusionPageView})
    def list_exclusions(call: Call[None, PageQuery]) -> Answer:
        found, end = service().selling.page(EXCLUSIONS, limit=call.query.limit, cursor=call.query.cursor)
        items = [view.of(one) for one in found]
        return Answer(200, selling.ExclusionPageView.model_construct(items=items, next_cursor=end))
