"""The claims of access tokens, and that the API understands them."""

from __future__ import annotations

from typing import Any

import pytest

from functions.platform.token import handler
from shared.auth import Principal
from shared.errors import Forbidden
from shared.routes import Role
from shared.settings import Settings, given


def token_for(*groups: str, **attributes: str) -> dict[str, str]:
    return _ask(
        {
            "triggerSource": "TokenGeneration_Authentication",
            "request": {
                "groupConfiguration": {"groupsToOverride": list(groups)},
                "userAttributes": {"sub": "u-1", "email": "ann@example.com"}
                | {f"custom:{name}": value for name, value in attributes.items()},
            },
            "response": {},
        }
    )


def _ask(event: dict[str, Any]) -> dict[str, str]:
    with given(Settings(service="platform", stage="test")):
        answered = handler(event, None)
    details = answered["response"]["claimsAndScopeOverrideDetails"]
    claims: dict[str, str] = details["accessTokenGeneration"]["claimsToAddOrOverride"]
    return claims


def test_an_associate_works_at_the_locations_of_their_attribute() -> None:
    principal = Principal.from_claims({"sub": "u-1", **token_for("associate", locations="S1,S2")})
    assert (principal.role, principal.locations) == (Role.ASSOCIATE, frozenset({"S1", "S2"}))


def test_a_shopper_is_bound_to_their_own_customer() -> None:
    principal = Principal.from_claims({"sub": "u-1", **token_for("customer", customer_id="C-7")})
    assert (principal.role, principal.customer_id) == (Role.CUSTOMER, "C-7")


def test_the_strongest_group_is_the_role() -> None:
    assert token_for("customer", "service_desk", customer_id="C-7") == {"role": "service_desk"}


def test_no_personal_attribute_gets_into_a_token() -> None:
    assert "ann@example.com" not in str(token_for("ops"))


def test_somebody_without_a_group_may_do_nothing() -> None:
    claims = token_for()
    assert claims == {}
    with pytest.raises(Forbidden):
        Principal.from_claims({"sub": "u-1", **claims})


def test_the_group_named_like_a_channel_is_no_way_to_act_for_one() -> None:
    assert token_for("channel") == {}


def test_a_machine_keeps_the_role_of_its_scope_alone() -> None:
    claims = _ask(
        {
            "triggerSource": "TokenGeneration_ClientCredentials",
            "request": {"scopes": ["throughline/channel.web"], "groupConfiguration": {}, "userAttributes": {}},
            "response": {},
        }
    )
    assert claims == {}
