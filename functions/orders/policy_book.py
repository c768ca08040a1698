"""Stored return policies, each version a row for ever; the only module that knows their keys.

pk = RETURNPOLICIES, sk = {policy_id}#{version, six digits}   body
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from functions.orders.copies import CopyBook
from functions.orders.domain import policies
from functions.orders.domain.order import Order
from functions.orders.domain.policies import ReturnPolicy, Terms
from shared.cause import Cause
from shared.dynamo.documents import Document
from shared.dynamo.retry import LostRace, retried
from shared.dynamo.table import ConditionFailed, Put, Table
from shared.errors import InvalidField, NotFound

KIND = "return_policy"
_PARTITION = "RETURNPOLICIES"
_DOCUMENT = Document(ReturnPolicy)


class PolicyNotFound(NotFound):
    """There is no such return policy."""

    code = "return_policy_not_found"

    def __init__(self) -> None:
        super().__init__("no such return policy")


class PolicyBook:
    """The policies of one table, and the terms that follow from them. `copies`: of items, for their category."""

    def __init__(self, table: Table, copies: Callable[[], CopyBook]) -> None:
        self._table = table
        self._copies = copies

    def terms(self, order: Order, line_ids: frozenset[str] | None = None) -> Terms:
        """By line (None: by every line of the order) the policy that it was sold under."""
        lines = [line for line in order.lines if line_ids is None or line.line_id in line_ids]
        known = self.all()
        categories: dict[str, str] = {}
        if any(one.category for one in known):
            items = self._copies().items({line.sku for line in lines})
            categories = {sku: item.category for sku, item in items.items()}
        return policies.terms(order, lines, known, categories)

    def all(self) -> list[ReturnPolicy]:
        """Every version of every policy, by name and version."""
        return [_DOCUMENT.load(row["body"]) for row in self._table.query_all(_PARTITION, consistent=True)]

    def versions(self, policy_id: str) -> list[ReturnPolicy]:
        """Every version of one policy, the oldest first. Raises PolicyNotFound."""
        rows = self._table.query_all(_PARTITION, sk_prefix=f"{policy_id}#", consistent=True)
        found = [_DOCUMENT.load(row["body"]) for row in rows]
        if not found:
            raise PolicyNotFound
        return found

    def put(self, wanted: ReturnPolicy, cause: Cause) -> tuple[ReturnPolicy, bool]:
        """The policy as wanted from now on. Answers its newest version, and whether the policy is new.

        The same content again changes nothing. A first version holds for orders of any time unless it says otherwise,
        a later one for orders placed from now on. Raises InvalidField for a version that would hold before its
        predecessor.
        """

        def attempt() -> tuple[ReturnPolicy, bool]:
            known = self._newest(wanted.policy_id)
            if known is not None and _same(known, wanted):
                return known, False
            fresh = replace(wanted, version=known.version + 1 if known else 1)
            if known is not None and fresh.effective_from is None:
                fresh = replace(fresh, effective_from=cause.at)
            if known and known.effective_from and fresh.effective_from and fresh.effective_from < known.effective_from:
                raise InvalidField("/effective_from", "before the version that it replaces")
            try:
                self._table.write(Put(_row(fresh, cause)))
            except ConditionFailed as error:
                raise LostRace("another version came first") from error
            return fresh, known is None

        return retried(attempt)

    def _newest(self, policy_id: str) -> ReturnPolicy | None:
        page = self._table.query(_PARTITION, sk_prefix=f"{policy_id}#", forward=False, limit=1, consistent=True)
        return _DOCUMENT.load(page.items[0]["body"]) if page.items else None


def _same(known: ReturnPolicy, wanted: ReturnPolicy) -> bool:
    since = wanted.effective_from if wanted.effective_from is not None else known.effective_from
    return replace(wanted, version=known.version, effective_from=since) == known


def _row(policy: ReturnPolicy, cause: Cause) -> dict[str, object]:
    return {
        "pk": _PARTITION,
        "sk": f"{policy.policy_id}#{policy.version:06d}",
        "kind": KIND,
        "version": policy.version,
        "cause": cause.stamp(),
        "body": _DOCUMENT.dump(policy),
    }
