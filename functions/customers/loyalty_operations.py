"""The HTTP operations on loyalty points and lifetime figures, bound to the service's API by `api.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from functions.customers.domain.customer import Customer
from functions.customers.domain.linking import Tree
from functions.customers.domain.segment import standing
from functions.customers.figures import Account
from functions.customers.schemas_loyalty import (
    AccountView,
    AdjustPoints,
    BurnPoints,
    FiguresView,
    LedgerPage,
    MovementView,
)
from shared.auth import Caller
from shared.errors import InvalidField
from shared.http import Answer, Api, Call
from shared.schemas import PageQuery

Visible = Callable[[str, Caller], tuple[Tree, Customer]]
"""Raises CustomerNotFound for whom the caller may not see."""


def bind(api: Api, account: Callable[[], Account], visible: Visible) -> None:
    """Bind every operation."""

    @api.operation("get_loyalty", answers={200: AccountView})
    def get_loyalty(call: Call[None, None]) -> Answer:
        """The points account of a shopper."""
        tree, _ = visible(call.path["customer_id"], call.caller)
        return Answer(200, AccountView.of(tree.root, account().figures(tree.members)))

    @api.operation("get_loyalty_ledger", query=PageQuery, answers={200: LedgerPage})
    def get_loyalty_ledger(call: Call[None, PageQuery]) -> Answer:
        """Every movement of points, newest first."""
        tree, _ = visible(call.path["customer_id"], call.caller)
        movements, cursor = account().ledger(tree.members, limit=call.query.limit, cursor=call.query.cursor)
        items = [MovementView.of(movement) for movement in movements]
        return Answer(200, LedgerPage.model_construct(items=items, next_cursor=cursor))

    @api.operation("burn_points", body=BurnPoints, answers={200: AccountView, 201: AccountView})
    def burn_points(call: Call[BurnPoints, None]) -> Answer:
        """Spend points, once."""
        tree, _ = visible(call.path["customer_id"], call.caller)
        body = call.body
        new = account().burn(tree.members, body.burn_id, body.points, reference=body.reference, cause=call.cause)
        return Answer(201 if new else 200, AccountView.of(tree.root, account().figures(tree.members)))

    @api.operation("adjust_points", body=AdjustPoints, answers={200: AccountView, 201: AccountView})
    def adjust_points(call: Call[AdjustPoints, None]) -> Answer:
        """Correct the account, once."""
        tree, _ = visible(call.path["customer_id"], call.caller)
        body = call.body
        if not body.points:
            raise InvalidField("/points", "a correction is not zero")
        new = account().adjust(tree.members, body.adjustment_id, body.points, reason=body.reason, cause=call.cause)
        return Answer(201 if new else 200, AccountView.of(tree.root, account().figures(tree.members)))

    @api.operation("get_figures", answers={200: FiguresView})
    def get_figures(call: Call[None, None]) -> Answer:
        """What the shopper's orders came to per channel, and which kind of shopper that makes; to a channel only
        its own orders."""
        tree, _ = visible(call.path["customer_id"], call.caller)
        figures = account().figures(tree.members)
        if (channel := call.caller.own_channel) is not None:
            figures = replace(figures, channels=tuple(one for one in figures.channels if one.channel == channel))
        return Answer(200, FiguresView.of(tree.root, figures, standing(figures, at=call.cause.at)))
