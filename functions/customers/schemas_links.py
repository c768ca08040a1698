"""HTTP models of who is who: merges, reviews, resolving records."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from functions.customers.domain.matching.resolver import Candidate
from functions.customers.domain.matching.scoring import Term
from functions.customers.domain.review import Review
from functions.customers.schemas import (
    PersonName,
    PutCustomer,
    SourceSchema,
)
from shared.schemas import Identifier, OptionalText, PageOf, PageQuery, Schema, Text, UtcTime


class MergeCustomers(Schema):
    """Who else the customer is."""

    other_customer_id: Identifier
    reason: Text


class UnmergeCustomers(Schema):
    """Which link was wrong."""

    merge_id: Identifier
    reason: OptionalText = ""


class ResolveRecord(PutCustomer):
    """What is known of somebody; the account may be left out."""

    source: SourceSchema | None = None  # type: ignore[assignment]  # a question needs no account
    name: PersonName = PersonName()


class ResolveCustomers(Schema):
    """Who are they? Nothing is kept."""

    records: Annotated[list[ResolveRecord], Field(min_length=1, max_length=100)]


class TermView(Schema):
    """One field's part of a score, in bits."""

    field: str
    level: str
    bits: float

    @classmethod
    def of(cls, term: Term) -> TermView:
        return cls.model_construct(field=term.field, level=term.level, bits=term.bits)


class CandidateView(Schema):
    """A shopper whom a record may be about. `veto`: why it is not linked however high the score."""

    customer_id: str
    score: float
    veto: str | None
    evidence: list[TermView]

    @classmethod
    def of(cls, candidate: Candidate) -> CandidateView:
        found = candidate.assessment
        return cls.model_construct(
            customer_id=candidate.root,
            score=found.bits,
            veto=found.veto.value if found.veto else None,
            evidence=[TermView.of(term) for term in found.terms],
        )


class ResolutionView(Schema):
    """Whom a record is about (null: somebody new), and who was considered."""

    customer_id: str | None
    threshold: float
    candidates: list[CandidateView]


class ResolutionsView(Schema):
    """One answer per record, in their order."""

    items: list[ResolutionView]


class ReviewsQuery(PageQuery):
    """Which reviews; the open ones unless said otherwise."""

    state: Literal["OPEN", "MERGED", "DISMISSED"] = "OPEN"


class ReviewView(Schema):
    """Two customers that may be one, and what was decided."""

    review_id: str
    customer_ids: list[str]
    score: float
    veto: str | None
    evidence: list[TermView]
    state: Literal["OPEN", "MERGED", "DISMISSED"]
    at: UtcTime
    decided_by: str | None
    decided_at: UtcTime | None

    @classmethod
    def of(cls, review: Review) -> ReviewView:
        return cls.model_construct(
            review_id=review.review_id,
            customer_ids=list(review.customer_ids),
            score=review.bits,
            veto=review.veto or None,
            evidence=[TermView.of(term) for term in review.terms],
            state=review.state.value,
            at=review.at,
            decided_by=review.decided_by or None,
            decided_at=review.decided_at,
        )


class ReviewsPage(PageOf[ReviewView]):
    """Reviews, the oldest first."""
