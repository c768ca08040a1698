"""Waves, and where goods lie.

WAVE#<id> / -                one wave
gsi1: WAVES#<location> / <status>#<opened at>#<id>      the waves of a location
BINS#<location> / <sku>      the shelf position of an item at a location
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from functions.fulfilment.domain.waves import Wave, WaveStatus
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.rows import ALWAYS, CHUNK, replacing, row
from functions.fulfilment.repository.work import saving
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo.documents import Document
from shared.dynamo.retry import LostRace
from shared.dynamo.table import ConditionFailed, Delete, Put, Table

_BODY = Document(Wave)


@dataclass(frozen=True)
class WavePage:
    """One page of waves."""

    waves: tuple[Wave, ...]
    next_cursor: str | None


@dataclass(frozen=True)
class BinPage:
    """One page of shelf positions: (SKU, bin)."""

    bins: tuple[tuple[str, str], ...]
    next_cursor: str | None


class WaveRepository:
    """The waves of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, wave_id: str) -> Wave | None:
        """The wave, if there is one."""
        found = self._table.get(_pk(wave_id))
        return _BODY.load(found["body"]) if found else None

    def of_location(self, location_id: str, status: WaveStatus | None, *, limit: int, cursor: str | None) -> WavePage:
        """The waves of a location by status, then by age. A moment behind the truth."""
        page = self._table.query(
            f"WAVES#{location_id}",
            index="gsi1",
            sk_prefix=f"{status}#" if status else None,
            limit=limit,
            cursor=cursor,
        )
        return WavePage(tuple(_BODY.load(found["body"]) for found in page.items), page.next_cursor)

    def save(self, wave: Wave, work: Sequence[FulfilmentOrder], *, cause: Cause) -> Wave:
        """Store the wave's next version with the work that it takes or lets go, all or nothing. Raises LostRace."""
        following = replace(wave, version=wave.version + 1)
        item = row(
            "wave",
            _pk(wave.wave_id),
            "-",
            version=following.version,
            cause=cause,
            body=_BODY.dump(following),
            gsi1pk=f"WAVES#{wave.location_id}",
            gsi1sk=f"{wave.status}#{rfc3339(wave.opened_at)}#{wave.wave_id}",
        )
        try:
            self._table.write(replacing(item, expected=wave.version), *(saving(order, cause=cause) for order in work))
        except ConditionFailed as error:
            raise LostRace("the wave or its work was changed meanwhile") from error
        return following

    # --------------------------------------------------------------------- bins

    def put_bins(self, location_id: str, bins: Mapping[str, str | None], *, cause: Cause) -> None:
        """Say where items lie (None: nowhere in particular). The last word counts."""
        actions = [bin_action(location_id, sku, place, cause=cause) for sku, place in sorted(bins.items())]
        for start in range(0, len(actions), CHUNK):
            self._table.write(*actions[start : start + CHUNK])

    def bins(self, location_id: str, skus: Iterable[str]) -> dict[str, str]:
        """Where these items lie, by SKU, as far as somebody has said."""
        return {sku: place for (_, sku), place in self.bins_of((location_id, sku) for sku in skus).items()}

    def bins_of(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Where these (location, SKU) lie, as far as somebody has said."""
        keys = {(_bins(location_id), sku): (location_id, sku) for location_id, sku in sorted(set(wanted))}
        return {keys[key]: str(item["bin"]) for key, item in self._table.get_many(list(keys)).items()}

    def all_bins(self, location_id: str, *, limit: int, cursor: str | None) -> BinPage:
        """A page of a location's shelf positions by SKU."""
        page = self._table.query(_bins(location_id), limit=limit, cursor=cursor)
        return BinPage(tuple((found["sk"], str(found["bin"])) for found in page.items), page.next_cursor)


def bin_action(location_id: str, sku: str, place: str | None, *, cause: Cause) -> Put | Delete:
    """The write of where an item lies (None: nowhere in particular)."""
    if place is None:
        return Delete(_bins(location_id), sku, ALWAYS)
    return Put(row("bin", _bins(location_id), sku, version=1, cause=cause, bin=place), ALWAYS)


def _bins(location_id: str) -> str:
    return f"BINS#{location_id}"


def _pk(wave_id: str) -> str:
    return f"WAVE#{wave_id}"
