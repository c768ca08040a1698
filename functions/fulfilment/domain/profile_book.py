"""The life of profiles' versions: DRAFT -> SHADOW -> CANARY -> ACTIVE -> RETIRED, each stage may be left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from functions.fulfilment.domain.profiles import Live, Stage, Terms
from shared.errors import Conflict, NotFound, Refused

MAX_PROFILES = 100
MAX_VERSIONS = 50
"""Kept of a profile; the oldest retired ones are forgotten first."""

TRANSITIONS: dict[Stage, frozenset[Stage]] = {
    Stage.DRAFT: frozenset({Stage.SHADOW, Stage.CANARY, Stage.ACTIVE, Stage.RETIRED}),
    Stage.SHADOW: frozenset({Stage.CANARY, Stage.ACTIVE, Stage.RETIRED}),
    Stage.CANARY: frozenset({Stage.SHADOW, Stage.ACTIVE, Stage.RETIRED}),
    Stage.ACTIVE: frozenset({Stage.RETIRED}),
    Stage.RETIRED: frozenset(),
}
LIVE = (Stage.SHADOW, Stage.CANARY, Stage.ACTIVE)


class StageNotAllowed(Conflict):
    """The version cannot come to that stage from its own."""

    code = "transition_not_allowed"


class TooManyProfiles(Conflict):
    """There is no room for another profile or version."""

    code = "too_many_profiles"


class ProfileTooLarge(Refused):
    """A version says more than is kept of one."""

    code = "profile_too_large"


class ProfileNotFound(NotFound):
    """No such profile, or no such version of it."""

    code = "profile_not_found"


@dataclass(frozen=True)
class Version:
    """One immutable version. `digest` names its terms, which are here while it is live."""

    number: int
    digest: str
    created_at: datetime
    changed_at: datetime
    stage: Stage = Stage.DRAFT
    share: float = 1.0
    terms: Terms | None = None


@dataclass(frozen=True)
class Profile:
    """A profile's versions, the oldest first."""

    profile_id: str
    versions: tuple[Version, ...] = ()

    @property
    def latest(self) -> Version:
        return self.versions[-1]

    def version(self, number: int | None) -> Version:
        """That version, or the latest. Raises ProfileNotFound."""
        if number is None:
            return self.latest
        found = next((one for one in self.versions if one.number == number), None)
        if found is None:
            raise ProfileNotFound(f"{self.profile_id} has no version {number}")
        return found


@dataclass(frozen=True)
class Book:
    """All profiles, by id."""

    profiles: Mapping[str, Profile] = field(default_factory=dict)

    def profile(self, profile_id: str) -> Profile:
        """Raises ProfileNotFound."""
        if profile_id not in self.profiles:
            raise ProfileNotFound("no such profile")
        return self.profiles[profile_id]

    def live(self) -> Iterator[Live]:
        """Every version that decides, or would."""
        for profile in self.profiles.values():
            for one in profile.versions:
                if one.stage in LIVE:
                    assert one.terms is not None, "what is live has its terms here"
                    yield Live(profile.profile_id, one.number, one.stage, one.terms, one.share)

    def with_profile(self, profile: Profile) -> Book:
        return Book({**self.profiles, profile.profile_id: profile})


def drafted(book: Book, profile_id: str, digest: str, *, at: datetime) -> Book | None:
    """With a new version of these terms; None when the profile has one that is not retired. Raises TooManyProfiles."""
    known = book.profiles.get(profile_id, Profile(profile_id))
    if any(one.digest == digest and one.stage is not Stage.RETIRED for one in known.versions):
        return None
    if not known.versions and len(book.profiles) >= MAX_PROFILES:
        raise TooManyProfiles(f"there are {MAX_PROFILES} profiles")
    number = known.latest.number + 1 if known.versions else 1
    versions = [*known.versions, Version(number, digest, at, at)]
    if len(versions) > MAX_VERSIONS:
        oldest = next((one for one in versions if one.stage is Stage.RETIRED), None)
        if oldest is None:
            raise TooManyProfiles(f"the profile has {MAX_VERSIONS} versions that are not retired")
        versions.remove(oldest)
    return book.with_profile(Profile(profile_id, tuple(versions)))


def moved(book: Book, profile_id: str, number: int, stage: Stage, terms: Terms, *, share: float, at: datetime) -> Book:
    """With the version in that stage; the one that was there before is retired. Raises ProfileNotFound,
    StageNotAllowed."""
    profile = book.profile(profile_id)
    version = profile.version(number)
    if stage is not version.stage and stage not in TRANSITIONS[version.stage]:
        raise StageNotAllowed(f"version {number} is {version.stage}: it does not become {stage}")
    if stage is version.stage and share == version.share:
        return book
    kept = terms if stage in LIVE else None
    following = replace(version, stage=stage, share=share, terms=kept, changed_at=at)
    others = (
        replace(one, stage=Stage.RETIRED, terms=None, changed_at=at)
        if one.stage is stage and stage in LIVE and one.number != number
        else one
        for one in profile.versions
    )
    versions = tuple(following if one.number == number else one for one in others)
    return book.with_profile(replace(profile, versions=versions))
