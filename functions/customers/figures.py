"""Lifetime figures and loyalty points: use cases and rows.

CUSTOMER#{customer_id}   FIGURES                 sums per channel, and the points account: one guarded row
CUSTOMER#{customer_id}   POINTS#{at}#{key}#{customer_id}   one line of the points ledger, put once with its sums
ORDER#{order_id}         VALUE                   what the order book told last, and what of it is counted
LOYALTYID#{id}           -                       a burn or an adjustment, put once
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from functions.customers.domain import figures as domain
from functions.customers.domain.figures import Counted, Figures, LoyaltyIdReused, Movement, MovementKind, OrderValue
from functions.customers.repository import CustomerRepository
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo.documents import Document, decode_cursor, encode_cursor
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.table import ABSENT, Action, ConditionFailed, Put, Table
from shared.errors import InvalidField

if TYPE_CHECKING:  # making these models is start-up time that the API need not spend
    from shared.events.orders import OrderValueChanged

FIGURES_SK = "FIGURES"
_FIGURES, _COUNTED, _MOVEMENTS = Document(Figures), Document(Counted), Document(Movement)
_LAST = "9999"


class Account:
    """The use cases; each may be repeated."""

    def __init__(self, table: Table, repository: CustomerRepository) -> None:
        self._table = table
        self._repository = repository

    # ------------------------------------------------------------------ reads

    def figures(self, members: Sequence[str]) -> Figures:
        """Of linked customers together."""
        return domain.as_one(self._each(members).values())

    def ledger(self, members: Sequence[str], *, limit: int, cursor: str | None) -> tuple[list[Movement], str | None]:
        """A page of the points ledger of linked customers, newest first. Raises InvalidField for a forged cursor."""
        before = _place_of(cursor) if cursor else f"POINTS#{_LAST}"
        rows: list[Item] = []
        for name in members:
            bounds = ("POINTS#", before)
            page = self._table.query(_pk(name), sk_between=bounds, forward=False, limit=limit + 2, consistent=True)
            rows += [row for row in page.items if row["sk"] < before]
        rows.sort(key=lambda row: str(row["sk"]), reverse=True)
        end = encode_cursor({"before": rows[limit - 1]["sk"]}) if len(rows) > limit else None
        return [_MOVEMENTS.load(row["body"]) for row in rows[:limit]], end

    def _each(self, members: Sequence[str]) -> dict[str, Figures]:
        rows = self._table.get_many([(_pk(name), FIGURES_SK) for name in members])
        return {name: _figures(rows.get((_pk(name), FIGURES_SK))) for name in members}

    # ------------------------------------------------------------------ orders

    def order_valued(self, event: OrderValueChanged, cause: Cause) -> None:
        """Keep what an order came to, and count what is new of it once its customer is known.

        As with timeline entries: the value is written before the link is looked for, the link before the value.
        """
        value = OrderValue(
            event.order_id,
            event.channel,
            event.currency,
            datetime.fromisoformat(event.placed_at),
            event.left,
            event.kept,
            event.cancelled,
            event.version,
            event.imported,
        )
        link = self._repository.link(event.order_id)
        if link is not None and link.erased:
            return
        retried(lambda: self._keep(value, cause))
        self.settle(event.order_id, cause)

    def settle(self, order_id: str, cause: Cause) -> None:
        """Count what is new of an order in the figures of its customer; nothing while that is not known."""
        retried(lambda: self._settle(order_id, cause))

    def _keep(self, value: OrderValue, cause: Cause) -> None:
        row = self._table.get(f"ORDER#{value.order_id}", "VALUE")
        known = _COUNTED.load(row["body"]) if row else None
        if known is not None and known.told.version >= value.version:
            return
        after = replace(known, told=value) if known else Counted(value)
        self._write(_value_put(after, row, cause))

    def _settle(self, order_id: str, cause: Cause) -> None:
        row = self._table.get(f"ORDER#{order_id}", "VALUE")
        link = self._repository.link(order_id)
        if row is None or link is None:
            return
        if link.erased:
            self._repository.forget_order(order_id, link.customer_id, cause)
            return
        known = _COUNTED.load(row["body"])
        if known.applied == known.told:
            return
        before = self._each([link.customer_id])[link.customer_id]
        after, movement = domain.counted(before, known, at=cause.occurred_at or cause.at)
        applied = replace(known, applied=known.told, revision=known.revision + 1)
        self._write(
            _value_put(applied, row, cause),
            _figures_put(link.customer_id, before, after, cause),
            *([_movement_put(link.customer_id, movement, cause)] if movement else []),
        )

    # ------------------------------------------------------------------ points that people move

    def burn(self, members: Sequence[str], burn_id: str, points: int, *, reference: str, cause: Cause) -> bool:
        """Spend points, once; False when that was done before. Rivals never spend the same points.

        Raises NotEnoughPoints, LoyaltyIdReused.
        """
        return retried(lambda: self._burn(members, burn_id, points, reference, cause))

    def _burn(self, members: Sequence[str], burn_id: str, points: int, reference: str, cause: Cause) -> bool:
        fingerprint = f"burn {points} {reference}"
        if self._done(members, burn_id, fingerprint):
            return False
        accounts = self._each(members)
        taken = domain.shares(((name, one.points.balance) for name, one in accounts.items()), points)
        actions: list[Action] = [_id_put(burn_id, members[0], fingerprint, cause)]
        for name, one in accounts.items():
            # Every account is guarded, also one that only owes: else two burns could count on the same surplus.
            after, movement = domain.moved(
                one,
                MovementKind.BURN,
                -taken.get(name, 0),
                key=burn_id,
                reference=reference,
                at=cause.at,
                by=cause.actor,
            )
            if name in taken or one.version:
                actions.append(_figures_put(name, one, after, cause))
            if name in taken:
                actions.append(_movement_put(name, movement, cause))
        self._write(*actions)
        return True

    def adjust(self, members: Sequence[str], adjustment_id: str, points: int, *, reason: str, cause: Cause) -> bool:
        """Correct the account, once; False when that was done before. Raises NotEnoughPoints, LoyaltyIdReused."""
        return retried(lambda: self._adjust(members, adjustment_id, points, reason, cause))

    def _adjust(self, members: Sequence[str], adjustment_id: str, points: int, reason: str, cause: Cause) -> bool:
        fingerprint = f"adjust {points}"
        if self._done(members, adjustment_id, fingerprint):
            return False
        accounts = self._each(members)
        if points < 0:
            domain.shares(((name, one.points.balance) for name, one in accounts.items()), -points)
        root = members[0]
        after, movement = domain.moved(
            accounts[root],
            MovementKind.ADJUST,
            points,
            key=adjustment_id,
            reference=adjustment_id,
            at=cause.at,
            reason=reason,
            by=cause.actor,
        )
        others = [_figures_put(name, one, one, cause) for name, one in accounts.items() if name != root and one.version]
        self._write(
            _id_put(adjustment_id, root, fingerprint, cause),
            _figures_put(root, accounts[root], after, cause),
            _movement_put(root, movement, cause),
            *(others if points < 0 else ()),
        )
        return True

    def _done(self, members: Sequence[str], name: str, fingerprint: str) -> bool:
        row = self._table.get(f"LOYALTYID#{name}")
        if row is None:
            return False
        if row["customer_id"] not in members or row["fingerprint"] != fingerprint:
            raise LoyaltyIdReused("this id names another movement of points")
        return True

    def _write(self, *actions: Action) -> None:
        try:
            self._table.write(*actions)
        except ConditionFailed as error:
            raise LostRace("somebody else was faster; decide again") from error


def _figures(row: Item | None) -> Figures:
    return replace(_FIGURES.load(row["body"]), version=row["version"]) if row else Figures()


def _pk(customer_id: str) -> str:
    return f"CUSTOMER#{customer_id}"


def _row(pk: str, sk: str, kind: str, version: int, cause: Cause, **attributes: object) -> Item:
    return {"pk": pk, "sk": sk, "kind": kind, "version": version, "cause": cause.stamp(), **attributes}


def _replacing(row: Item, expected: int) -> Put:
    if not expected:
        return Put(row, ABSENT)
    return Put(row, "#version = :expected", {":expected": expected}, {"#version": "version"})


def _value_put(order: Counted, before: Mapping[str, int] | None, cause: Cause) -> Put:
    expected = before["version"] if before else 0
    pk, body = f"ORDER#{order.told.order_id}", _COUNTED.dump(order)
    return _replacing(_row(pk, "VALUE", "order_value", expected + 1, cause, body=body), expected)


def _figures_put(customer_id: str, before: Figures, after: Figures, cause: Cause) -> Put:
    body = _FIGURES.dump(replace(after, version=0))
    row = _row(_pk(customer_id), FIGURES_SK, "figures", before.version + 1, cause, body=body)
    return _replacing(row, before.version)


def _movement_put(customer_id: str, movement: Movement, cause: Cause) -> Put:
    sk = f"POINTS#{rfc3339(movement.at)}#{movement.key}#{customer_id}"
    return Put(_row(_pk(customer_id), sk, "points", 1, cause, body=_MOVEMENTS.dump(movement)))


def _id_put(name: str, customer_id: str, fingerprint: str, cause: Cause) -> Put:
    row = _row(f"LOYALTYID#{name}", "-", "loyalty_id", 1, cause, customer_id=customer_id, fingerprint=fingerprint)
    return Put(row)


def _place_of(cursor: str) -> str:
    try:
        before = decode_cursor(cursor)["before"]
        if not isinstance(before, str) or not before.startswith("POINTS#"):
            raise ValueError("not a cursor of a ledger")
    except (ValueError, KeyError) as error:
        raise InvalidField("/cursor", "not a cursor of this list") from error
    return before
