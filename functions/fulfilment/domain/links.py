"""The shopper's link: names one fulfilment order (or an order as a whole), expires, and is signed. It needs no login,
so it carries no name.

`<fulfilment order>.<expiry, base 36 seconds>.<signature>`: an identifier of at most 64 characters.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from shared.errors import NotFound

LIVES = timedelta(days=60)
"""Longer than any collection waits; what a link may still do, the fulfilment order says."""
SIGNATURE_BYTES = 10
"""80 bits: 16 characters, beyond guessing at any rate that a gateway answers."""
MAX_TOKEN_LENGTH = 64
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class LinkNotFound(NotFound):
    """Not a link of ours, or it has expired."""

    code = "link_not_found"

    def __init__(self) -> None:
        super().__init__("this link does not exist, or has expired")


_WHOLE = ".0"
"""Behind an order's id: what concerns no fulfilment order of it. Theirs are counted from 1 on."""


def whole(order_id: str) -> str:
    """What a link names that is of the order as a whole."""
    return order_id + _WHOLE


def order_of(name: str) -> str | None:
    """The order that a link is of as a whole; None for one of a fulfilment order."""
    return name.removesuffix(_WHOLE) if name.endswith(_WHOLE) else None


def signed(fulfilment_order_id: str, *, until: datetime, key: bytes) -> str:
    """The token of a link; empty when the id leaves no room for a signature (an order id that is not ours)."""
    content = f"{fulfilment_order_id}.{_base36(int(until.timestamp()))}"
    token = f"{content}.{_signature(content, key)}"
    return token if len(token) <= MAX_TOKEN_LENGTH else ""


def opened(token: str, *, now: datetime, key: bytes) -> str:
    """The fulfilment order, or the order as a whole, that the token names. Raises LinkNotFound for a forged or expired
    one."""
    content, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(content, key).encode()):
        raise LinkNotFound
    fulfilment_order_id, _, until = content.rpartition(".")
    if datetime.fromtimestamp(int(until, 36), UTC) <= now:
        raise LinkNotFound
    return fulfilment_order_id


def _signature(content: str, key: bytes) -> str:
    digest = hmac.new(key, content.encode(), hashlib.sha256).digest()[:SIGNATURE_BYTES]
    return base64.b32encode(digest).decode()


def _base36(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"
