"""The HTTP operations of manifests."""

from __future__ import annotations

from functions.fulfilment import wiring
from functions.fulfilment.domain.manifests import Manifest
from functions.fulfilment.manifest_schemas import ManifestBody, ManifestQuery, ManifestsView, ManifestView
from functions.fulfilment.shipping_schemas import DocumentView, ListFormat, ListQuery
from shared.auth import Caller
from shared.http import Answer, Api, Call

PDF, CSV = "application/pdf", "text/csv"


def _within(caller: Caller, manifest: Manifest) -> None:
    caller.require(locations=[manifest.location_id])


def bind(api: Api) -> None:
    """Bind every operation on manifests."""

    @api.operation("close_manifest", body=ManifestBody, answers={201: ManifestView, 200: ManifestView})
    def close_manifest(call: Call[ManifestBody, None]) -> Answer:
        """The carrier has taken its parcels along: what was packed with its labels has shipped, and whatever had left
        since the manifest before (of the first one: in the last seven days) is on it. 200 when it is sent again; 409
        `nothing_to_hand_over` when there is no parcel."""
        body = call.body
        call.caller.require(locations=[body.location_id])
        handed, new = wiring.manifests().close(body.manifest_id, body.location_id, body.carrier, cause=call.cause)
        return Answer(201 if new else 200, ManifestView.of(handed))

    @api.operation("list_manifests", query=ManifestQuery, answers={200: ManifestsView})
    def list_manifests(call: Call[None, ManifestQuery]) -> Answer:
        """The manifests of a location and carrier, the newest first."""
        query = call.query
        call.caller.require(locations=[query.location_id])
        page = wiring.manifests().of_location(query.location_id, query.carrier, limit=query.limit, cursor=query.cursor)
        return Answer(200, ManifestsView.of(page))

    @api.operation("get_manifest", answers={200: ManifestView})
    def get_manifest(call: Call[None, None]) -> Answer:
        """One manifest with its parcels."""
        handed = wiring.manifests().get(call.path["manifest_id"], allowed=lambda one: _within(call.caller, one))
        return Answer(200, ManifestView.of(handed))

    @api.operation("get_manifest_document", query=ListQuery, answers={200: DocumentView})
    def get_manifest_document(call: Call[None, ListQuery]) -> Answer:
        """A manifest to sign (PDF), or for another system (CSV)."""
        from functions.fulfilment.paper import lists  # only who prints pays for it

        handed = wiring.manifests().get(call.path["manifest_id"], allowed=lambda one: _within(call.caller, one))
        ids = list(handed.manifest.fulfilment_order_ids)
        if call.query.format is ListFormat.CSV:
            return Answer(200, DocumentView.of(lists.manifest_csv(handed.work), CSV, ids))
        return Answer(200, DocumentView.of(lists.manifest_pdf(handed.manifest, handed.work), PDF, ids))
