"""Every order in which actors can reach DynamoDB, and every way in which a call can go wrong: one at a time.

A deterministic, single-threaded scheduler for any service. An actor is a function of a client; it runs (as a greenlet)
up to its next AWS call, which is the only place where a rival may come in between. `explore` walks all interleavings
of the actors that differ (sleep sets: Godefroid, "Partial-Order Methods", 1996: of schedules that only swap calls
which do not touch the same rows one is run); `wander` takes seeded ones, with faults, for more actors than that.

    client = FakeDynamoDB(...)                      # tests.support.fake_dynamodb; moto's client works as well
    class Shop: actors, fake, observe(), finish()   # a `World`: made afresh for every schedule
    for outcome in explore(lambda: Shop(...)): ...

Faults (`Fault`) are what AWS and Lambda do: the process dies before or after a call, the call is throttled, its
transaction conflicts, its answer is lost and the SDK asks again, or the SDK gives up although the call was done.
Whoever dies or gives up is started again, as a queue or a client does, until it has a definite answer.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from unittest.mock import patch

from botocore.exceptions import ClientError, ReadTimeoutError
from greenlet import GreenletExit, greenlet

from shared.dynamo import retry
from shared.errors import Busy
from tests.support.calls import EVERYTHING, WRITES, Call, call_of
from tests.support.fake_dynamodb import refusal

MAX_STARTS = 6
MAX_STEPS = 2_000


class Died(BaseException):
    """The process is gone; nothing may catch this."""


class Fault(StrEnum):
    """What may happen to one call."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    THROTTLED = "throttled"
    CONFLICT = "transaction conflict"
    ANSWER_LOST = "answer lost, asked again"
    GIVEN_UP = "done, but the SDK gave up"


FAULTS_OF_READS = (Fault.CRASH_BEFORE, Fault.THROTTLED)
"""After a read all is as before it."""

Plan = Mapping[tuple[int, int], Fault]
"""Faults by (actor, its n-th call)."""


class World(Protocol):
    """What a schedule runs on."""

    @property
    def actors(self) -> Sequence[Callable[[Any], object]]:
        """Each does its work on the client that it is given; may be called again after a crash."""

    @property
    def dynamodb(self) -> Any:
        """The real client or the fake one."""

    def observe(self, actor: int, call: Call) -> None:
        """Called after every call: what must hold at every moment."""

    def finish(self, answers: Sequence[object]) -> None:
        """Called at the end with each actor's answer (or the exception that answered): what must hold then."""


class _Client:
    """The client of one actor: every call waits until the scheduler lets it through."""

    def __init__(self, scheduler: greenlet) -> None:
        self._scheduler = scheduler

    def __getattr__(self, name: str) -> Any:
        return lambda **request: self._scheduler.switch(call_of(name, request))

    def pass_time(self, act: Callable[[], None]) -> None:
        """Something outside DynamoDB happens to everybody, such as time passing."""
        self._scheduler.switch(Call("pass_time", {"act": act}, EVERYTHING, EVERYTHING))


class _Actor:
    """One actor between two calls."""

    def __init__(self, work: Callable[[Any], object], expected: tuple[type[BaseException], ...]) -> None:
        self._work, self._expected = work, expected
        self.calls, self.starts = 0, 0
        self.answer: object = None
        self.pending: Call | None = None
        self._start()

    def _start(self) -> None:
        self.starts += 1
        assert self.starts <= MAX_STARTS, f"no definite answer after {MAX_STARTS} starts"
        self._greenlet = greenlet(self._run)
        self._take(self._greenlet.switch(_Client(greenlet.getcurrent())))

    def _run(self, client: _Client) -> Any:
        try:
            self.answer = self._work(client)
        except self._expected as refused:
            self.answer = refused
        except GreenletExit:
            raise
        except (Died, Busy, ReadTimeoutError) as gone:
            return gone
        return None

    def _take(self, step: Any) -> None:
        """What the actor did next: a call, its end, or its death, after which it is started again."""
        if isinstance(step, Call):
            self.pending = step
        elif step is None:
            self.pending = None
        else:
            self._start()

    def go(self, dynamodb: Any, fault: Fault | None) -> None:
        """Let the pending call through (or not) and run to the next."""
        call = self.pending
        assert call is not None
        self.calls += 1
        if fault is Fault.CRASH_BEFORE:
            return self._take(self._greenlet.throw(Died))
        if fault is Fault.THROTTLED:
            return self._take(self._greenlet.throw(refusal("ThrottlingException", call.name)))
        if fault is Fault.CONFLICT:
            return self._take(self._greenlet.throw(_conflict(call.name)))
        try:
            answer = _performed(dynamodb, call)
        except Exception as error:  # noqa: BLE001 - whatever AWS says is the actor's to hear
            return self._take(self._greenlet.throw(error))
        if fault is Fault.CRASH_AFTER:
            return self._take(self._greenlet.throw(Died))
        if fault is Fault.GIVEN_UP:
            return self._take(self._greenlet.throw(ReadTimeoutError(endpoint_url="dynamodb")))
        if fault is Fault.ANSWER_LOST:
            return None  # the same call waits again
        return self._take(self._greenlet.switch(answer))

    def end(self) -> None:
        """Leave no greenlet behind."""
        if not self._greenlet.dead:
            self._greenlet.throw(GreenletExit)


def _performed(dynamodb: Any, call: Call) -> Any:
    if call.name == "pass_time":
        return call.request["act"]()
    return getattr(dynamodb, call.name)(**call.request)


