"""Transfers: `TRANSFER#{transfer_id}`, listed by source; beside it (`TO`) the row that lists it by destination."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from functions.inventory.domain.stock import Change
from functions.inventory.domain.transfers import Transfer
from functions.inventory.repository.documents import put_of, row_of, write
from functions.inventory.repository.stock import change_actions
from shared.cause import Cause
from shared.clock import rfc3339
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.table import Table

KIND = "transfer"
LISTING_KIND = "transfer_listing"
OPEN, DONE = "OPEN", "DONE"

_transfers = Document(Transfer)


@dataclass(frozen=True)
class TransferPage:
    """One page of transfers: open ones first, the newest first among them."""

    transfers: list[Transfer]
    next_cursor: str | None


def decode_transfer(item: Item) -> Transfer:
    """The transfer of a stored row."""
    return replace(_transfers.load(item["body"]), version=item["version"])


class Transfers:
    """Reads of transfers, and the transactions that write them together with stock rows."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, transfer_id: str) -> Transfer | None:
        """The transfer, or None."""
        item = self._table.get(f"TRANSFER#{transfer_id}")
        return decode_transfer(item) if item else None

    def many(self, transfer_ids: Iterable[str]) -> list[Transfer]:
        """Those of the transfers that exist, in the order asked."""
        keys = [(f"TRANSFER#{one}", "-") for one in transfer_ids]
        rows = self._table.get_many(keys)
        return [decode_transfer(rows[key]) for key in keys if key in rows]

    def listed(
        self, *, to: bool, location_id: str, is_open: bool | None, limit: int, cursor: str | None
    ) -> TransferPage:
        """A page of the transfers from or to a place. Raises InvalidField for a forged cursor."""
        pk = _listing(location_id, to=to)
        prefix = None if is_open is None else f"{_openness(is_open)}#"
        page = self._table.query(pk, index="gsi1", sk_prefix=prefix, forward=False, limit=limit, cursor=cursor)
        found = self.many(item["pk"].removeprefix("TRANSFER#") for item in page.items)
        return TransferPage(found, page.next_cursor)

    def save(self, transfer: Transfer, changes: Iterable[Change], cause: Cause, *, was_open: bool | None) -> Transfer:
        """The transfer at its next version together with its stock rows. `was_open`: as it was listed, None for a new
        one. Raises LostRace."""
        body = _transfers.dump(replace(transfer, version=0))
        pk, sk = f"TRANSFER#{transfer.transfer_id}", f"{rfc3339(transfer.created_at)}#{transfer.transfer_id}"
        listed = f"{_openness(transfer.open)}#{sk}"
        row = row_of(pk, "-", KIND, transfer.version + 1, cause, body)
        row |= {"gsi1pk": _listing(transfer.from_location_id, to=False), "gsi1sk": listed}
        actions = [put_of(row)]
        if was_open is not transfer.open:  # a listing is written twice: when it begins, and once nothing is left to do
            beside = row_of(pk, "TO", LISTING_KIND, 1 if was_open is None else 2, cause, "")
            beside |= {"gsi1pk": _listing(transfer.to_location_id, to=True), "gsi1sk": listed}
            actions.append(put_of(beside))
        write(self._table, [*change_actions(changes, cause), *actions])
        return replace(transfer, version=transfer.version + 1)


def _openness(is_open: bool) -> str:
    return OPEN if is_open else DONE


def _listing(location_id: str, *, to: bool) -> str:
    return f"TRANSFERS-{'TO' if to else 'FROM'}#{location_id}"
