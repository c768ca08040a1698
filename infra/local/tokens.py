"""Access tokens of the local stack: machines by client credentials, people by a password that nobody else knows."""

from __future__ import annotations

import base64
import json
import secrets
import urllib.request
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from infra.local.templates import Connect
from shared.auth import SCOPE_PREFIX
from shared.routes import Role

OPS_SCOPE = "ops"
PEOPLE_CLIENT = "people"


class NoSuchToken(ValueError):
    """The pool has no client or group for what was asked."""


class Tokens:
    """Makes tokens of one user pool."""

    def __init__(self, connect: Connect, *, endpoint: str, pool_id: str) -> None:
        self._cognito = connect("cognito-idp")
        self._endpoint = endpoint
        self._pool = pool_id
        self._clients: dict[str, str] | None = None

    def issue(self, *, role: str, channel: str | None, location: str | None, customer: str | None) -> str:
        """An access token. `location` may name several, comma-joined. Raises NoSuchToken."""
        match role:
            case Role.OPS:
                return self._machine(OPS_SCOPE)
            case Role.CHANNEL:
                if not channel:
                    raise NoSuchToken("a channel's token needs the channel's name")
                return self._machine(f"channel.{channel}")
            case Role.ASSOCIATE | Role.SERVICE_DESK | Role.CUSTOMER:
                return self._person(role, locations=location or "", customer_id=customer or "")
        raise NoSuchToken(f"there is no role {role!r}; there are {', '.join(Role)}")

    def _machine(self, scope: str) -> str:
        client = self._cognito.describe_user_pool_client(UserPoolId=self._pool, ClientId=self._client(scope))
        identity = client["UserPoolClient"]
        basic = base64.b64encode(f"{identity['ClientId']}:{identity['ClientSecret']}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310 (our own loopback)
            f"{self._endpoint}/oauth2/token",
            urlencode({"grant_type": "client_credentials", "scope": SCOPE_PREFIX + scope}).encode(),
            {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 (our own loopback)
            return str(json.load(response)["access_token"])

    def _person(self, role: str, *, locations: str, customer_id: str) -> str:
        username = ".".join(filter(None, (role, locations.replace(",", "-"), customer_id)))
        password = f"{secrets.token_urlsafe(24)}-Aa1!"
        user: dict[str, Any] = {"UserPoolId": self._pool, "Username": username}
        attributes = [
            {"Name": "custom:locations", "Value": locations},
            {"Name": "custom:customer_id", "Value": customer_id},
        ]
        with suppress(self._cognito.exceptions.UsernameExistsException):  # its attributes are those of its name
            self._cognito.admin_create_user(**user, UserAttributes=attributes, MessageAction="SUPPRESS")
        self._cognito.admin_set_user_password(**user, Password=password, Permanent=True)
        self._cognito.admin_add_user_to_group(**user, GroupName=role)
        signed_in = self._cognito.initiate_auth(
            ClientId=self._client(PEOPLE_CLIENT),
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )
        return str(signed_in["AuthenticationResult"]["AccessToken"])

    def _client(self, name: str) -> str:
        if self._clients is None:
            pages = self._cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=self._pool)
            self._clients = {row["ClientName"]: row["ClientId"] for page in pages for row in page["UserPoolClients"]}
        if name not in self._clients:
            raise NoSuchToken(f"the pool has no client {name!r}; it has {', '.join(sorted(self._clients))}")
        return self._clients[name]
