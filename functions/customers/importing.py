"""What rows of a bulk import of customers mean: each is resolved as if its channel had told it by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from functions.customers.domain.identity import readable
from functions.customers.schemas_imports import CustomerRow
from functions.customers.service import Customers
from shared.errors import Busy, DomainError
from shared.imports.worker import Applied, Numbered


@dataclass(frozen=True)
class CustomerImport:
    """The use case of the import worker."""

    customers: Customers
    country: str
    """Whose phone numbers shoppers write without a country code."""

    def put(self, rows: Sequence[Numbered[CustomerRow]]) -> Applied:
        """Find or create each shopper, one row after the other: a row may be about the one before.

        Each is a transaction of its own and may be repeated: what an account has said before changes nothing. Raises
        Busy when rivals kept writing about one person; the rows before it are done.
        """
        applied = Applied()
        for one in rows:
            said = one.row.to_statement(at=one.cause.at, country=self.country)
            try:
                statement = replace(readable(said), imported=True)
                if self.customers.has_heard(statement):
                    applied.unchanged += 1
                    continue
                self.customers.put_customer(statement, one.cause)
            except Busy:
                raise
            except DomainError as error:
                applied.reject(one.line, error)
                continue
            applied.changed += 1
        return applied
