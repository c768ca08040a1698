"""Stored reviews: pairs of customers that a person should look at, or has decided about.

REVIEW#{review_id}   -   two customers that may be one       gsi1 REVIEWS#{state}
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from functions.customers.domain.review import Review, ReviewState
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.table import ABSENT, Put, Table

REVIEW_KIND = "review"
_REVIEWS = Document(Review)


def review_row(item: Item) -> Review:
    """The review of a stored row."""
    return _REVIEWS.load(item["body"])


class Reviews:
    """Reads are consistent, but the list."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def asking(self, review: Review, *, cause: Cause) -> Put:
        """The action that puts a question which was not asked yet."""
        return Put(self._row(review, version=1, cause=cause))

    def joining(self, review: Review, *, cause: Cause) -> Put:
        """The action that notes that two are one, asked about before or not, unless a person has taken them apart."""
        own = 1 + random.getrandbits(48)  # it may take the place of a question, of whatever version
        row = self._row(review, version=own, cause=cause)
        return Put(row, f"{ABSENT} OR gsi1pk <> :apart", {":apart": _listed(ReviewState.DISMISSED)})

    def find(self, review_id: str) -> Review | None:
        """The review, or None where nobody was ever asked."""
        row = self._table.get(_pk(review_id))
        return _REVIEWS.load(row["body"]) if row else None

    def among(self, review_ids: Sequence[str]) -> dict[str, Review]:
        """Those that exist, by id."""
        rows = self._table.get_many([(_pk(name), "-") for name in review_ids])
        found = (_REVIEWS.load(row["body"]) for row in rows.values())
        return {review.review_id: review for review in found}

    def decide(self, review: Review, *, cause: Cause) -> None:
        """Keep what was decided about a pair, asked or not; the last word counts."""
        row = self._row(review, version=2, cause=cause)
        self._table.write(Put(row, "attribute_not_exists(pk) OR attribute_exists(pk)"))

    def page(self, state: ReviewState, *, limit: int, cursor: str | None) -> tuple[list[Review], str | None]:
        """A page of reviews, the oldest first. Raises InvalidField for a forged cursor."""
        page = self._table.query(_listed(state), index="gsi1", limit=limit, cursor=cursor)
        return [_REVIEWS.load(row["body"]) for row in page.items], page.next_cursor

    def _row(self, review: Review, *, version: int, cause: Cause) -> Item:
        return {
            "pk": _pk(review.review_id),
            "sk": "-",
            "kind": REVIEW_KIND,
            "version": version,
            "cause": cause.stamp(),
            "body": _REVIEWS.dump(review),
            "gsi1pk": _listed(review.state),
            "gsi1sk": f"{rfc3339(review.at)}#{review.review_id}",
        }


def _listed(state: ReviewState) -> str:
    return f"REVIEWS#{state}"


def _pk(review_id: str) -> str:
    return f"REVIEW#{review_id}"
