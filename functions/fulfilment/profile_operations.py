"""The HTTP operations of routing profiles."""

from __future__ import annotations

from functions.fulfilment import wiring
from functions.fulfilment.domain.profiles import Stage
from functions.fulfilment.profile_schemas import (
    ActivateBody,
    ProfileBody,
    ProfileListView,
    ProfileSummary,
    ProfileView,
    RetireBody,
)
from shared.errors import InvalidField
from shared.http import Answer, Api, Call
from shared.schemas import PageQuery

MAX_DIGITS = 6


def bind(api: Api) -> None:
    """Bind all of them."""

    @api.operation("put_routing_profile", body=ProfileBody, answers={200: ProfileView, 201: ProfileView})
    def put_routing_profile(call: Call[ProfileBody, None]) -> Answer:
        """A new version, in draft: nothing decides by it yet. The same words again are the same version."""
        stated, created = wiring.profiles().put(call.path["profile_id"], call.body.terms(), cause=call.cause)
        return Answer(201 if created else 200, ProfileView.of(stated))

    @api.operation("list_routing_profiles", query=PageQuery, answers={200: ProfileListView})
    def list_routing_profiles(call: Call[None, PageQuery]) -> Answer:
        """The profiles by id, with their versions' stages."""
        found, cursor = wiring.profiles().page(limit=call.query.limit, cursor=call.query.cursor)
        return Answer(200, ProfileListView(items=[ProfileSummary.of(one) for one in found], next_cursor=cursor))

    @api.operation("get_routing_profile", answers={200: ProfileView})
    def get_routing_profile(call: Call[None, None]) -> Answer:
        """The latest version and what it says."""
        return Answer(200, ProfileView.of(wiring.profiles().get(call.path["profile_id"])))

    @api.operation("get_routing_profile_version", answers={200: ProfileView})
    def get_routing_profile_version(call: Call[None, None]) -> Answer:
        """One version and what it says."""
        number = _number(call.path["version"])
        return Answer(200, ProfileView.of(wiring.profiles().get(call.path["profile_id"], number)))

    @api.operation("activate_routing_profile", body=ActivateBody, answers={200: ProfileView})
    def activate_routing_profile(call: Call[ActivateBody, None]) -> Answer:
        """The version is only recorded, decides a share of the orders, or decides; the one before it is retired."""
        body = call.body
        body.check()
        stage = Stage(body.stage.value.upper())
        share = 1.0 if body.share is None else body.share
        moved = wiring.profiles().move(call.path["profile_id"], body.version, stage, share=share, cause=call.cause)
        return Answer(200, ProfileView.of(moved))

    @api.operation("retire_routing_profile", body=RetireBody, answers={200: ProfileView})
    def retire_routing_profile(call: Call[RetireBody, None]) -> Answer:
        """The version decides nothing any more."""
        retired = wiring.profiles().move(call.path["profile_id"], call.body.version, Stage.RETIRED, cause=call.cause)
        return Answer(200, ProfileView.of(retired))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS):
        raise InvalidField("/version", "not the number of a version")
    return int(text)
