"""Python values to and from DynamoDB's typed JSON.

Not `boto3.dynamodb.types`: importing boto3 costs a sixth of a function's start-up, and its Decimal for every number
would have to be undone everywhere. Floats travel as their shortest decimal text, which reads back as the same float.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]
Wire = dict[str, Any]


def to_wire(value: Any) -> Wire:
    """One value as typed JSON. Raises TypeError for what DynamoDB cannot hold (NaN, sets, objects)."""
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": str(value)}
        case int():
            return {"N": str(value)}
        case float() if math.isfinite(value):
            return {"N": repr(value)}
        case bytes():
            return {"B": value}
        case Mapping():
            return {"M": {key: to_wire(inner) for key, inner in value.items()}}
        case list() | tuple():
            return {"L": [to_wire(inner) for inner in value]}
    raise TypeError(f"DynamoDB cannot hold {value!r}")


def from_wire(wire: Mapping[str, Any]) -> Any:
    """The value of one typed JSON attribute; whole numbers become int, others float."""
    ((kind, value),) = wire.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "B":  # a stream hands a function its images as JSON, where bytes are base64 text
            return base64.b64decode(value) if isinstance(value, str) else bytes(value)
        case "N":
            return int(value) if value.lstrip("-").isdigit() else float(value)
        case "NULL":
            return None
        case "M":
            return {key: from_wire(inner) for key, inner in value.items()}
        case "L":
            return [from_wire(inner) for inner in value]
    raise TypeError(f"unexpected DynamoDB type {kind}")


def to_item(values: Mapping[str, Any]) -> dict[str, Wire]:
    """A whole item as typed JSON."""
    return {key: to_wire(value) for key, value in values.items()}


def from_item(wire: Mapping[str, Wire]) -> Item:
    """A whole item from typed JSON."""
    return {key: from_wire(value) for key, value in wire.items()}
