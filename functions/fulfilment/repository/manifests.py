"""Manifests.

MANIFEST#<id> / -                                       one manifest
gsi1: MANIFESTS#<location>#<carrier> / <handed over at>#<id>     those of a location and carrier
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from functions.fulfilment.domain.manifests import Manifest
from functions.fulfilment.domain.work import FulfilmentOrder
from functions.fulfilment.repository.rows import replacing, row
from functions.fulfilment.repository.work import saving
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo.documents import Document
from shared.dynamo.retry import LostRace
from shared.dynamo.table import ConditionFailed, Table

_BODY = Document(Manifest)


@dataclass(frozen=True)
class ManifestPage:
    """One page of manifests, the newest first."""

    manifests: tuple[Manifest, ...]
    next_cursor: str | None


class ManifestRepository:
    """The manifests of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, manifest_id: str) -> Manifest | None:
        """The manifest, if there is one."""
        found = self._table.get(_pk(manifest_id))
        return _BODY.load(found["body"]) if found else None

    def newest(self, location_id: str, carrier: str, *, limit: int, cursor: str | None = None) -> ManifestPage:
        """A page of them. A moment behind the truth."""
        page = self._table.query(
            f"MANIFESTS#{location_id}#{carrier}", index="gsi1", forward=False, limit=limit, cursor=cursor
        )
        return ManifestPage(tuple(_BODY.load(found["body"]) for found in page.items), page.next_cursor)

    def add(self, manifest: Manifest, work: Sequence[FulfilmentOrder], *, cause: Cause) -> Manifest:
        """Store it with the work that goes on it, all or nothing. Raises LostRace."""
        item = row(
            "manifest",
            _pk(manifest.manifest_id),
            "-",
            version=1,
            cause=cause,
            body=_BODY.dump(replace(manifest, version=1)),
            gsi1pk=f"MANIFESTS#{manifest.location_id}#{manifest.carrier}",
            gsi1sk=f"{rfc3339(manifest.handed_over_at)}#{manifest.manifest_id}",
        )
        try:
            self._table.write(replacing(item, expected=0), *(saving(order, cause=cause) for order in work))
        except ConditionFailed as error:
            raise LostRace("the manifest or its work was changed meanwhile") from error
        return replace(manifest, version=1)


def _pk(manifest_id: str) -> str:
    return f"MANIFEST#{manifest_id}"
