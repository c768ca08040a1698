"""HTTP models of manifests."""

from __future__ import annotations

from typing import Any

from functions.fulfilment.domain.manifests import Manifest
from functions.fulfilment.repository.manifests import ManifestPage
from functions.fulfilment.service.manifests import HandedOver
from shared.schemas import Identifier, PageQuery, Schema, UtcTime


class ManifestBody(Schema):
    """Which carrier took its parcels along, and where."""

    manifest_id: Identifier
    location_id: Identifier
    carrier: Identifier = "sandbox"


class ManifestQuery(PageQuery):
    """The manifests of a location and carrier, the newest first."""

    location_id: Identifier
    carrier: Identifier = "sandbox"


class ManifestParcelView(Schema):
    """One parcel that went; its number is null once its shopper is forgotten."""

    fulfilment_order_id: str
    parcel_id: str
    tracking_number: str | None
    service: str | None
    weight_grams: int | None


class ManifestHead(Schema):
    """A manifest; `more`: the carrier had more parcels here than one manifest takes, close another one."""

    manifest_id: str
    location_id: str
    carrier: str
    handed_over_at: UtcTime
    closed_by: str
    fulfilment_order_ids: list[str]
    more: bool


class ManifestView(ManifestHead):
    """A manifest with its parcels, and their weight as far as it is known."""

    parcels: list[ManifestParcelView]
    weight_grams: int

    @classmethod
    def of(cls, handed: HandedOver) -> ManifestView:
        parcels = [
            ManifestParcelView(
                fulfilment_order_id=order.fulfilment_order_id,
                parcel_id=one.parcel_id,
                tracking_number=one.tracking_number,
                service=one.label.service if one.label else None,
                weight_grams=one.weight_grams,
            )
            for order in handed.work
            for one in order.parcels
        ]
        weight = sum(one.weight_grams or 0 for one in parcels)
        return cls(**_head(handed.manifest), parcels=parcels, weight_grams=weight)


class ManifestsView(Schema):
    """One page of manifests."""

    items: list[ManifestHead]
    next_cursor: str | None = None

    @classmethod
    def of(cls, page: ManifestPage) -> ManifestsView:
        return cls(items=[ManifestHead(**_head(one)) for one in page.manifests], next_cursor=page.next_cursor)


def _head(manifest: Manifest) -> dict[str, Any]:
    return {
        "manifest_id": manifest.manifest_id,
        "location_id": manifest.location_id,
        "carrier": manifest.carrier,
        "handed_over_at": manifest.handed_over_at,
        "closed_by": manifest.closed_by,
        "fulfilment_order_ids": list(manifest.fulfilment_order_ids),
        "more": manifest.more,
    }
