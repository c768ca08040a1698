"""Use cases of manifests: close the day with a carrier, and show what went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from functions.fulfilment.domain import manifests
from functions.fulfilment.domain.manifests import MAX_ORDERS, Manifest, ManifestIdReused, NothingToHandOver
from functions.fulfilment.domain.states import Status
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.manifests import ManifestPage, ManifestRepository
from functions.fulfilment.repository.work import Wanted, WorkRepository
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.retry import retried
from shared.errors import NotFound

PAGE = 100


@dataclass(frozen=True)
class HandedOver:
    """A manifest, with the work whose parcels are on it."""

    manifest: Manifest
    work: tuple[FulfilmentOrder, ...]


class ManifestService:
    """Each use case is safe to repeat."""

    def __init__(self, repository: ManifestRepository, work: WorkRepository, *, clock: Clock) -> None:
        self._manifests = repository
        self._work = work
        self._clock = clock

    def close(self, manifest_id: str, location_id: str, carrier: str, *, cause: Cause) -> tuple[HandedOver, bool]:
        """The carrier has taken its parcels along: those packed have shipped. Answers it, and whether it is new.

        Raises ManifestIdReused, NothingToHandOver.
        """

        def attempt() -> tuple[Manifest, bool]:
            known = self._manifests.find(manifest_id)
            if known is not None:
                if (known.location_id, known.carrier) != (location_id, carrier):
                    raise ManifestIdReused("this manifest_id stands for another manifest")
                return known, False
            now = self._clock()
            found = self._waiting(location_id, carrier, since=self._since(location_id, carrier, now))
            if not found:
                raise NothingToHandOver(f"{location_id} has no parcel for {carrier}")
            taken = manifests.on_one(found)
            more = len(found) > len(taken)
            until = manifests.looked_until(taken, more=more, now=now)
            work = [manifests.put_on(one, manifest_id, at=now) for one in taken]
            ids = tuple(one.fulfilment_order_id for one in work)
            manifest = Manifest(manifest_id, location_id, carrier, now, cause.actor, ids, more, until)
            return self._manifests.add(manifest, work, cause=cause), True

        manifest, new = retried(attempt)
        return self._with_work(manifest), new

    def _since(self, location_id: str, carrier: str, now: datetime) -> datetime:
        newest = self._manifests.newest(location_id, carrier, limit=1).manifests
        return newest[0].next_from if newest else manifests.first_from(now)

    def _waiting(self, location_id: str, carrier: str, *, since: datetime) -> list[FulfilmentOrder]:
        """What goes on the next manifest, one more than it takes if there are that many."""
        found: list[FulfilmentOrder] = []
        for wanted in (Wanted(location_id, Status.SHIPPED, since=since), Wanted(location_id, Status.PACKED)):
            cursor: str | None = None
            while len(found) <= MAX_ORDERS:
                page = self._work.at_location(wanted, limit=PAGE, cursor=cursor)
                ids = [one.fulfilment_order_id for one in page.orders if manifests.goes_on(one, carrier)]
                found += [one for one in self._work.get_all(ids) if manifests.goes_on(one, carrier)]
                cursor = page.next_cursor
                if cursor is None:
                    break
        return found

    def get(self, manifest_id: str, *, allowed: Callable[[Manifest], None]) -> HandedOver:
        """Raises NotFound, also by `allowed`."""
        manifest = self._manifests.find(manifest_id)
        if manifest is None:
            raise NotFound("no such manifest")
        allowed(manifest)
        return self._with_work(manifest)

    def of_location(self, location_id: str, carrier: str, *, limit: int, cursor: str | None) -> ManifestPage:
        """A page of manifests, the newest first."""
        return self._manifests.newest(location_id, carrier, limit=limit, cursor=cursor)

    def _with_work(self, manifest: Manifest) -> HandedOver:
        return HandedOver(manifest, tuple(self._work.get_all(manifest.fulfilment_order_ids)))
