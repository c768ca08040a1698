"""Stored beside a customer: consents, interactions, and who has read the profile.

CUSTOMER#{customer_id}      CONSENT#{channel}#{purpose}#{at}#{digest}   one statement, put once
CUSTOMER#{customer_id}      ACCESS#{at}#{id}                            one reading, kept 400 days
INTERACTION#{id}            -               gsi1 TIMELINE#{customer_id}, gsi2 see `retention`
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.customers.domain.consent import Consent
from functions.customers.domain.timeline import Entry, InteractionIdReused
from functions.customers.retention import retained
from shared.cause import Cause
from shared.clock import epoch_seconds, rfc3339
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.table import ConditionFailed, Put, Table
from shared.ids import derived_id

_CONSENTS = Document(Consent)
_ENTRIES = Document(Entry)
CONSENT_KIND = "consent"
KEEP_ACCESSES = timedelta(days=400)
MAX_ACCESSES = 200


@dataclass(frozen=True)
class Access:
    """Somebody read a profile."""

    at: datetime
    by: str
    operation: str


def consent_of(item: Item) -> tuple[str, Consent]:
    """Customer and consent of a stored row."""
    return item["pk"].removeprefix("CUSTOMER#"), _CONSENTS.load(item["body"])


class Dossier:
    """Reads are consistent."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def consents(self, customer_ids: Sequence[str]) -> Iterable[Consent]:
        """Every statement of these customers."""
        for customer_id in customer_ids:
            for row in self._table.query_all(f"CUSTOMER#{customer_id}", sk_prefix="CONSENT#", consistent=True):
                yield consent_of(row)[1]

    def add_consent(self, customer_id: str, consent: Consent, cause: Cause) -> None:
        """Keep a statement, once."""
        digest = derived_id("S", str(consent.granted), consent.source, consent.text_version)
        sk = f"CONSENT#{consent.channel}#{consent.purpose}#{rfc3339(consent.at)}#{digest}"
        row = {
            "pk": f"CUSTOMER#{customer_id}",
            "sk": sk,
            "kind": CONSENT_KIND,
            "version": 1,
            "cause": cause.stamp(),
            "body": _CONSENTS.dump(consent),
        }
        try:
            self._table.write(Put(row))
        except ConditionFailed:
            return  # said before, word for word

    def add_interaction(self, entry: Entry, cause: Cause) -> bool:
        """Keep an interaction in its customer's timeline; False when it was there. Raises InteractionIdReused."""
        row = {
            "pk": f"INTERACTION#{entry.key}",
            "sk": "-",
            "kind": "interaction",
            "version": 1,
            "cause": cause.stamp(),
            "body": _ENTRIES.dump(entry),
            "entry_kind": entry.kind.value,
            "gsi1pk": f"TIMELINE#{entry.customer_id}",
            "gsi1sk": f"{rfc3339(entry.at)}##{entry.key}",
            **retained(entry.kind.value, entry.key, entry.at, index="gsi2"),
        }
        try:
            self._table.write(Put(row))
        except ConditionFailed as error:
            before = _ENTRIES.load((error.existing or {})["body"])
            if replace(before, by=entry.by) != entry:
                raise InteractionIdReused("this interaction_id is another interaction") from error
            return False
        return True

    def note_access(self, customer_id: str, cause: Cause) -> None:
        """Keep who read a profile, and when."""
        row = {
            "pk": f"CUSTOMER#{customer_id}",
            "sk": f"ACCESS#{rfc3339(cause.at)}#{cause.id}",
            "kind": "access",
            "version": 1,
            "cause": cause.stamp(),
            "ttl": epoch_seconds(cause.at + KEEP_ACCESSES),
        }
        try:
            self._table.write(Put(row))
        except ConditionFailed:
            return  # the same request, delivered twice

    def accesses(self, customer_ids: Sequence[str]) -> list[Access]:
        """The latest readings, the newest first."""
        found = []
        for customer_id in customer_ids:
            page = self._table.query(
                f"CUSTOMER#{customer_id}", sk_prefix="ACCESS#", forward=False, limit=MAX_ACCESSES, consistent=True
            )
            found += [Cause.from_stamp(row["cause"]) for row in page.items]
        found.sort(key=lambda cause: cause.at, reverse=True)
        return [Access(cause.at, cause.actor, cause.kind) for cause in found[:MAX_ACCESSES]]
