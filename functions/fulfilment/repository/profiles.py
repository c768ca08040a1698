"""Routing profiles.

part `profiles`                   the book: every version's stage, with the terms of those that are live
PROFILE#<profile> / T#<digest>    the terms of a version, under what they say: written once, never changed
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from functions.fulfilment.domain.profile_book import Book, ProfileTooLarge, TooManyProfiles
from functions.fulfilment.domain.profiles import Live, Terms
from functions.fulfilment.repository.knowledge import Knowledge
from functions.fulfilment.repository.rows import ALWAYS, row
from shared.cause import Cause
from shared.dynamo.documents import Document
from shared.dynamo.table import Put, Table

PART = "profiles"
_BOOK, _TERMS = Document(Book), Document(Terms)
BOOK_PART = {PART: _BOOK}
MAX_TERMS_BYTES = 100_000
"""Of one version, as stored."""
MAX_BOOK_BYTES = 350_000
"""A row holds 400 KB."""
_EVERYTHING = Document(Terms, compress_from_bytes=1 << 30)


def to_live(body: Any) -> tuple[Live, ...]:
    """The versions that decide, or would, of a stored book."""
    return tuple(_BOOK.load(body).live())


class ProfileRepository:
    """The profiles of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._knowledge = Knowledge(table)

    def book(self) -> Book:
        """Every profile as it is now."""
        found: Book = self._knowledge.parts(BOOK_PART, self._knowledge.head()).get(PART, Book())
        return found

    def change(self, change: Callable[[Book], Book | None], *, cause: Cause) -> Book | None:
        """Store what `change` makes of the book (None: it is as it should be). Raises Busy, TooManyProfiles."""

        def fitting(found: Book | None) -> Book | None:
            changed = change(found or Book())
            if changed is not None and len(_BOOK.dump(changed)) > MAX_BOOK_BYTES:
                raise TooManyProfiles("the live profiles say more than one document holds")
            return changed

        return self._knowledge.change(PART, _BOOK, fitting, cause=cause)

    def keep(self, profile_id: str, terms: Terms, *, cause: Cause) -> str:
        """Keep the terms of a version to be; answers their digest. Raises ProfileTooLarge."""
        name, body = digest(terms), _TERMS.dump(terms)
        if len(body) > MAX_TERMS_BYTES:
            raise ProfileTooLarge("names too many items, categories and places")
        item = row("profile_terms", f"PROFILE#{profile_id}", f"T#{name}", version=1, cause=cause)
        self._table.write(Put({**item, "body": body}, ALWAYS))
        return name

    def terms(self, profile_id: str, name: str) -> Terms:
        """The terms of a version by their digest."""
        found = self._table.get(f"PROFILE#{profile_id}", f"T#{name}")
        assert found is not None, "terms are kept before their version is in the book"
        return _TERMS.load(found["body"])


def digest(terms: Terms) -> str:
    """The same for the same terms."""
    text = _EVERYTHING.dump(terms)
    assert isinstance(text, str), "short enough to be text"
    return hashlib.sha256(text.encode()).hexdigest()[:24]
