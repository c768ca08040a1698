"""Where something can go wrong, and the harm that is done there: calls of AWS, of the provider, of the carrier."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from botocore.exceptions import ClientError, ReadTimeoutError

from functions.fulfilment.domain.parcels import Label, VoidStatus
from functions.orders.providers.port import Unknown
from shared.errors import Busy
from tests.support.fast_aws import Act as ActOn

T = TypeVar("T")
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")


class Crash(BaseException):
    """The process is gone: nothing catches it, nothing runs after it."""


class Kind(StrEnum):
    """What goes wrong at one call or delivery."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    THROTTLED = "throttled"
    CONFLICT = "conflict"
    TIMEOUT_AFTER = "time-out after it was applied"
    SENT_TWICE = "sent twice by the SDK, the second answer counts"
    PARTLY_REFUSED = "a part refused"
    UNKNOWN_BEFORE = "no answer, not done"
    UNKNOWN_AFTER = "no answer, done"
    TWICE = "delivered twice"
    LATER = "delivered after everything else"
    AGAIN_AT_THE_END = "delivered once more at the end"
    LOST = "never delivered"
    """Its queue gave it up; `healed` then lets time pass."""


@dataclass(frozen=True)
class Place:
    """The n-th call or delivery of a way, and what can go wrong there."""

    number: int
    what: str
    kinds: tuple[Kind, ...]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong once."""

    number: int
    kind: Kind
    what: str = ""

    def __str__(self) -> str:
        return f"#{self.number} {self.what}: {self.kind}"


@dataclass
class Injector:
    """Counts the places while it is armed, and does harm at some of them."""

    faults: Mapping[int, Kind] = field(default_factory=dict)
    armed: bool = False
    inside: str = ""
    places: list[Place] = field(default_factory=list)
    struck: bool = False
    bought: dict[str, str] = field(default_factory=dict)
    """Labels that the carrier has sold and not taken back: tracking numbers by key."""

    def at(self, what: str, *kinds: Kind) -> Kind | None:
        """The harm to do here, if any."""
        if not self.armed:
            return None
        number = len(self.places)
        self.places.append(Place(number, f"{self.inside} {what}", kinds))
        kind = self.faults.get(number)
        if kind not in kinds:
            return None
        self.struck = True
        return kind

    def around(self, service: str, operation: str, request: Mapping[str, Any], act: ActOn) -> Any:
        """One call of AWS."""
        if not self.inside or request.get("TableName") == "clock":
            return act(request)
        kinds = [Kind.CRASH_BEFORE, Kind.THROTTLED]
        if operation in _WRITES or operation == "PutEvents":
            kinds += [Kind.CRASH_AFTER, Kind.TIMEOUT_AFTER]
        if operation in _WRITES:
            kinds.append(Kind.SENT_TWICE)
            if operation != "BatchWriteItem":
                kinds.append(Kind.CONFLICT)
        if operation == "PutEvents" and len(request["Entries"]) > 1:
            kinds.append(Kind.PARTLY_REFUSED)
        table = request.get("TableName") or service
        kind = self.at(f"{operation} {table}", *kinds)
        return act(request) if kind is None else _harmed(kind, service, operation, request, act)

    def buy(self, real: Callable[[], Label], key: str) -> Label:
        """One label bought of the carrier."""

        def sold() -> Label:
            label = real()
            self.bought[key] = label.tracking_number
            return label

        return self._carrier("carrier buy", sold)

    def void(self, real: Callable[[], VoidStatus | None], key: str) -> VoidStatus | None:
        """One label given back to the carrier."""

        def taken_back() -> VoidStatus | None:
            if (answer := real()) is VoidStatus.VOIDED:
                self.bought.pop(key, None)
            return answer

        return self._carrier("carrier void", taken_back)

    def _carrier(self, what: str, act: Callable[[], T]) -> T:
        kind = self.at(what, Kind.CRASH_BEFORE, Kind.CRASH_AFTER, Kind.THROTTLED, Kind.TIMEOUT_AFTER)
        if kind is Kind.CRASH_BEFORE:
            raise Crash
        if kind is Kind.THROTTLED:
            raise Busy("the carrier is busy")
        answer = act()
        if kind is Kind.CRASH_AFTER:
            raise Crash
        if kind is Kind.TIMEOUT_AFTER:
            raise ReadTimeoutError(endpoint_url="carrier")
        return answer

    def provider(self, name: str, real: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        """One call of the payment provider."""
        kinds = (Kind.CRASH_BEFORE, Kind.CRASH_AFTER, Kind.UNKNOWN_BEFORE, Kind.UNKNOWN_AFTER)
        match self.at(f"provider {name}", *kinds):
            case None:
                return real(**arguments)
            case Kind.CRASH_BEFORE:
                raise Crash
            case Kind.UNKNOWN_BEFORE:
                return Unknown()
            case Kind.CRASH_AFTER:
                real(**arguments)
                raise Crash
        real(**arguments)
        return Unknown()


def _harmed(kind: Kind, service: str, operation: str, request: Mapping[str, Any], act: ActOn) -> Any:
    match kind:
        case Kind.CRASH_BEFORE:
            raise Crash
        case Kind.CRASH_AFTER:
            act(request)
            raise Crash
        case Kind.THROTTLED:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, operation)
        case Kind.TIMEOUT_AFTER:
            act(request)
            raise ReadTimeoutError(endpoint_url=service)
        case Kind.SENT_TWICE:
            act(request)
            return act(request)
        case Kind.CONFLICT if operation == "TransactWriteItems":
            reasons = [{"Code": "TransactionConflict"}] + [{"Code": "None"} for _ in request["TransactItems"][1:]]
            answer = {"Error": {"Code": "TransactionCanceledException", "Message": ""}, "CancellationReasons": reasons}
            raise ClientError(answer, operation)
        case Kind.CONFLICT:
            raise ClientError({"Error": {"Code": "TransactionConflictException", "Message": ""}}, operation)
    assert kind is Kind.PARTLY_REFUSED
    first, *rest = request["Entries"]
    act({"Entries": [first]})
    entries = [{"EventId": "1"}, *({"ErrorCode": "InternalFailure"} for _ in rest)]
    return {"FailedEntryCount": len(rest), "Entries": entries}


@contextmanager
def inside(injector: Injector, name: str) -> Iterator[None]:
    """Within: calls are those of a function of the product."""
    before, injector.inside = injector.inside, name
    try:
        yield
    finally:
        injector.inside = before


def faults(places: list[Place], *, lost: bool = False) -> list[Fault]:
    """Everything that can go wrong once; with `lost` only deliveries that never happen."""
    return [
        Fault(place.number, kind, place.what) for place in places for kind in place.kinds if (kind is Kind.LOST) is lost
    ]
