"""HTTP models of routing profiles."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from functions.fulfilment.domain.profile_book import Profile, Version
from functions.fulfilment.domain.profiles import (
    LATE_PER_DAY,
    WAIT_PER_DAY,
    Conditions,
    LineRule,
    Stage,
    Terms,
    Together,
    Unroutable,
)
from functions.fulfilment.limit_schemas import Parcels
from functions.fulfilment.service.profiles import Stated
from shared.errors import InvalidField
from shared.schemas import Country, Identifier, MoneySchema, Schema, Text, UtcTime

MAX_NAMES = 100
MAX_LINE_RULES = 20
MAX_RANK = 1_000_000
MAX_DISTANCE_KM = 20_100.0
MAX_REROUTES = 20
MAX_ACKNOWLEDGE_MINUTES = 7 * 24 * 60

Names = Annotated[list[Identifier], Field(max_length=MAX_NAMES)]
Words = Annotated[list[Text], Field(max_length=MAX_NAMES)]
Method = Annotated[str, Field(pattern="^(ship|pickup|curbside|ship_to_store)$")]
Kind = Annotated[str, Field(pattern="^(dc|store|supplier)$")]
Kinds = Annotated[list[Kind], Field(max_length=3)]
Distance = Annotated[float, Field(gt=0, le=MAX_DISTANCE_KM, strict=False)]
Share = Annotated[float, Field(gt=0, le=1, strict=False)]
"""Of the orders, as a fraction."""


class WhenSchema(Schema):
    """For which orders: each condition that is there must hold. `methods` and `categories`: of any line; values by the
    items' own."""

    channels: Names = Field(default_factory=list)
    services: Words = Field(default_factory=list)
    countries: Annotated[list[Country], Field(max_length=MAX_NAMES)] = Field(default_factory=list)
    methods: Annotated[list[Method], Field(max_length=4)] = Field(default_factory=list)
    categories: Words = Field(default_factory=list)
    min_value: MoneySchema | None = None
    max_value: MoneySchema | None = None

    def conditions(self) -> Conditions:
        return Conditions(
            channels=_names(self.channels),
            services=_names(self.services),
            countries=_names(self.countries),
            methods=_names(self.methods),
            categories=_names(self.categories),
            min_value=_amount(self.min_value),
            max_value=_amount(self.max_value),
        )


class LineRuleSchema(Schema):
    """Items of these categories, or these SKUs, come only from places of such kinds, and not from those excluded."""

    categories: Words = Field(default_factory=list)
    skus: Names = Field(default_factory=list)
    location_kinds: Kinds = Field(default_factory=list)
    excluded_location_ids: Names = Field(default_factory=list)

    def rule(self) -> LineRule:
        return LineRule(
            _names(self.categories), _names(self.skus), _names(self.location_kinds), _names(self.excluded_location_ids)
        )


class ProfileBody(Schema):
    """What a version says. Of the profiles that match an order the one of the highest `rank` decides. Money counts in
    minor units of the network's currency. `preference`: by how much a parcel from a place that is not preferred counts
    as dearer. `keep_together`: lines that come whole from one place or not at all. `unroutable`: what becomes of units
    that no place can give: as the item says, `queue` (they wait, whatever the item), `backorder`, `offer` (the shopper
    of units to be shipped chooses by signed link to wait, to collect them where they are, or to cancel; whoever has
    not chosen after 24 hours waits), or `cancel`. `wait_per_day`, `late_per_day`: what a parcel's days before it leaves
    and after the promise count for, unless stated 50 and 1000."""

    when: WhenSchema = Field(default_factory=WhenSchema)
    rank: Annotated[int, Field(ge=-MAX_RANK, le=MAX_RANK)] = 0
    max_parcels: Parcels | None = None
    ship_complete: bool = False
    keep_together: Together = Field(default=Together.NOTHING, strict=False)
    min_parcel_value: MoneySchema | None = None
    location_kinds: Kinds = Field(default_factory=list)
    excluded_location_ids: Names = Field(default_factory=list)
    preferred_location_ids: Names = Field(default_factory=list)
    preference: MoneySchema | None = None
    max_distance_km: Distance | None = None
    line_rules: Annotated[list[LineRuleSchema], Field(max_length=MAX_LINE_RULES)] = Field(default_factory=list)
    cancel_penalty: MoneySchema | None = None
    unroutable: Unroutable = Field(default=Unroutable.ITEM, strict=False)
    max_reroutes: Annotated[int, Field(ge=0, le=MAX_REROUTES)] = 4
    acknowledge_minutes: Annotated[int, Field(ge=1, le=MAX_ACKNOWLEDGE_MINUTES)] | None = None
    wait_per_day: MoneySchema | None = None
    late_per_day: MoneySchema | None = None

    @model_validator(mode="after")
    def says_something(self) -> ProfileBody:
        if not self.model_fields_set:
            raise ValueError("says nothing")
        return self

    def terms(self) -> Terms:
        """Raises InvalidField for words that mean nothing together."""
        for index, rule in enumerate(self.line_rules):
            if not (rule.categories or rule.skus):
                raise InvalidField(f"/line_rules/{index}", "names neither categories nor SKUs")
        when = self.when
        if when.min_value and when.max_value and when.min_value.amount > when.max_value.amount:
            raise InvalidField("/when/max_value", "is below min_value")
        if bool(self.preferred_location_ids) != (self.preference is not None):
            raise InvalidField("/preference", "goes with preferred_location_ids")
        return Terms(
            when=when.conditions(),
            rank=self.rank,
            max_parcels=self.max_parcels,
            ship_complete=self.ship_complete,
            together=self.keep_together,
            min_parcel_value=_amount(self.min_parcel_value) or 0,
            kinds=_names(self.location_kinds),
            excluded=_names(self.excluded_location_ids),
            preferred=_names(self.preferred_location_ids),
            preference=_amount(self.preference) or 0,
            max_distance_km=self.max_distance_km,
            line_rules=tuple(rule.rule() for rule in self.line_rules),
            cancel_penalty=_amount(self.cancel_penalty),
            unroutable=self.unroutable,
            max_reroutes=self.max_reroutes,
            acknowledge_minutes=self.acknowledge_minutes,
            wait_per_day=WAIT_PER_DAY if self.wait_per_day is None else self.wait_per_day.amount,
            late_per_day=LATE_PER_DAY if self.late_per_day is None else self.late_per_day.amount,
        )


