"""What a cart asks inventory to set aside for it, and what became of that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

DEFAULT_TTL_SECONDS = 600
MAX_TTL_SECONDS = 14_400


class HoldStatus(StrEnum):
    """ASKED -> HELD | REFUSED; whatever has not been bought in time is EXPIRED, which is judged and never stored."""

    ASKED = "ASKED"
    HELD = "HELD"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True)
class Shortage:
    """An item of which there are fewer units than the cart has."""

    sku: str
    requested: int
    available: int


@dataclass(frozen=True)
class CartHold:
    """The hold of a cart. It is inventory's under `reservation_id`, which an order of any channel may name.

    `location_id`: everything at this place (a collection); empty: wherever it lies. `until`: when it lapses, at the
    latest while it is only asked for. `replaces`: the holds that it follows, which end by it once it is made.
    """

    reservation_id: str
    channel: str
    asked_at: datetime
    ttl_seconds: int
    location_id: str = ""
    replaces: tuple[str, ...] = ()
    status: HoldStatus = HoldStatus.ASKED
    held_until: datetime | None = None
    shortages: tuple[Shortage, ...] = ()

    @property
    def until(self) -> datetime:
        return self.held_until or self.asked_at + timedelta(seconds=self.ttl_seconds)

    def status_at(self, now: datetime) -> HoldStatus:
        """The status, judged by time."""
        ended = self.status in (HoldStatus.ASKED, HoldStatus.HELD) and self.until <= now
        return HoldStatus.EXPIRED if ended else self.status

    def live_at(self, now: datetime) -> bool:
        """Whether units are held for it, or may be."""
        return self.status_at(now) in (HoldStatus.ASKED, HoldStatus.HELD)


def granted(hold: CartHold, *, until: datetime) -> CartHold:
    """The hold that inventory has made. The first answer stays."""
    return replace(hold, status=HoldStatus.HELD, held_until=until) if hold.status is HoldStatus.ASKED else hold


def refused(hold: CartHold, shortages: tuple[Shortage, ...]) -> CartHold:
    """The hold that inventory could not make. The first answer stays."""
    return replace(hold, status=HoldStatus.REFUSED, shortages=shortages) if hold.status is HoldStatus.ASKED else hold


def asked_anew(hold: CartHold, reservation_id: str, *, at: datetime, replaces: tuple[str, ...]) -> CartHold:
    """The hold for other lines than before, on the same terms."""
    return CartHold(reservation_id, hold.channel, at, hold.ttl_seconds, hold.location_id, replaces)