def _conflict(name: str) -> ClientError:
    if name == "transact_write_items":
        reasons = [{"Code": "TransactionConflict"}]
        return refusal("TransactionCanceledException", name, CancellationReasons=reasons)
    return refusal("TransactionConflictException", name)


@dataclass(frozen=True)
class Outcome:
    """How one schedule went. `schedule` names the actor of each step; `calls` counts per actor what it asked for."""

    schedule: tuple[int, ...]
    calls: tuple[int, ...]
    plan: Plan


class Violated(AssertionError):
    """A schedule after which something is wrong; replaying it gives the same."""


Choose = Callable[[Mapping[int, Call], int], int | None]
"""Given what each live actor wants next and the step's number: who goes; None to give this schedule up."""


def run(world: World, choose: Choose, *, plan: Plan, expected: tuple[type[BaseException], ...]) -> Outcome | None:
    """Run one schedule to its end and check the world. Raises Violated with the schedule that led there."""
    actors = [_Actor(work, expected) for work in world.actors]
    schedule: list[int] = []
    trace: list[str] = []
    try:
        while waiting := {n: actor.pending for n, actor in enumerate(actors) if actor.pending is not None}:
            assert len(schedule) < MAX_STEPS, "the actors do not come to an end"
            chosen = choose(waiting, len(schedule))
            if chosen is None:
                return None
            call, fault = waiting[chosen], _fitting(plan.get((chosen, actors[chosen].calls + 1)), waiting[chosen])
            schedule.append(chosen)
            trace.append(f"{chosen}: {call.name}" + (f" ({fault})" if fault else ""))
            actors[chosen].go(world.dynamodb, fault)
            world.observe(chosen, call)
        world.finish([actor.answer for actor in actors])
    except AssertionError as wrong:
        raise Violated(f"{wrong}\nschedule: {', '.join(trace)}") from wrong
    finally:
        for actor in actors:
            actor.end()
    return Outcome(tuple(schedule), tuple(actor.calls for actor in actors), plan)


def _fitting(fault: Fault | None, call: Call) -> Fault | None:
    """The fault, where it can befall this call."""
    if fault is None or call.name == "pass_time" or (fault is Fault.CONFLICT and call.name == "batch_write_item"):
        return None
    return fault if call.name in WRITES or fault in FAULTS_OF_READS else None


@dataclass
class _Node:
    """One step of the search: who could go, who need not (asleep), who went."""

    waiting: Mapping[int, Call]
    asleep: set[int]
    chosen: int


def explore(
    make: Callable[[], World], *, plan: Plan | None = None, expected: tuple[type[BaseException], ...] = ()
) -> Iterator[Outcome]:
    """Every interleaving that differs, each on a world of its own. Raises Violated."""
    path: list[_Node] = []

    def choose(waiting: Mapping[int, Call], step: int) -> int | None:
        if step < len(path):
            node = path[step]
            assert {n: call.name for n, call in waiting.items()} == {n: c.name for n, c in node.waiting.items()}, (
                "the actors are not deterministic"
            )
            return node.chosen
        asleep = set()
        if path:
            before = path[-1]
            asleep = {n for n in before.asleep if before.waiting[n].commutes_with(before.waiting[before.chosen])}
        awake = [n for n in waiting if n not in asleep]
        if not awake:
            return None
        path.append(_Node(waiting, asleep, awake[0]))
        return awake[0]

    while True:
        outcome = run(make(), choose, plan=plan or {}, expected=expected)
        if outcome is not None:
            yield outcome
        while path:
            node = path[-1]
            node.asleep.add(node.chosen)
            awake = [n for n in node.waiting if n not in node.asleep]
            if awake:
                node.chosen = awake[0]
                break
            path.pop()
        else:
            return


def explore_with_faults(
    make: Callable[[], World], *, expected: tuple[type[BaseException], ...] = ()
) -> Iterator[Outcome]:
    """Every interleaving without a fault, and every one with one fault, whatever it is and whomever it befalls."""
    most: dict[int, int] = {}
    for outcome in explore(make, expected=expected):
        most = {n: max(most.get(n, 0), calls) for n, calls in enumerate(outcome.calls)}
        yield outcome
    for actor, calls in most.items():
        for at in range(1, calls + 1):
            for fault in Fault:
                yield from explore(make, plan={(actor, at): fault}, expected=expected)


def wander(
    make: Callable[[], World],
    *,
    seed: int,
    fault_rate: float = 0.0,
    expected: tuple[type[BaseException], ...] = (),
) -> Outcome:
    """One random schedule with random faults, the same for the same seed. Raises Violated, naming the seed."""
    rng = random.Random(seed)
    world = make()
    actors = len(world.actors)
    calls = [(actor, at) for actor in range(actors) for at in range(1, 40)]
    plan = {call: rng.choice(list(Fault)) for call in calls if rng.random() < fault_rate}
    # Some runs switch at every call, some let one actor run for long: both kinds find what the other does not.
    stay = rng.choice((0.0, 0.5, 0.9))
    last: list[int] = []

    def choose(waiting: Mapping[int, Call], step: int) -> int:
        if not (last and last[0] in waiting and rng.random() < stay):
            last[:] = [rng.choice(sorted(waiting))]
        return last[0]

    try:
        outcome = run(world, choose, plan=plan, expected=expected)
    except Violated as wrong:
        raise Violated(f"seed {seed}: {wrong}") from wrong
    assert outcome is not None
    return outcome


@contextmanager
def without_waiting() -> Iterator[None]:
    """Within: whoever lost a race decides again at once (the scheduler decides who is faster)."""
    with patch.object(retry, "sleep", lambda _seconds: None):
        yield
