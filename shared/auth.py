"""Who is calling: claims of the gateway's authoriser -> `Principal`, and what the route lets them reach -> `Caller`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from shared.errors import Forbidden, NotFound
from shared.routes import Reach, Role, Route

SCOPE_PREFIX = "throughline/"


@dataclass(frozen=True)
class Principal:
    """The bearer of a verified token."""

    subject: str
    role: Role
    channel: str | None = None
    locations: frozenset[str] = frozenset()
    customer_id: str | None = None

    @classmethod
    def from_claims(cls, claims: Mapping[str, str]) -> Principal:
        """People carry the claims `role`, `locations` (comma-joined) and `customer_id`; machines a scope.

        Scopes are `throughline/ops` and `throughline/channel.<name>`. Raises Forbidden for a token with neither.
        """
        subject = claims.get("sub") or claims.get("client_id") or "unknown"
        if named := claims.get("role"):
            if named not in set(Role) or named == Role.CHANNEL:
                raise Forbidden("the token's role is not known here")
            locations = frozenset(filter(None, (part.strip() for part in claims.get("locations", "").split(","))))
            return cls(subject, Role(named), locations=locations, customer_id=claims.get("customer_id") or None)
        for scope in claims.get("scope", "").split():
            match scope.removeprefix(SCOPE_PREFIX).split("."):
                case ["ops"]:
                    return cls(subject, Role.OPS)
                case ["channel", name]:
                    return cls(subject, Role.CHANNEL, channel=name)
        raise Forbidden("the token carries no role and no scope of this API")

    @property
    def actor(self) -> str:
        """As written into history: role and who."""
        return f"{self.role}:{self.channel or self.subject}"


@dataclass
class Caller:
    """A principal on one route. Every handler of a route that some role reaches only in part must call `require`,
    or read an `own_*` property to narrow a list; `shared.http` refuses to send the answer otherwise."""

    principal: Principal
    reach: Reach
    same_person: Callable[[str], Iterable[str]] | None = None
    """By customer, who else is the same shopper, where a service knows: asked only when the customer differs."""
    checked: bool = field(default=False, init=False)

    def require(
        self, *, channel: str | None = None, customer_id: str | None = None, locations: Iterable[str] = ()
    ) -> None:
        """Refuse unless the thing with these owners is within reach. Raises NotFound: it must not even be known."""
        self.checked = True
        if self.reach is Reach.ALL:
            return
        mine = self.principal
        within = {
            Role.CHANNEL: channel is not None and channel == mine.channel,
            Role.CUSTOMER: self._is_me(customer_id),
            Role.ASSOCIATE: not mine.locations.isdisjoint(locations),
        }
        if not within.get(mine.role, False):
            raise NotFound("no such thing, or not yours to see")

    @property
    def own_channel(self) -> str | None:
        """The channel to narrow to; None: no narrowing by channel."""
        self.checked = True
        return self.principal.channel if self._is(Role.CHANNEL) else None

    @property
    def own_customer_id(self) -> str | None:
        """The customer to narrow to (empty text for a token without one: nothing matches); None: no narrowing."""
        self.checked = True
        return (self.principal.customer_id or "") if self._is(Role.CUSTOMER) else None

    @property
    def own_locations(self) -> frozenset[str] | None:
        """The locations to narrow to; None: no narrowing by location."""
        self.checked = True
        return self.principal.locations if self._is(Role.ASSOCIATE) else None

    def _is_me(self, customer_id: str | None) -> bool:
        me = self.principal.customer_id
        if self.principal.role is not Role.CUSTOMER or not me or customer_id is None:
            return False
        return customer_id == me or (self.same_person is not None and customer_id in self.same_person(me))

    def _is(self, role: Role) -> bool:
        return self.reach is Reach.OWN and self.principal.role is role


def authorise(
    route: Route, principal: Principal, *, same_person: Callable[[str], Iterable[str]] | None = None
) -> Caller:
    """The caller on this route. Raises Forbidden when the role has no access at all."""
    reach = route.access.get(principal.role)
    if reach is None:
        raise Forbidden(f"a {principal.role} may not call {route.method} {route.path}")
    return Caller(principal, reach, same_person)
