"""Demands, the record of their plans, and who waits for what.

DEMAND#<order> / -                      the demand, and why its first plan was made as it was (`first_plan`), if short
DEMAND#<order> / PLAN#<version>         why any other plan was made as it was
WAIT#<subject> / -                      somebody may wait for news of the subject (an item or a place)
WAIT#<subject> / <placed at>#<order>    this order does; WAIT#QUEUE has everybody, and no such head
gsi2: RETRY#<shard> / <at>#<order>      a demand whose units wait for a place to have room again, or for a choice
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from functions.fulfilment.domain import settling
from functions.fulfilment.domain.demand import Demand, Slot
from functions.fulfilment.domain.explanation import Decision
from functions.fulfilment.domain.subjects import QUEUE
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.capacity import counting
from functions.fulfilment.repository.dictionary import DICTIONARIES
from functions.fulfilment.repository.rows import ALWAYS, CHUNK, row, setting
from functions.fulfilment.repository.work import saving
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo import marshal
from shared.dynamo.documents import Document
from shared.dynamo.retry import LostRace
from shared.dynamo.table import Action, ConditionFailed, Delete, Put, Table
from shared.ids import new_id

KIND = "demand"
RETRY_SHARDS = 4
FIRST = 1
"""The version of an order's first plan."""

COMPRESS_FROM_BYTES = 300
_BODY = Document(Demand, compress_from_bytes=COMPRESS_FROM_BYTES, dictionaries=DICTIONARIES)
DECISION = Document(Decision, compress_from_bytes=COMPRESS_FROM_BYTES, dictionaries=DICTIONARIES)
BESIDE_BYTES = 700
"""A demand and the record of its first plan, so long together, lie in one row: with its keys it is one write unit."""


@dataclass(frozen=True)
class Waiting:
    """An order that waits for news of a subject. `ticket` changes whenever it begins to wait anew."""

    subject: str
    key: str
    order_id: str
    ticket: str


