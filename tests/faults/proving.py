"""Runs ways with faults and compares their ends with the one without; planted bugs show that this finds something."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.faults import Ended, Fault, Kind, Way, World, faults, prepared, run


@dataclass(frozen=True)
class Planted:
    """One bug, and the fault that finds it: of this kind, at calls whose name contains `where`."""

    name: str
    way: str
    kind: Kind
    where: str
    plant: Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Proving:
    """Ways by name, and `look`: what matters of an end. Each way is prepared and run without faults only once.

    `about`: by way, parts of the names of those calls and deliveries that go wrong; without it all do.
    """

    ways: Mapping[str, Way]
    look: Callable[[World], Any]
    about: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _bases: dict[str, World] = field(default_factory=dict)
    _good: dict[str, Ended] = field(default_factory=dict)
    _warm: list[str] = field(default_factory=list)

    def base(self, name: str) -> World:
        """The world before the act."""
        if name not in self._bases:
            self._bases[name] = prepared(self.ways[name])
        return self._bases[name]

    def good(self, name: str) -> Ended:
        """The end without any fault."""
        if name not in self._good:
            self._good[name] = self.run(name)
        return self._good[name]

    def wrong(self, name: str) -> list[Fault]:
        """Everything that can go wrong once in what the way is about."""
        about = self.about.get(name, ("",))
        return [one for one in faults(self.good(name).places) if any(part in one.what for part in about)]

    def run(self, name: str, *wrong: Fault) -> Ended:
        """The end with these faults. What a process keeps (the network, prices) is made warm after another way's world:
        every run makes the same calls."""
        base = self.base(name)
        if self._warm != [name]:
            run(self.ways[name], base, [], self.look)
            self._warm[:] = [name]
        return run(self.ways[name], base, wrong, self.look)

    def same_end(self, name: str, *wrong: Fault) -> None:
        """Fails unless the faults struck and the end is as if they had not."""
        ended = self.run(name, *wrong)
        assert ended.struck, f"nothing went wrong: {wrong}"
        assert ended.seen == self.good(name).seen, ", ".join(map(str, wrong))

    def some(self, name: str, *, one_in: int) -> None:
        """Fails unless the end stays the same with each fault of a seeded slice, one in so many of all."""
        wrong = self.wrong(name)
        for fault in random.Random(name).sample(wrong, 1 + len(wrong) // one_in):
            self.same_end(name, fault)

    def each(self, name: str) -> None:
        """Likewise with every single fault, and says how many there are."""
        wrong = self.wrong(name)
        for fault in wrong:
            self.same_end(name, fault)
        print(f"{name}: every one of {len(wrong)} single faults")

    def pairs(self, name: str, *, count: int) -> None:
        """Likewise with so many seeded pairs; the second may never strike, as the first changes what is called then."""
        wrong, rng = self.wrong(name), random.Random(name)
        for _ in range(count):
            self.same_end(name, *rng.sample(wrong, 2))
        print(f"{name}: {count} of {len(wrong) * (len(wrong) - 1) // 2} pairs of faults, by a seed")

    def catches(self, bug: Planted, patch: pytest.MonkeyPatch) -> None:
        """Fails unless the bug does no harm as long as nothing goes wrong, and is found when something does."""
        good = self.good(bug.way)
        bug.plant(patch)
        planted = self.run(bug.way)
        assert planted.seen == good.seen, "found without any fault: proves nothing"
        for fault in faults(planted.places):  # the bug's own calls: it may make them in another order
            if fault.kind is bug.kind and bug.where in fault.what:
                try:
                    if self.run(bug.way, fault).seen != good.seen:
                        return
                except AssertionError:
                    return
        pytest.fail(f"{bug.name} went unnoticed")
