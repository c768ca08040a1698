"""Faults at every call of all services together (for one service among rivals see `interleaving`).

A whole way is run once to see where something can go wrong, then once per place and kind of fault.

A way is prepared once and its state copied, so a run costs only what happens after the preparation. A client that got
no definite answer asks again, as channels and staff do; streams and queues deliver again what was not finished.
"""

from __future__ import annotations

import copy
import importlib
import json
import logging
import random
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError, ReadTimeoutError

from functions.fulfilment.carriers.port import Consignment
from functions.fulfilment.carriers.sandbox import SandboxCarrier
from functions.fulfilment.domain.work import Label
from functions.orders.providers.port import Unknown
from functions.orders.providers.sandbox import Sandbox
from shared import clock
from shared.dynamo.marshal import to_item
from shared.errors import Busy
from tests.support.fast_aws import Act as ActOn
from tests.support.fast_aws import FastAws, installed
from tests.support.flow import Flow, Reader
from tests.support.gateway import Answer, Claims, Gateway
from tests.support.local_aws import running_as

MAX_TRIES = 8
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")
_PROVIDER = ("authorise", "reauthorise", "capture", "void", "refund", "look_up")


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
    bought: set[str] = field(default_factory=set)
    """Labels that the carrier has sold, by tracking number: it does not take them back."""

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

    def carrier(self, real: Callable[..., Label], *given: Any, **options: Any) -> Label:
        """One label bought of the carrier."""
        kind = self.at("carrier buy", Kind.CRASH_BEFORE, Kind.CRASH_AFTER, Kind.THROTTLED, Kind.TIMEOUT_AFTER)
        if kind is Kind.CRASH_BEFORE:
            raise Crash
        if kind is Kind.THROTTLED:
            raise Busy("the carrier is busy")
        label = real(*given, **options)
        self.bought.add(label.tracking_number)
        if kind is Kind.CRASH_AFTER:
            raise Crash
        if kind is Kind.TIMEOUT_AFTER:
            raise ReadTimeoutError(endpoint_url="carrier")
        return label

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


@dataclass
class FaultyFlow(Flow):
    """Streams and queues that deliver again what was not finished, and what the injector says, twice or late."""

    injector: Injector = field(default_factory=Injector)
    aws: FastAws = field(default_factory=FastAws)
    late: list[Callable[[], None]] = field(default_factory=list)
    """What is delivered once everything else is quiet."""
    at_the_end: list[Callable[[], None]] = field(default_factory=list)
    """What is delivered again after the whole way."""

    def settle(self) -> None:
        super().settle()
        while self.late:
            self.late.pop(0)()
            super().settle()

    def _read_stream(self, reader: Reader) -> bool:
        try:
            return super()._read_stream(reader)
        except StreamFailed:
            return True

    def _records(self, reader: Reader) -> list[dict[str, Any]]:
        return self.aws.stream(reader.service, self.positions.get((reader.service, reader.module)))

    def _invoke(self, reader: Reader, event: dict[str, Any]) -> dict[str, Any]:
        failed = {"batchItemFailures": [{"itemIdentifier": one.get("messageId", "")} for one in event["Records"]]}
        queued = "messageId" in event["Records"][0]
        types = {json.loads(one["body"])["detail-type"] for one in event["Records"]} if queued else set()
        what = f"delivery to {reader.service}.{reader.module} {' '.join(sorted(types))}".strip()
        only_queued = (Kind.LATER, Kind.LOST) if queued else ()
        kind = self.injector.at(what, Kind.TWICE, Kind.AGAIN_AT_THE_END, *only_queued)
        if kind is Kind.LOST:
            return {"batchItemFailures": []}
        if kind is Kind.LATER:
            self.late.append(lambda: self._surely(reader, event))
            return {"batchItemFailures": []}
        answer = self._once(reader, event, failed)
        if kind is Kind.TWICE:
            answer = self._once(reader, event, failed)
        if kind is Kind.AGAIN_AT_THE_END:
            self.at_the_end.append(lambda: self._surely(reader, event))
        return answer

    def repeat(self) -> None:
        """Deliver again what was to come again at the end of the way."""
        while self.at_the_end:
            self.at_the_end.pop(0)()
        self.settle()

    def _surely(self, reader: Reader, event: dict[str, Any]) -> None:
        for _ in range(MAX_TRIES):
            if not self._once(reader, event, {"batchItemFailures": [{}]})["batchItemFailures"]:
                return
        raise AssertionError(f"given up: {event}")

    def _once(self, reader: Reader, event: dict[str, Any], failed: dict[str, Any]) -> dict[str, Any]:
        try:
            with inside(self.injector, f"{reader.service}.{reader.module}"):
                return reader(event)
        except (Crash, Exception):  # noqa: BLE001 - whatever it is, Lambda delivers the batch again
            if "messageId" in event["Records"][0]:
                return failed
            raise StreamFailed from None


class StreamFailed(Exception):
    """The batch stays where it is."""


@contextmanager
def inside(injector: Injector, name: str) -> Iterator[None]:
    """Within: calls are those of a function of the product."""
    before, injector.inside = injector.inside, name
    try:
        yield
    finally:
        injector.inside = before


@dataclass(frozen=True)
class Insistent(Gateway):
    """A caller who asks again until the answer is definite."""

    injector: Injector = field(default_factory=Injector)

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        for _ in range(MAX_TRIES):
            try:
                with inside(self.injector, f"{method} {path.partition('?')[0].rpartition('/')[2]}"):
                    answer = super().send(method, path, body, **options)
            except (Crash, ClientError, ReadTimeoutError):
                continue
            if answer.status < 500 and answer.status != 429:
                return answer
        raise AssertionError(f"no definite answer to {method} {path}")


