"""All bound operations of all services."""

from __future__ import annotations

import importlib

from shared.http import Api, Operation
from shared.routes import ROUTES

SERVICES = tuple(dict.fromkeys(route.service for route in ROUTES))


def apis() -> dict[str, Api]:
    """The API handler of every service."""
    return {service: importlib.import_module(f"functions.{service}.api").handler for service in SERVICES}


def operations() -> list[Operation]:
    """Every bound operation."""
    return [operation for api in apis().values() for operation in api.operations()]