class DemandRepository:
    """The demands of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, order_id: str) -> Demand | None:
        """The demand of an order, if anything is known of it."""
        found = self._table.get(_pk(order_id))
        return to_demand(found) if found else None

    def find_all(self, order_ids: Iterable[str]) -> list[Demand]:
        """Those of the demands that exist, by order id."""
        found = self._table.get_many([(_pk(order_id), "-") for order_id in order_ids])
        return [to_demand(item) for _, item in sorted(found.items())]

    def save(
        self,
        demand: Demand,
        *,
        cause: Cause,
        decision: Decision | None = None,
        work: Sequence[FulfilmentOrder] = (),
    ) -> Demand:
        """Store the next version, with the record of its plan and the fulfilment orders that it opens or changes, all
        or nothing. The parcels of its plan are counted at their places from now on; those of a plan or of work that
        has ended are not. Raises LostRace when a stored row is not the version that was loaded, or a place is full."""
        parcels = settling.parcels(demand)
        ended = [order for order in work if order.ended_unsent and order.departure]
        given_back = [
            Slot((order.location_id, order.method, "", ""), order.departure) for order in ended if order.departure
        ]
        waits = demand.waits if demand.in_queue else ()
        following = replace(demand, version=demand.version + 1, held=parcels, waits=waits)
        body = _BODY.dump(following)
        beside, apart = _recorded(decision, room=BESIDE_BYTES - len(body), cause=cause)
        attributes = {"body": body, **beside, **_retried_at(following)}
        item = row(KIND, _pk(demand.order_id), "-", version=following.version, cause=cause, **attributes)
        actions: list[Action] = [setting(item, expected=demand.version, removing=("gsi2pk", "gsi2sk")), *apart]
        actions += [saving(replace(order, departure=None) if order in ended else order, cause=cause) for order in work]
        actions += counting(parcels, (*demand.held, *given_back), cause=cause)
        if QUEUE in demand.waits and not waits:
            actions.append(Delete(*_note(QUEUE, demand), ALWAYS))
        try:
            self._table.write(*actions)
        except ConditionFailed as error:
            raise LostRace("the order's demand was changed meanwhile, or a place has no room any more") from error
        return following

    def decision(self, order_id: str, plan_version: int) -> Decision | None:
        """One plan of the order, if it was recorded."""
        if plan_version == FIRST:
            row_of_demand = self._table.get(_pk(order_id))
            if row_of_demand and "first_plan" in row_of_demand:
                return DECISION.load(row_of_demand["first_plan"])
        found = self._table.get(_pk(order_id), _plan(plan_version))
        return DECISION.load(found["body"]) if found else None

    def decisions(self, order_id: str) -> tuple[Decision, ...]:
        """Every plan of the order, the first one first."""
        rows = self._table.query_all(_pk(order_id))
        stored = [found["first_plan"] if found["kind"] == KIND else found["body"] for found in rows if _records(found)]
        return tuple(DECISION.load(one) for one in stored)

    def to_retry(self, *, until: datetime, limit: int) -> list[str]:
        """Orders whose waiting units may find room by now, or whose shoppers have not chosen in time; a fair share of
        every partition."""
        found: list[str] = []
        for shard in range(RETRY_SHARDS):
            page = self._table.query(
                f"RETRY#{shard}", index="gsi2", sk_between=("0", f"{rfc3339(until)}~"), limit=-(-limit // RETRY_SHARDS)
            )
            found += [to_demand(item).order_id for item in page.items]
        return found

    # -------------------------------------------------------------------- waits

    def wait(self, demand: Demand, subjects: Iterable[str], *, cause: Cause) -> None:
        """Note that the order waits. To be called before the demand says so: only a missing note does harm."""
        notes: list[Put] = []
        for subject in subjects:
            note = row("wait", *_note(subject, demand), version=1, cause=cause, ticket=new_id())
            notes.append(Put(note | {"order_id": demand.order_id}, ALWAYS))
            if subject != QUEUE:
                notes.append(Put(row("wait", f"WAIT#{subject}", "-", version=1, cause=cause, ticket=new_id()), ALWAYS))
        for start in range(0, len(notes), CHUNK):
            self._table.write(*notes[start : start + CHUNK])

    def awaited(self, subjects: Iterable[str]) -> list[str]:
        """Those of the subjects that somebody may wait for."""
        asked = sorted(set(subjects))
        found = self._table.get_many([(f"WAIT#{subject}", "-") for subject in asked])
        return [subject for subject in asked if (f"WAIT#{subject}", "-") in found]

    def waiting(self, subject: str, *, after: str = "", limit: int) -> list[Waiting]:
        """Who waits longest, by the time of placement; `after`: behind that key."""
        page = self._table.query(
            f"WAIT#{subject}", sk_between=(f"{after or '-'}\x00", "~"), limit=limit, consistent=True
        )
        return [Waiting(subject, found["sk"], found["order_id"], found["ticket"]) for found in page.items]

    def forget(self, waiting: Waiting) -> None:
        """The order does not wait any more, unless it has begun anew meanwhile."""
        try:
            self._table.write(
                Delete(f"WAIT#{waiting.subject}", waiting.key, "ticket = :ticket", {":ticket": waiting.ticket})
            )
        except ConditionFailed:  # gone already, or waiting anew: both are as they should be
            return


def to_demand(item: marshal.Item) -> Demand:
    """The demand of a stored row."""
    return _BODY.load(item["body"])


def _retried_at(demand: Demand) -> dict[str, str]:
    moments = [demand.retry_at] if demand.retry_at and demand.waiting else []
    if demand.offer and not demand.offer.chosen:
        moments.append(demand.offer.expires_at)
    if not moments:
        return {}
    shard = zlib.crc32(demand.order_id.encode()) % RETRY_SHARDS
    return {"gsi2pk": f"RETRY#{shard}", "gsi2sk": f"{rfc3339(min(moments))}#{demand.order_id}"}


def _recorded(decision: Decision | None, *, room: int, cause: Cause) -> tuple[dict[str, str | bytes], tuple[Put, ...]]:
    """Where the record of a plan goes: attributes beside the demand where there is room for it, or a row of its own."""
    if decision is None:
        return {}, ()
    body = DECISION.dump(decision)
    if decision.plan_version == FIRST and len(body) <= room:
        return {"first_plan": body}, ()
    apart = row("decision", _pk(decision.order_id), _plan(decision.plan_version), version=1, cause=cause, body=body)
    return {}, (Put(apart),)  # written with its demand's version, so it can only be new


def _records(item: marshal.Item) -> bool:
    return item["kind"] == "decision" or "first_plan" in item


def _note(subject: str, demand: Demand) -> tuple[str, str]:
    return f"WAIT#{subject}", f"{demand.placed_at}#{demand.order_id}"


def _pk(order_id: str) -> str:
    return f"DEMAND#{order_id}"


def _plan(version: int) -> str:
    return f"PLAN#{version:06d}"