@dataclass
class World:
    """A running whole in plain Python, with callers."""

    aws: FastAws
    injector: Injector
    flow: FaultyFlow

    def caller(self, claims: Claims) -> Insistent:
        return Insistent(claims, self.injector)

    def settle(self) -> None:
        self.flow.settle()

    def wait(self, *pauses: timedelta) -> None:
        """Time passes, and after each pause every timer runs."""
        passed = timedelta(0)
        for pause in pauses:
            passed += pause
            shift = {"pk": "CLOCK", "sk": "-", "shift_ms": round(passed / timedelta(milliseconds=1))}
            self.aws.dynamodb.put_item(TableName="clock", Item=to_item(shift))
            self.tick()

    def tick(self) -> None:
        """Every timer once."""
        for service in ("inventory", "orders"):
            with running_as(service), inside(self.injector, f"{service}.timer"):
                importlib.import_module(f"functions.{service}.timer").handler({}, None)
        self.settle()


Act = Callable[[World], None]


@dataclass(frozen=True)
class Way:
    """A way through the product: what happens before, and what is done to harm. Each act ends quiet."""

    name: str
    prepare: Act
    act: Act


@contextmanager
def _quickly() -> Iterator[None]:
    """Without pauses; provider calls go by the injector that is running."""
    with ExitStack() as stack:
        logging.disable(logging.CRITICAL)  # every fault is logged with its traceback: thousands
        stack.callback(logging.disable, logging.NOTSET)
        stack.enter_context(patch("random.uniform", lambda low, high: 0.0))
        stack.enter_context(patch("functions.orders.providers.asking.FIRST_PAUSE_SECONDS", 0))
        # what is kept in the process may not be read anew half-way: every run makes the same calls
        stack.enter_context(patch("functions.customers.catalogue.POPULATION_SECONDS", 1e9))
        # nor is one of sixteen customers, by a random id, counted for all
        stack.enter_context(patch("functions.customers.catalogue.Catalogue.counting", lambda *_: []))
        yield


@contextmanager
def _running(world: World) -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(_quickly())
        stack.enter_context(installed(world.aws, world.injector.around))
        for name in _PROVIDER:
            stack.enter_context(patch.object(Sandbox, name, _guarded(world.injector, name, getattr(Sandbox, name))))
        stack.enter_context(patch.object(SandboxCarrier, "buy", _sold(world.injector, SandboxCarrier.buy)))
        try:
            yield
        finally:
            clock.set_shift(timedelta(0))


def _sold(injector: Injector, real: Callable[..., Label]) -> Callable[..., Label]:
    def buy(self: SandboxCarrier, consignment: Consignment, *, service: str) -> Label:
        return injector.carrier(real, self, consignment, service=service)

    return buy


def _guarded(injector: Injector, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Sandbox, **arguments: Any) -> Any:
        return injector.provider(name, lambda **given: real(self, **given), arguments)

    return call


def prepared(way: Way) -> World:
    """The world as it is before the act; copy it with `branched`."""
    aws, injector = FastAws(), Injector()
    world = World.__new__(World)
    world.aws, world.injector = aws, injector
    with _quickly(), installed(aws):
        world.flow = FaultyFlow(injector=injector, aws=aws)
    with _running(world):
        way.prepare(world)
        world.settle()
    return world


def branched(world: World) -> World:
    """A copy that shares nothing that changes."""
    aws = FastAws(world.aws.dynamodb.copy(), counter=world.aws.counter)
    aws.queues.update({name: copy.deepcopy(messages) for name, messages in world.aws.queues.items()})
    aws.rules.update(world.aws.rules)
    injector = Injector()
    flow = copy.copy(world.flow)
    flow.aws, flow.injector, flow.late, flow.at_the_end, flow.dead = aws, injector, [], [], []
    flow.positions, flow.receives, flow.rng = dict(world.flow.positions), dict(world.flow.receives), random.Random(0)
    return World(aws, injector, flow)


@dataclass(frozen=True)
class Ended:
    """How a run ended: what the caller of `run` wanted to know, and where something could have gone wrong."""

    seen: Any
    places: list[Place]
    struck: bool


def run(way: Way, base: World, faults_: Collection[Fault], look: Callable[[World], Any]) -> Ended:
    """The act on a copy of the prepared world with these faults; then `look`, without any."""
    world = branched(base)
    world.injector.faults = {one.number: one.kind for one in faults_}
    with _running(world):
        world.injector.armed = True
        way.act(world)
        world.settle()
        world.injector.armed = False
        world.flow.repeat()
        return Ended(look(world), world.injector.places, world.injector.struck)


def healed(way: Way, base: World, fault: Fault, look: Callable[[World], Any]) -> Ended:
    """As `run`, but the act may not come to its end; then hours pass, with the timers at work."""
    world = branched(base)
    world.injector.faults = {fault.number: fault.kind}
    with _running(world):
        world.injector.armed = True
        try:
            way.act(world)
        except AssertionError:  # a person cannot do the next step: whether somebody sees why is the question
            world.settle()
        world.injector.armed = False
        world.wait(*[timedelta(minutes=20)] * 9, *[timedelta(days=2)] * 7)
        return Ended(look(world), world.injector.places, world.injector.struck)


def faults(places: list[Place], *, lost: bool = False) -> list[Fault]:
    """Everything that can go wrong once; with `lost` only deliveries that never happen."""
    return [
        Fault(place.number, kind, place.what) for place in places for kind in place.kinds if (kind is Kind.LOST) is lost
    ]
