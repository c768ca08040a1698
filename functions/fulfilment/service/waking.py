"""Use cases that look again at who waits, when there is news that may help them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from functions.fulfilment.domain.rounds import advanced, begun
from functions.fulfilment.domain.subjects import QUEUE, item_subject, paused_place, sku_of
from functions.fulfilment.repository.copies import CopyRepository
from functions.fulfilment.repository.demands import DemandRepository
from functions.fulfilment.repository.rounds import RoundRepository
from functions.fulfilment.service.sourcing import SourcingService
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import LostRace, retried

if TYPE_CHECKING:  # making these models is start-up time that the API need not spend
    from shared.events.fulfilment import QueueAdvanced, RoutingTermsChanged
    from shared.events.inventory import AllocationRefused, StockAllocated

STOCK = "stock_changed"
MAX_WOKEN = 50
"""Orders looked at per message; the others by a round that goes on message by message."""


class WakingService:
    """Who waits longest is served first: what they ask for is not given to those behind them. Every use case may be
    repeated: who has been looked at finds nothing new."""

    def __init__(
        self,
        demands: DemandRepository,
        copies: CopyRepository,
        rounds: RoundRepository,
        sourcing: SourcingService,
        *,
        clock: Clock,
    ) -> None:
        self._demands = demands
        self._copies = copies
        self._rounds = rounds
        self._sourcing = sourcing
        self._clock = clock

    def wake(self, subjects: Iterable[str], cause: Cause, *, trigger: str) -> None:
        """Plan again who waits for news of these. Always looked up anew: a repeated event may be the retry of one that
        failed."""
        left, promised = MAX_WOKEN, Counter[tuple[str, str]]()
        for subject in self._demands.awaited(subjects):
            seen, after = self._serve(subject, "", cause, trigger=trigger, limit=left, promised=promised)
            left -= seen
            if after is not None:
                retried(partial(self._begin, subject, trigger, after, cause))

    def terms_changed(self, event: RoutingTermsChanged, cause: Cause) -> None:
        """Pools, exclusions, profiles or rates are others than before: everybody who waits is looked at."""
        retried(partial(self._begin, QUEUE, f"{event.part}_changed", "", cause))

    def terms_turn(self, cause: Cause) -> None:
        """A rate card may have come into force, or an exclusion ended, since somebody looked last: the same."""
        now, since = self._clock(), self._rounds.looked()
        turned = since is not None and any(since < moment <= now for moment in self._copies.turning_points())
        if turned:
            retried(partial(self._begin, QUEUE, "time", "", cause))
        if turned or since is None or since > now:
            self._rounds.look(now, cause=cause)

    def advance(self, event: QueueAdvanced, cause: Cause) -> None:
        """The next of a round. A step that is told twice, or late, finds that it is done already."""
        if paused_place(event.subject) is not None:
            return
        known = self._rounds.find(event.subject)
        if known.over or known.version != event.version:
            return
        _, after = self._serve(
            known.subject, known.after, cause, trigger=known.trigger, limit=MAX_WOKEN, promised=Counter()
        )
        try:
            self._rounds.save(advanced(known, after, at=self._clock()), cause=cause)
        except LostRace:  # the same step was told twice at once, or more news has come: that has told the next step
            return

    def stock_allocated(self, event: StockAllocated, cause: Cause) -> None:
        """The plan's units are set aside. Whoever stood behind the order in a queue may have what it has not taken."""
        skus = self._sourcing.stock_allocated(event, cause)
        self.wake(map(item_subject, sorted(skus)), cause, trigger=STOCK)

    def allocation_refused(self, event: AllocationRefused, cause: Cause) -> None:
        """Nothing was set aside: the order is planned again, and so is who stood behind it in a queue."""
        skus = self._sourcing.allocation_refused(event, cause)
        self.wake(map(item_subject, sorted(skus)), cause, trigger=STOCK)

    def _begin(self, subject: str, trigger: str, after: str, cause: Cause) -> None:
        following = begun(self._rounds.find(subject), trigger, at=self._clock(), after=after)
        if following is not None:
            self._rounds.save(following, cause=cause)

    def _serve(
        self,
        subject: str,
        after: str,
        cause: Cause,
        *,
        trigger: str,
        limit: int,
        promised: Counter[tuple[str, str]],
    ) -> tuple[int, str | None]:
        """Look at so many behind `after`; answers how many, and behind whom more may wait (None: nobody does).
        `promised`: units that those before them have asked for, and ask for now."""
        found = self._demands.waiting(subject, after=after, limit=limit) if limit else []
        sku = sku_of(subject) if trigger == STOCK else None
        left = self._copies.load([sku]).pages[sku].available if sku else 0
        for number, waiting in enumerate(found):
            if sku and sum(units for spot, units in promised.items() if spot[0] == sku) >= left:
                return number, None  # nothing is left for anybody behind: the answers to those before are news again
            looked = self._sourcing.reconsider(waiting.order_id, cause, trigger=trigger, promised=promised)
            for share in looked.asks:
                promised[share.sku, share.location_id] += share.quantity
            if not looked.waits:
                self._demands.forget(waiting)
        if len(found) < limit:
            return len(found), None
        return len(found), found[-1].key if found else after
