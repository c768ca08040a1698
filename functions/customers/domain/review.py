"""What a person should look at: two customers that may be one, and what was decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from functions.customers.domain.matching.resolver import Candidate
from functions.customers.domain.matching.scoring import Term
from shared.errors import NotFound
from shared.ids import derived_id


class ReviewState(StrEnum):
    """What became of it."""

    OPEN = "OPEN"
    MERGED = "MERGED"
    DISMISSED = "DISMISSED"


class ReviewNotFound(NotFound):
    """There is no such review."""

    code = "review_not_found"

    def __init__(self) -> None:
        super().__init__("no such review")


@dataclass(frozen=True)
class Review:
    """Two customers with the evidence that they are one (`terms` in bits) and what stood against a link (`veto`).

    `enough`: the evidence joins them by itself; while the review is open, that has not been done yet.
    """

    review_id: str
    customer_ids: tuple[str, str]
    bits: float
    terms: tuple[Term, ...]
    veto: str
    at: datetime
    state: ReviewState = ReviewState.OPEN
    decided_by: str = ""
    decided_at: datetime | None = None
    enough: bool = False


def review_id(one: str, other: str) -> str:
    """The same for both orders: a pair is asked about once."""
    return derived_id("RV", *sorted((one, other)))


def review_of(customer_id: str, candidate: Candidate, *, at: datetime, enough: bool = False) -> Review:
    """The question whether a customer is the candidate."""
    assessment = candidate.assessment
    one, other = sorted((customer_id, candidate.root))
    veto = assessment.veto.value if assessment.veto else ""
    return Review(review_id(one, other), (one, other), assessment.bits, assessment.terms, veto, at, enough=enough)
