"""Movements that people post: what each kind does to the counters, and how one is undone."""

from __future__ import annotations

from enum import StrEnum

from functions.inventory.domain.stock import Counters, MovementKind
from shared.errors import Conflict, InvalidField, NotFound


class Bucket(StrEnum):
    """Why units that are there cannot be sold."""

    DAMAGED = "damaged"
    QUALITY_CONTROL = "quality_control"
    DISPLAY = "display"


class MovementReused(Conflict):
    """The id names another movement."""

    code = "movement_id_reused"


class MovementNotFound(NotFound):
    """There is no such movement."""

    code = "movement_not_found"


class MovementReversed(Conflict):
    """Another movement has undone it already."""

    code = "movement_reversed"


def check_buckets(kind: MovementKind, bucket: Bucket | None, from_bucket: Bucket | None) -> None:
    """Raises InvalidField for a bucket that is missing, or means nothing with this kind."""
    if kind not in (MovementKind.UNAVAILABLE, MovementKind.AVAILABLE):
        if bucket or from_bucket:
            raise InvalidField("/bucket" if bucket else "/from_bucket", f"a {kind} takes no bucket")
        return
    if bucket is None:
        raise InvalidField("/bucket", f"one of {', '.join(Bucket)}: where the units go to, or are released from")
    if from_bucket and (kind is MovementKind.AVAILABLE or from_bucket is bucket):
        raise InvalidField("/from_bucket", "another bucket, and only for units that stay unavailable")


def delta_of(
    kind: MovementKind, quantity: int, *, bucket: Bucket | None = None, from_bucket: Bucket | None = None
) -> Counters:
    """What a movement of so many units does.

    `unavailable` puts units into a bucket (out of `from_bucket`, else from what may be sold); `available` takes them
    out of the bucket, to be sold.
    """
    if kind is MovementKind.DAMAGE:
        return Counters(damaged=quantity)
    if kind not in (MovementKind.UNAVAILABLE, MovementKind.AVAILABLE):
        return Counters(on_hand=quantity)
    assert bucket is not None, "check_buckets comes first"
    into = Counters(**{bucket: quantity})
    if kind is MovementKind.AVAILABLE:
        return Counters() - into
    return into - Counters(**{from_bucket: quantity}) if from_bucket else into
