"""HTTP models of transfers between places."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator

from functions.inventory.domain import transfers
from functions.inventory.repository.transfers import TransferPage
from functions.inventory.schemas.fingerprint import fingerprint
from functions.inventory.service.movements import MAX_LINES
from shared.errors import InvalidField
from shared.schemas import Identifier, OptionalText, PageQuery, Quantity, Schema, UtcTime


class TransferUnits(Schema):
    """Units of one item."""

    sku: Identifier
    quantity: Quantity


Units = Annotated[list[TransferUnits], Field(min_length=1, max_length=MAX_LINES)]


def quantities_of(lines: Iterable[TransferUnits]) -> dict[str, int]:
    """Units by item, in the order given. Raises InvalidField for an item named twice."""
    found: dict[str, int] = {}
    for index, line in enumerate(lines):
        if line.sku in found:
            raise InvalidField(f"/lines/{index}/sku", "named by an earlier line")
        found[line.sku] = line.quantity
    return found


class TransferBody(Schema):
    """Goods to move from one place to another; each step is one transaction, hence at most 90 lines. `expected_at`:
    when they should arrive; `reference`: what they are for."""

    transfer_id: Identifier
    from_location_id: Identifier
    to_location_id: Identifier
    lines: Units
    expected_at: UtcTime | None = None
    reason: OptionalText = ""
    reference: OptionalText = ""

    def to_transfer(self, at: datetime) -> transfers.Transfer:
        """The transfer to make. Raises InvalidField for an item named twice, or a way from a place to itself."""
        if self.from_location_id == self.to_location_id:
            raise InvalidField("/to_location_id", "the goods are there already")
        return transfers.Transfer(
            transfer_id=self.transfer_id,
            from_location_id=self.from_location_id,
            to_location_id=self.to_location_id,
            lines=tuple(transfers.Line(sku, quantity) for sku, quantity in quantities_of(self.lines).items()),
            fingerprint=fingerprint(self),
            created_at=at,
            expected_at=self.expected_at,
            reason=self.reason,
            reference=self.reference,
        )


class ShipTransferBody(Schema):
    """What left; without lines: everything."""

    lines: Units | None = None

    def sent(self) -> dict[str, int] | None:
        """Units by item, None for all. Raises InvalidField for an item named twice."""
        return None if self.lines is None else quantities_of(self.lines)


class ReceiveTransferBody(Schema):
    """What arrived. `receipt_id` tells two arrivals of the same goods apart; without it the same lines again are the
    same arrival."""

    receipt_id: Identifier | None = None
    lines: Units

    def arrived(self) -> dict[str, int]:
        """Units by item. Raises InvalidField for an item named twice."""
        return quantities_of(self.lines)

    def name(self) -> str:
        """The id of the receipt: given, or made of its content."""
        content = sorted(self.arrived().items())
        return self.receipt_id or "lines:" + ",".join(f"{sku}={quantity}" for sku, quantity in content)


class DiscrepancyBody(Schema):
    """Why other units of an item came than were shipped."""

    sku: Identifier
    reason: transfers.DiscrepancyReason
    note: OptionalText = ""


class CloseTransferBody(Schema):
    """The reasons for every difference."""

    discrepancies: Annotated[list[DiscrepancyBody], Field(max_length=MAX_LINES, default_factory=list)]

    def reasons(self) -> dict[str, tuple[transfers.DiscrepancyReason, str]]:
        """Reason and note by item. Raises InvalidField for an item named twice."""
        found: dict[str, tuple[transfers.DiscrepancyReason, str]] = {}
        for index, one in enumerate(self.discrepancies):
            if one.sku in found:
                raise InvalidField(f"/discrepancies/{index}/sku", "named before")
            found[one.sku] = one.reason, one.note
        return found


class CancelTransferBody(Schema):
    """Why a transfer does not happen."""

    reason: OptionalText = ""


class TransferQuery(PageQuery):
    """Which transfers: from a place or to a place; with `open`, those that somebody still has to move, or the rest."""

    from_location_id: Identifier | None = None
    to_location_id: Identifier | None = None
    open: bool | None = None

    @model_validator(mode="after")
    def one_of_both(self) -> TransferQuery:
        if (self.from_location_id is None) == (self.to_location_id is None):
            raise ValueError("give either from_location_id or to_location_id")
        return self


class TransferLineView(Schema):
    """Units of one item: planned, sent, arrived, and on their way."""

    sku: str
    quantity: int
    shipped: int
    received: int
    in_transit: int


class DiscrepancyView(Schema):
    """So many units more (fewer: negative) came than were shipped, and why."""

    sku: str
    quantity: int
    reason: transfers.DiscrepancyReason
    note: str


class TransferView(Schema):
    """A transfer as it is."""

    transfer_id: str
    status: transfers.Status
    from_location_id: str
    to_location_id: str
    lines: list[TransferLineView]
    expected_at: UtcTime | None = None
    reason: str
    reference: str
    created_at: UtcTime
    shipped_at: UtcTime | None = None
    received_at: UtcTime | None = None
    closed_at: UtcTime | None = None
    discrepancies: list[DiscrepancyView]
    version: int

    @classmethod
    def of(cls, transfer: transfers.Transfer) -> TransferView:
        """The transfer with what is on its way."""
        lines = [
            TransferLineView.model_construct(
                sku=line.sku,
                quantity=line.quantity,
                shipped=line.shipped,
                received=line.received,
                in_transit=transfer.in_transit(line),
            )
            for line in transfer.lines
        ]
        discrepancies = [
            DiscrepancyView.model_construct(sku=one.sku, quantity=one.quantity, reason=one.reason, note=one.note)
            for one in transfer.discrepancies
        ]
        same = (
            "transfer_id", "status", "from_location_id", "to_location_id", "expected_at", "reason", "reference",
            "created_at", "shipped_at", "received_at", "closed_at", "version",
        )  # fmt: skip
        return cls.model_construct(
            **{name: getattr(transfer, name) for name in same}, lines=lines, discrepancies=discrepancies
        )


class TransferPageView(Schema):
    """A page of transfers: open ones first, the newest first among them."""

    items: list[TransferView]
    next_cursor: str | None = None

    @classmethod
    def of(cls, page: TransferPage) -> TransferPageView:
        """The page as JSON."""
        return cls.model_construct(items=[TransferView.of(one) for one in page.transfers], next_cursor=page.next_cursor)
