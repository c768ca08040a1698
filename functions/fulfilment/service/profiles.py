"""Use cases of routing profiles: a new version, its stages, its end."""

from __future__ import annotations

from dataclasses import dataclass

from functions.fulfilment.domain.profile_book import Book, Profile, Version, drafted, moved
from functions.fulfilment.domain.profiles import Stage, Terms
from functions.fulfilment.repository.profiles import ProfileRepository
from shared.cause import Cause
from shared.clock import Clock
from shared.dynamo.documents import decode_cursor, encode_cursor
from shared.errors import InvalidField


@dataclass(frozen=True)
class Stated:
    """A profile, one of its versions, and what that one says."""

    profile: Profile
    version: Version
    terms: Terms


class ProfileService:
    """Versions never change; only their stage does."""

    def __init__(self, profiles: ProfileRepository, *, clock: Clock) -> None:
        self._profiles = profiles
        self._clock = clock

    def put(self, profile_id: str, terms: Terms, *, cause: Cause) -> tuple[Stated, bool]:
        """The version that says this, and whether it is new; a version that is not retired is never made twice.
        Raises TooManyProfiles, ProfileTooLarge."""
        digest = self._profiles.keep(profile_id, terms, cause=cause)
        at = self._clock()
        changed = self._profiles.change(lambda book: drafted(book, profile_id, digest, at=at), cause=cause)
        profile = (changed or self._profiles.book()).profile(profile_id)
        same = [one for one in profile.versions if one.digest == digest]
        return Stated(profile, same[-1], terms), changed is not None

    def get(self, profile_id: str, number: int | None = None) -> Stated:
        """Raises ProfileNotFound."""
        profile = self._profiles.book().profile(profile_id)
        return self._stated(profile, profile.version(number))

    def page(self, *, limit: int, cursor: str | None) -> tuple[list[Profile], str | None]:
        """Profiles by id, and the cursor of the next ones. Raises InvalidField for a forged cursor."""
        after = _after(cursor)
        found = [profile for name, profile in sorted(self._profiles.book().profiles.items()) if name > after]
        more = encode_cursor({"profile": found[limit - 1].profile_id}) if len(found) > limit else None
        return found[:limit], more

    def move(self, profile_id: str, number: int | None, stage: Stage, *, share: float = 1.0, cause: Cause) -> Stated:
        """Bring the version (or the latest) to the stage; again is the same. What was in that stage is retired.

        Raises ProfileNotFound, StageNotAllowed, TooManyProfiles.
        """
        at = self._clock()
        version = self.get(profile_id, number).version
        terms = self._profiles.terms(profile_id, version.digest)

        def change(book: Book) -> Book | None:
            after = moved(book, profile_id, version.number, stage, terms, share=share, at=at)
            return None if after is book else after

        profile = (self._profiles.change(change, cause=cause) or self._profiles.book()).profile(profile_id)
        return Stated(profile, profile.version(version.number), terms)

    def _stated(self, profile: Profile, version: Version) -> Stated:
        return Stated(profile, version, self._profiles.terms(profile.profile_id, version.digest))


def _after(cursor: str | None) -> str:
    try:
        return str(decode_cursor(cursor)["profile"]) if cursor else ""
    except (ValueError, KeyError) as error:
        raise InvalidField("/cursor", "not a cursor of this list") from error
