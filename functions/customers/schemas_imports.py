"""Rows of a bulk import of customers: the body of `POST /v1/customers`."""

from __future__ import annotations

from typing import Literal

from functions.customers.schemas import PutCustomer
from shared.imports.desk import ImportRequest


class CustomerImportBody(ImportRequest):
    """An import of customers to come."""

    kind: Literal["customers"]


class CustomerRow(PutCustomer):
    """What a channel's account says about a shopper."""

    @property
    def account(self) -> tuple[str, str]:
        """Whose record it is."""
        return self.source.channel, self.source.external_id
