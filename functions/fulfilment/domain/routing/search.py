"""The exact search: branch and bound over the set of places that ship.

The saving of opening places is submodular (see `groups`), and this makes the prunings exact:
- a place whose gain over those already open does not exceed its setup never pays again below this node: shut;
- a place whose loss, with all others still possible open, exceeds its setup is in every best plan below: open;
- a place that would lift the dual bound to the best plan's cost is in no better plan: shut;
- lower bounds: open setups + line minima over all still possible places; open plan minus all gains beyond setups; and
  the dual bound of `bound`, which starts from an ascent and is tightened at every node.
Where stock is plenty the ascent leaves so few places that a `listing` of their sets comes before the tree.
(Nemhauser, Wolsey, Fisher 1978; Goldengorin et al. 1999 for the two preservation rules.)
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.fulfilment.domain.routing.ascent import Ascent, Shares, parts_of
from functions.fulfilment.domain.routing.bound import Dual
from functions.fulfilment.domain.routing.groups import Group, bits
from functions.fulfilment.domain.routing.listing import Listing

NODE_BUDGET = 5_000
WORK_BUDGET = 1_500_000
"""Looks at one SKU with one set of places: a few seconds of a Lambda function, whatever the size of the order."""
ROOT_ROUNDS = 3
DUAL_STEPS = 3
"""Few: a bound within some percent shuts nearly every place, and what is left is small enough to branch on."""
DOMINATORS = 16
LOOKS = 2000
"""At sets of few places, before the tree is tried: they cost less than its first dual step."""
PLENTY = 4
"""Stock is plenty where at most one in so many offers is of a part of what is wanted."""


@dataclass(frozen=True)
class Found:
    """The set of open places as a mask, its cost, and what is proven: no plan costs less than `lower_bound`."""

    opened: int
    total: int
    lower_bound: int
    nodes: int
    work: int = 0

    @property
    def proven_optimal(self) -> bool:
        return self.total == self.lower_bound


@dataclass(frozen=True)
class _Node:
    opened: int
    undecided: int
    bound: int
    shares: Shares


class Search:
    """One problem. `setups` are by the places' index; `groups` as `grouped` made them.

    `most`: how many places may be open, those of the mask `uncounted` apart. The first and the third pruning hold for
    that too (a set without a place is no larger), the second does not.
    """

    def __init__(
        self,
        groups: Sequence[Group],
        setups: Sequence[int],
        *,
        node_budget: int = NODE_BUDGET,
        most: int | None = None,
        uncounted: int = 0,
    ) -> None:
        self._groups = groups
        self._setups = setups
        self._budget = node_budget
        self._most = most
        self._uncounted = uncounted
        self._at: list[list[Group]] = [[] for _ in setups]
        for group in groups:
            for place in group.supplies:
                self._at[place].append(group)
        self._parts = parts_of(groups)
        self._mixed = [group for group in groups if group.mixed]
        self._best_total = -1
        self._best_opened = 0
        self._work = 0

    def run(self) -> Found:
        """The cheapest set of places; when the budget ends first, the best one seen and an honest lower bound."""
        self._offer(0, self._serving(0))
        possible = sum([1 << place for place, groups in enumerate(self._at) if groups])
        if not self._uncounted:
            possible = self._undominated(possible)
        ascent = Ascent(self._parts, self._setups, undecided=possible)
        self._try(ascent.paid)
        if self._mixed or self._most is not None:  # the ascent knows nothing of them
            self._greedy(possible)
        elif looks := self._listed(ascent, possible):
            return self._found(looks)
        others = sum([group.cost(possible) for group in self._mixed])
        possible &= ~ascent.shut(self._best_total - others)
        root = _Node(0, possible, self._serving(possible), ascent.shares())
        root, _ = self._tightened(root, rounds=ROOT_ROUNDS)
        self._swap(root.undecided)
        stack = [root]
        nodes = 0
        while stack:
            if nodes >= self._budget or self._work >= WORK_BUDGET:
                return self._found(nodes, bound=min(node.bound for node in stack))
            nodes += 1
            stack.extend(self._branches(stack.pop()))
        return self._found(nodes)

    def _listed(self, ascent: Ascent, possible: int) -> int:
        """Where stock is plenty: the best plan by looking at the sets that the ascent leaves. How many; 0: too many."""
        possible &= ~ascent.shut(self._best_total)
        partly = sum([(group.mask & ~group.full & possible).bit_count() for group in self._groups])
        if partly * PLENTY > sum([(group.mask & possible).bit_count() for group in self._groups]):
            return 0
        listing = Listing(self._groups, self._setups, possible)
        self._try(listing.guess(self._best_opened))
        possible &= ~ascent.shut(self._best_total)
        most = min(LOOKS, self._budget - 1)

        def offer(opened: int) -> None:
            self._offer(opened, self._setup(opened) + self._serving(opened))

        looks = listing.all_better(possible, ascent, below=lambda: self._best_total, offer=offer, most=most)
        self._work += looks * len(self._groups)
        return max(1, looks) if looks <= most else 0

    def _found(self, nodes: int, *, bound: int | None = None) -> Found:
        """Without needless places: then each one that is open gives units, and setups are paid for those only."""
        opened = self._dropped(self._best_opened)
        total = self._setup(opened) + self._serving(opened)
        return Found(opened, total, total if bound is None else min(bound, total), nodes, self._work)

    # -------------------------------------------------------------- one node

    def _branches(self, node: _Node) -> list[_Node]:
        if node.bound >= self._best_total:
            return []
        opened, undecided, serving, gains = self._reduced(node.opened, node.undecided)
        setup = self._setup(opened)
        self._offer(opened, setup + serving)
        room = None if self._most is None else self._most - self._count(opened)
        if room == 0:
            undecided &= self._uncounted
        elif room == 1 and not undecided & self._uncounted:
            return self._last(opened, undecided, setup + serving, gains)
        worth = [gains[place] - self._setups[place] for place in bits(undecided)]
        if room is not None:
            worth = heapq.nlargest(room + (undecided & self._uncounted).bit_count(), worth)
        surplus = sum(worth)
        bound = max(node.bound, setup + self._serving(opened | undecided), setup + serving - surplus)
        if not undecided or bound >= self._best_total:
            return []
        node, users = self._tightened(_Node(opened, undecided, bound, node.shares), rounds=1)
        if not node.undecided or node.bound >= self._best_total:
            return []
        place = max(bits(node.undecided), key=lambda one: (users.get(one, 0), gains[one] - self._setups[one], -one))
        rest = node.undecided & ~(1 << place)
        return [
            _Node(opened, rest, node.bound, node.shares),
            _Node(opened | 1 << place, rest, node.bound, node.shares),
        ]

    def _last(self, opened: int, undecided: int, total: int, gains: Mapping[int, int]) -> list[_Node]:
        """Only one more place may be opened: look at each."""
        for place in bits(undecided):
            self._offer(opened | 1 << place, total + self._setups[place] - gains[place])
        return []

    def _tightened(self, node: _Node, *, rounds: int) -> tuple[_Node, Mapping[int, int]]:
        """The node after rounds of dual steps, each among the places that the one before has not shut; how many SKUs
        use each place in the relaxation."""
        users: Mapping[int, int] = {}
        setup = self._setup(node.opened)
        for _ in range(rounds):
            others = setup + sum(group.cost(node.opened | node.undecided) for group in self._mixed)
            dual = Dual(self._parts, self._setups, node.shares, free=node.opened, undecided=node.undecided)
            moving = True
            for _ in range(DUAL_STEPS):
                self._work += dual.effort
                moving = others + dual.bound < self._best_total and dual.step(self._best_total - others)
                if not moving:
                    break
            self._try(node.opened | dual.used)
            bound = max(node.bound, others + dual.bound)
            proof = dual.proof(self._best_total - others)
            node, users = _Node(node.opened, node.undecided & ~proof.shut, bound, proof.shares), proof.users
            if not moving or not node.undecided or bound >= self._best_total:
                break
        return node, users

    def _reduced(self, opened: int, undecided: int) -> tuple[int, int, int, dict[int, int]]:
        """Shut and open what is decided by the preservation rules, until nothing changes."""
        while True:
            before = opened
            gains = {}
            for place in bits(undecided):
                gains[place] = self._difference(opened, opened | 1 << place, place)
                if gains[place] <= self._setups[place]:
                    undecided &= ~(1 << place)
            for place in bits(undecided if self._most is None else 0):
                everything = opened | undecided
                if self._difference(everything & ~(1 << place), everything, place) > self._setups[place]:
                    opened |= 1 << place
                    undecided &= ~(1 << place)
            if opened == before:
                return opened, undecided, self._serving(opened), gains

    # ------------------------------------------------------------- incumbents

    def _greedy(self, possible: int) -> None:
        """Open what saves most (lazily: Minoux 1978), then drop what has become needless."""
        opened = 0
        heap = [(self._setups[one] - self._difference(0, 1 << one, one), one) for one in bits(possible)]
        heapq.heapify(heap)
        while heap and heap[0][0] < 0 and (self._most is None or self._count(opened) < self._most):
            _, place = heapq.heappop(heap)
            gain = self._difference(opened, opened | 1 << place, place) - self._setups[place]
            if heap and gain < -heap[0][0]:  # gains only shrink: whoever may still be better is looked at first
                heapq.heappush(heap, (-gain, place))
            elif gain > 0:
                opened |= 1 << place
        self._try(opened)

    def _swap(self, possible: int) -> None:
        """Try each possible place instead of each one of the best plan."""
        for out in list(bits(self._best_opened)):
            without = self._best_opened & ~(1 << out)
            for other in bits(possible & ~self._best_opened):
                swapped = without | 1 << other
                self._offer(swapped, self._setup(swapped) + self._serving(swapped))

    def _try(self, opened: int) -> None:
        """Take these places without the needless ones, if that is the best plan so far."""
        opened = self._dropped(opened)
        self._offer(opened, self._setup(opened) + self._serving(opened))

    def _dropped(self, opened: int) -> int:
        for place in sorted(bits(opened), key=lambda one: (-self._setups[one], one)):
            without = opened & ~(1 << place)
            if self._difference(without, opened, place) <= self._setups[place]:
                opened = without
        return opened

    def _undominated(self, possible: int) -> int:
        """Without places that another one replaces at no more cost: one that has every wanted unit of every line."""
        full = possible
        for group in self._groups:
            full &= 0 if group.mixed else group.full
        for better in sorted(bits(full), key=lambda place: (self._setups[place], place))[:DOMINATORS]:
            if not possible >> better & 1:
                continue
            for place in bits(possible & ~(1 << better)):
                if self._setups[better] <= self._setups[place] and all(
                    group.supplies[better][0] <= group.supplies[place][0] for group in self._at[place]
                ):
                    possible &= ~(1 << place)
        return possible

    # ------------------------------------------------------------------ costs

    def _offer(self, opened: int, total: int) -> None:
        if self._most is not None and self._count(opened) > self._most:
            return
        if self._best_total < 0 or total < self._best_total:
            self._best_total, self._best_opened = total, opened

    def _count(self, opened: int) -> int:
        return (opened & ~self._uncounted).bit_count()

    def _setup(self, opened: int) -> int:
        return sum(self._setups[place] for place in bits(opened))

    def _serving(self, opened: int) -> int:
        self._work += len(self._groups)
        return sum(group.cost(opened) for group in self._groups)

    def _difference(self, without: int, having: int, place: int) -> int:
        """What the lines save by the place: only those that it has stock of."""
        self._work += len(self._at[place])
        saved = 0
        for group in self._at[place]:
            saved += group.cost(without) - group.cost(having)
        return saved
