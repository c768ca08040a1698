"""Lambda entry: Cognito asks which claims an access token shall carry (pre-token-generation, version 3)."""

from __future__ import annotations

from typing import Any

from shared.observability import logger
from shared.routes import Role

_STRONGEST_FIRST = (Role.OPS, Role.SERVICE_DESK, Role.ASSOCIATE, Role.CUSTOMER)
_ATTRIBUTES = {Role.ASSOCIATE: "locations", Role.CUSTOMER: "customer_id"}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer the event with the claims added. What is left out: personal attributes, and tokens of machines.

    A machine's role is the scope that its client was given (`shared.auth`); people get it from their group.
    """
    request = event["request"]
    groups = (request.get("groupConfiguration") or {}).get("groupsToOverride") or []
    claims = claims_of(groups, request.get("userAttributes") or {})
    logger().info("token", extra={"trigger": event.get("triggerSource"), "role": claims.get("role")})
    event["response"] = {"claimsAndScopeOverrideDetails": {"accessTokenGeneration": {"claimsToAddOrOverride": claims}}}
    return event


def claims_of(groups: list[str], attributes: dict[str, str]) -> dict[str, str]:
    """The claims of a person: `role` from the strongest group, and what bounds that role's reach.

    `locations` is comma-joined: the gateway hands every claim on as text. Nobody without a group gets a role.
    """
    role = next((role for role in _STRONGEST_FIRST if role in groups), None)
    if role is None:
        return {}
    bound = _ATTRIBUTES.get(role)
    value = attributes.get(f"custom:{bound}", "") if bound else ""
    return {"role": role.value} | ({bound: value} if bound and value else {})
