"""Faults at every call of all services together: whole ways (for one service among rivals see `interleaving`).

A whole way is run once to see where something can go wrong, then once per place and kind of fault.

A way is prepared once and its state copied, so a run costs only what happens after the preparation. A client that got
no definite answer asks again, as channels and staff do; streams and queues deliver again what was not finished.
"""

from __future__ import annotations

import copy
import importlib
import logging
import random
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from functions.fulfilment.carriers.port import Consignment
from functions.fulfilment.carriers.sandbox import SandboxCarrier
from functions.fulfilment.domain.parcels import Label, VoidStatus
from functions.orders.providers.sandbox import Sandbox
from shared import clock
from shared.dynamo.marshal import to_item
from tests.support.fast_aws import FastAws, installed
from tests.support.faulty_flow import MAX_TRIES, FaultyFlow, Insistent
from tests.support.gateway import Claims
from tests.support.injecting import Crash, Fault, Injector, Kind, Place, faults, inside
from tests.support.local_aws import running_as

__all__ = [
    "MAX_TRIES",
    "Crash",
    "Ended",
    "Fault",
    "Insistent",
    "Kind",
    "Way",
    "World",
    "branched",
    "faults",
    "healed",
    "inside",
    "prepared",
    "run",
]

_PROVIDER = ("authorise", "reauthorise", "capture", "void", "refund", "look_up")


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
            self.it_is_later(passed)
            self.tick()

    def it_is_later(self, by: timedelta) -> None:
        """So much later than it really is, by every clock."""
        shift = {"pk": "CLOCK", "sk": "-", "shift_ms": round(by / timedelta(milliseconds=1))}
        self.aws.dynamodb.put_item(TableName="clock", Item=to_item(shift))

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
        stack.enter_context(patch.object(SandboxCarrier, "void", _taken_back(world.injector, SandboxCarrier.void)))
        try:
            yield
        finally:
            clock.set_shift(timedelta(0))


def _sold(injector: Injector, real: Callable[..., Label]) -> Callable[..., Label]:
    def buy(self: SandboxCarrier, consignment: Consignment, *, service: str) -> Label:
        return injector.buy(lambda: real(self, consignment, service=service), consignment.key)

    return buy


def _taken_back(
    injector: Injector, real: Callable[..., VoidStatus | None]
) -> Callable[[SandboxCarrier, str], VoidStatus | None]:
    def void(self: SandboxCarrier, key: str) -> VoidStatus | None:
        return injector.void(lambda: real(self, key), key)

    return void


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