class ActivateStage(StrEnum):
    """Where a version may be brought."""

    SHADOW = "shadow"
    CANARY = "canary"
    ACTIVE = "active"


class ActivateBody(Schema):
    """`share` of the orders (a fraction) goes with the stage `canary`; without `version` the latest is meant."""

    stage: ActivateStage = Field(strict=False)
    share: Share | None = None
    version: Annotated[int, Field(ge=1)] | None = None

    def check(self) -> None:
        """Raises InvalidField."""
        if (self.stage is ActivateStage.CANARY) != (self.share is not None):
            raise InvalidField("/share", "goes with the stage canary")


class RetireBody(Schema):
    """Without `version` the latest is meant."""

    version: Annotated[int, Field(ge=1)] | None = None


class VersionView(Schema):
    """One version's stage, and since when."""

    version: int
    stage: Stage
    share: float | None = None
    created_at: UtcTime
    changed_at: UtcTime

    @classmethod
    def of(cls, version: Version) -> VersionView:
        return cls(
            version=version.number,
            stage=version.stage,
            share=version.share if version.stage is Stage.CANARY else None,
            created_at=version.created_at,
            changed_at=version.changed_at,
        )


class TermsView(Schema):
    """What a version says; money in minor units."""

    when: dict[str, list[str] | int]
    rank: int
    max_parcels: int | None
    ship_complete: bool
    keep_together: Together
    min_parcel_value: int
    location_kinds: list[str]
    excluded_location_ids: list[str]
    preferred_location_ids: list[str]
    preference: int
    max_distance_km: float | None
    line_rules: list[LineRuleSchema]
    cancel_penalty: int | None
    unroutable: Unroutable
    max_reroutes: int
    acknowledge_minutes: int | None
    wait_per_day: int
    late_per_day: int

    @classmethod
    def of(cls, terms: Terms) -> TermsView:
        when = {name: value for name, value in vars(terms.when).items() if value not in ((), None)}
        return cls(
            when={name: list(value) if isinstance(value, tuple) else value for name, value in when.items()},
            rank=terms.rank,
            max_parcels=terms.max_parcels,
            ship_complete=terms.ship_complete,
            keep_together=terms.together,
            min_parcel_value=terms.min_parcel_value,
            location_kinds=list(terms.kinds),
            excluded_location_ids=list(terms.excluded),
            preferred_location_ids=list(terms.preferred),
            preference=terms.preference,
            max_distance_km=terms.max_distance_km,
            line_rules=[
                LineRuleSchema(
                    categories=list(one.categories),
                    skus=list(one.skus),
                    location_kinds=list(one.kinds),
                    excluded_location_ids=list(one.excluded),
                )
                for one in terms.line_rules
            ],
            cancel_penalty=terms.cancel_penalty,
            unroutable=terms.unroutable,
            max_reroutes=terms.max_reroutes,
            acknowledge_minutes=terms.acknowledge_minutes,
            wait_per_day=terms.wait_per_day,
            late_per_day=terms.late_per_day,
        )


class ProfileView(Schema):
    """A profile: the version in question, what it says, and all versions."""

    profile_id: str
    version: int
    stage: Stage
    share: float | None = None
    terms: TermsView
    versions: list[VersionView]

    @classmethod
    def of(cls, stated: Stated) -> ProfileView:
        this = VersionView.of(stated.version)
        return cls(
            profile_id=stated.profile.profile_id,
            version=this.version,
            stage=this.stage,
            share=this.share,
            terms=TermsView.of(stated.terms),
            versions=[VersionView.of(one) for one in stated.profile.versions],
        )


class ProfileSummary(Schema):
    """A profile and its versions."""

    profile_id: str
    versions: list[VersionView]

    @classmethod
    def of(cls, profile: Profile) -> ProfileSummary:
        return cls(profile_id=profile.profile_id, versions=[VersionView.of(one) for one in profile.versions])


class ProfileListView(Schema):
    """Profiles, by id."""

    items: list[ProfileSummary]
    next_cursor: str | None = None


def _names(words: list[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))


def _amount(money: MoneySchema | None) -> int | None:
    return money.amount if money else None
