"""HTTP models of holds and of the worklist of what needs a person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from functions.orders.domain.attention import ACTIONS, Action, Kind, NeedsPerson
from functions.orders.domain.holds import Block, Hold, HoldType
from functions.orders.domain.resolving import Resolve
from functions.orders.schemas import Reason
from shared.schemas import Identifier, OptionalText, PageQuery, Schema, Text, UtcTime


class PlaceHold(Schema):
    """A reason to hold the order back, and what it blocks."""

    hold_id: Identifier
    type: HoldType
    blocks: Annotated[list[Block], Field(min_length=1, max_length=len(Block))]
    reason: Reason
    expires_at: UtcTime | None = None

    def to_hold(self, *, at: datetime, owner: str) -> Hold:
        blocks = tuple(block for block in Block if block in self.blocks)
        return Hold(self.hold_id, self.type, blocks, self.reason, at, owner, self.expires_at)


class ExceptionQuery(PageQuery):
    """Which exceptions: of a kind, of an owner (`nobody`: those that nobody has taken on)."""

    kind: Kind | None = None
    owner: Identifier | None = None


class ResolveException(Schema):
    """A decision. `owner` goes with assign, `reference` with refunded, `return_id` with approve and deny."""

    request_id: Identifier | None = None
    action: Action
    reason: OptionalText = ""
    owner: Identifier | None = None
    reference: Text | None = None
    return_id: Identifier | None = None

    def to_resolve(self, *, request_id: str) -> Resolve:
        return Resolve(
            request_id=self.request_id or request_id,
            action=self.action,
            reason=self.reason,
            owner=self.owner,
            reference=self.reference,
            return_id=self.return_id,
        )


class ExceptionView(Schema):
    """Something that needs a person; `actions` resolve it."""

    exception_id: str
    order_id: str
    kind: str
    detail: str
    owner: str | None
    raised_at: UtcTime
    age_seconds: int
    actions: list[str]


class ExceptionsView(Schema):
    """One page of what needs a person, the newest first."""

    items: list[ExceptionView]
    next_cursor: str | None


def exception_view(one: NeedsPerson, *, at: datetime) -> ExceptionView:
    """The exception as its readers see it."""
    return ExceptionView(
        exception_id=one.exception_id,
        order_id=one.order_id,
        kind=one.kind.value,
        detail=one.detail,
        owner=one.owner or None,
        raised_at=one.raised_at,
        age_seconds=max(0, int((at - one.raised_at).total_seconds())),
        actions=[action.value for action in ACTIONS[one.kind]],
    )
