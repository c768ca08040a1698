"""Who may call what, on whose data."""

from __future__ import annotations

import pytest

from shared.auth import Caller, Principal, authorise
from shared.errors import Forbidden, NotFound
from shared.routes import ROUTES, Reach, Role, Route, methods_of

OWN = Route(
    "orders", "api", "GET", "/v1/x", "x", {Role.CHANNEL: Reach.OWN, Role.CUSTOMER: Reach.OWN, Role.OPS: Reach.ALL}
)


def caller(claims: dict[str, str]) -> Caller:
    return authorise(OWN, Principal.from_claims(claims))


def test_a_machine_of_a_channel_is_known_by_its_scope() -> None:
    principal = Principal.from_claims({"client_id": "c", "scope": "throughline/channel.web"})
    assert (principal.role, principal.channel, principal.actor) == (Role.CHANNEL, "web", "channel:web")


def test_people_are_known_by_role_and_places() -> None:
    principal = Principal.from_claims({"sub": "ann", "role": "associate", "locations": "S1, S2,"})
    assert (principal.role, principal.locations) == (Role.ASSOCIATE, frozenset({"S1", "S2"}))


@pytest.mark.parametrize(
    "claims", [{}, {"role": "king"}, {"role": "channel"}, {"scope": "openid email"}, {"scope": "throughline/"}]
)
def test_a_token_without_a_role_of_ours_may_do_nothing(claims: dict[str, str]) -> None:
    with pytest.raises(Forbidden):
        Principal.from_claims(claims)


def test_a_role_that_the_route_does_not_name_is_refused() -> None:
    with pytest.raises(Forbidden):
        caller({"sub": "ann", "role": "associate", "locations": "S1"})


def test_what_belongs_to_another_channel_does_not_exist_for_this_one() -> None:
    web = caller({"scope": "throughline/channel.web"})
    web.require(channel="web")
    with pytest.raises(NotFound):
        web.require(channel="app")
    with pytest.raises(NotFound):
        web.require(customer_id="C1")


def test_a_customer_without_an_id_reaches_nobody() -> None:
    nobody = caller({"sub": "u", "role": "customer"})
    with pytest.raises(NotFound):
        nobody.require(customer_id=None)
    assert nobody.own_customer_id == ""


def test_ops_reach_everything_and_lists_are_not_narrowed() -> None:
    ops = caller({"scope": "throughline/ops"})
    ops.require(channel="web")
    assert (ops.own_channel, ops.own_customer_id, ops.own_locations) == (None, None, None)


def test_only_health_the_document_and_signed_links_need_no_token() -> None:
    public = {route.path for route in ROUTES if route.public}
    assert public == {"/v1/health", "/v1/openapi.json", "/v1/shopper-links/{token}"}


def test_ops_may_call_every_route_and_each_path_belongs_to_one_service() -> None:
    assert all(Role.OPS in route.access for route in ROUTES if not route.public)
    for path in {route.path for route in ROUTES}:
        assert len({route.service for route in ROUTES if route.path == path}) == 1
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_a_path_knows_its_methods() -> None:
    assert methods_of("/v1/orders") == ("GET", "POST")
    assert methods_of("/v1/nowhere") == ()
