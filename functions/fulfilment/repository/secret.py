"""The key that signs shoppers' links: made once per table, by whoever needs it first.

SECRET#links / -      32 random bytes, encrypted at rest with the table, in no environment and no log
"""

from __future__ import annotations

import secrets

from shared.dynamo.table import ABSENT, ConditionFailed, Put, Table

KEY_BYTES = 32
_KEY = "SECRET#links"


class LinkSecret:
    """The key of one table; read once per process."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: bytes | None = None

    def key(self) -> bytes:
        """The key; two that make it at once get the same one."""
        if self._known is None:
            found = self._table.get(_KEY)
            self._known = bytes(found["key"]) if found else self._made()
        return self._known

    def _made(self) -> bytes:
        fresh = secrets.token_bytes(KEY_BYTES)
        try:
            self._table.write(Put({"pk": _KEY, "sk": "-", "kind": "secret", "key": fresh}, ABSENT))
        except ConditionFailed:  # somebody else has made it
            found = self._table.get(_KEY)
            return bytes(found["key"]) if found else fresh
        return fresh
