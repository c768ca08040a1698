"""The built-in payment provider: a processor's test mode, with a book of its own.

    OP#{key}    what was asked under an idempotency key and what became of it
    AUTH#{key}  an authorisation: amount, captured, refunded, voided

Tokens: `tok_ok`; `tok_declined`, `tok_insufficient`; `tok_timeout_applied` (no answer, but it was done);
`tok_timeout_lost` (the first call is lost on the way); `tok_slow` (decided after two seconds); `tok_once` (not
authorised a second time). Any other is declined. An authorisation lapses after seven days.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from functions.orders.providers.port import EXPIRED, Authorisation, Declined, Done, NeverHeardOf, Outcome, Unknown
from shared.clock import Clock, rfc3339
from shared.dynamo.marshal import Item
from shared.dynamo.table import ABSENT, Action, ConditionFailed, Put, Table, Update

SLOW = timedelta(seconds=2)
LAPSES = timedelta(days=7)


class Behaviour(StrEnum):
    """What a test token makes the sandbox do."""

    OK = "tok_ok"
    DECLINED = "tok_declined"
    INSUFFICIENT = "tok_insufficient"
    TIMEOUT_APPLIED = "tok_timeout_applied"
    TIMEOUT_LOST = "tok_timeout_lost"
    SLOW = "tok_slow"
    ONCE = "tok_once"
    UNKNOWN = "any other"


_DECLINES = {
    Behaviour.DECLINED: "card_declined",
    Behaviour.INSUFFICIENT: "insufficient_funds",
    Behaviour.UNKNOWN: "invalid_token",
}


class Sandbox:
    """Implements `PaymentProvider` on a table of its own."""

    def __init__(self, table: Table, *, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def authorise(self, *, key: str, token: str, amount: int, currency: str) -> Outcome:
        behaviour = Behaviour(token) if token in set(Behaviour) else Behaviour.UNKNOWN
        if behaviour is Behaviour.TIMEOUT_LOST and self._lose(key):
            return Unknown()
        if behaviour in _DECLINES:
            return self._once(_operation(key, code=_DECLINES[behaviour]))
        ready_at = rfc3339(self._clock() + SLOW) if behaviour is Behaviour.SLOW else ""
        unanswered = behaviour is Behaviour.TIMEOUT_APPLIED and self._known(key) is None
        outcome = self._set_aside(key, amount, currency, token=behaviour.value, ready_at=ready_at)
        return Unknown() if unanswered else outcome

    def reauthorise(self, *, key: str, authorisation: Authorisation, amount: int, currency: str) -> Outcome:
        money = self._table.get(f"AUTH#{authorisation.key}")
        if money is None or money.get("token") == Behaviour.ONCE:
            return self._known(key) or self._once(_operation(key, code="card_declined"))
        return self._set_aside(key, amount, currency, token=str(money.get("token", "")))

    def _set_aside(self, key: str, amount: int, currency: str, *, token: str, ready_at: str = "") -> Outcome:
        """`token` says only how the sandbox is to behave: it stands for no card."""
        lapses = rfc3339(self._clock() + LAPSES)
        money: Item = {"pk": f"AUTH#{key}", "sk": "-", "kind": "authorisation", "currency": currency, "token": token}
        money |= {"amount": amount, "captured": 0, "refunded": 0, "voided": False, "lapses": lapses}
        return self._once(_operation(key, ready_at=ready_at, lapses=lapses), Put(money))

    def capture(self, *, key: str, authorisation: Authorisation, amount: int) -> Outcome:
        money = self._table.get(f"AUTH#{authorisation.key}")
        if money is None or money["voided"] or money["captured"] + amount > money["amount"]:
            return self._known(key) or self._once(_operation(key, code="exceeds_authorisation"))
        if money.get("lapses", "~") <= rfc3339(self._clock()):
            return self._known(key) or self._once(_operation(key, code=EXPIRED))
        taken = Update(
            f"AUTH#{authorisation.key}",
            "-",
            "SET captured = :after",
            "captured = :before AND voided = :no",
            {":before": money["captured"], ":after": money["captured"] + amount, ":no": False},
        )
        return self._once(_operation(key), taken)

    def void(self, *, key: str, authorisation: Authorisation) -> Outcome:
        money = self._table.get(f"AUTH#{authorisation.key}")
        if money is None or money["voided"]:
            return self._known(key) or self._once(_operation(key, code="no_such_authorisation"))
        given_back = Update(
            f"AUTH#{authorisation.key}", "-", "SET voided = :yes", "voided = :no", {":yes": True, ":no": False}
        )
        return self._once(_operation(key), given_back)

    def refund(self, *, key: str, authorisation: Authorisation, amount: int) -> Outcome:
        money = self._table.get(f"AUTH#{authorisation.key}")
        back = money["refunded"] if money else 0
        if money is None or back + amount > money["captured"]:
            return self._known(key) or self._once(_operation(key, code="exceeds_capture"))
        given_back = Update(
            f"AUTH#{authorisation.key}",
            "-",
            "SET refunded = :after",
            "captured >= :after AND refunded = :before",
            {":before": back, ":after": back + amount},
        )
        return self._once(_operation(key), given_back)

    def look_up(self, *, key: str) -> Outcome | NeverHeardOf:
        return self._known(key) or NeverHeardOf()

    def _known(self, key: str) -> Outcome | None:
        row = self._table.get(f"OP#{key}")
        return self._outcome(row) if row else None

    def _outcome(self, row: Item) -> Outcome:
        if row["ready_at"] > rfc3339(self._clock()):
            return Unknown()
        if row["code"]:
            return Declined(row["code"])
        lapses = row.get("lapses")
        return Done(expires_at=datetime.fromisoformat(lapses) if lapses else None)

    def _once(self, operation: Item, *effects: Action) -> Outcome:
        """The operation and its effect in one step, or what became of it when it was asked before."""
        try:
            self._table.write(Put(operation, ABSENT), *effects)
        except ConditionFailed as error:
            if error.failed.get(0):
                return self._outcome(error.failed[0] or {})
            return Unknown()  # the authorisation changed in between: nothing was done, the worker asks again
        return self._outcome(operation)

    def _lose(self, key: str) -> bool:
        """Whether this is the first call under the key: it is lost."""
        try:
            self._table.write(Put({"pk": f"LOST#{key}", "sk": "-", "kind": "lost"}))
        except ConditionFailed:
            return False
        return True


def _operation(key: str, *, code: str = "", ready_at: str = "", lapses: str = "") -> dict[str, Any]:
    row = {"pk": f"OP#{key}", "sk": "-", "kind": "operation", "code": code, "ready_at": ready_at}
    return row | ({"lapses": lapses} if lapses else {})
