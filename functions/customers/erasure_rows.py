"""Stored erasures, and the removal of everything that is kept of a customer.

ERASURE#{request_id}        -       the job with its receipts; kept, it names nobody
CUSTOMER#{customer_id}      TREE    of somebody forgotten: `erased`, the request
TOTALS#{pseudonym}          {digest}  sums of orders and points of somebody forgotten
FORGOTTEN#{type}#{sha256}   -       an identity of somebody forgotten, until no event from before can come any more
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from functions.customers.catalogue import Catalogue
from functions.customers.domain.customer import Customer
from functions.customers.domain.erasure import LATE_EVENTS, Erasure
from functions.customers.domain.identity import Identity
from functions.customers.domain.linking import Tree
from functions.customers.domain.review import ReviewState
from functions.customers.figures import FIGURES_SK
from functions.customers.repository import ERASING, CustomerRepository, customer_of, forgotten_pk, identity_pk
from shared.cause import Cause
from shared.clock import epoch_seconds, rfc3339
from shared.dynamo.documents import Document
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace
from shared.dynamo.subjects import digest
from shared.dynamo.table import PRESENT, Action, ConditionFailed, Delete, Put, Table, Update
from shared.ids import derived_id

_ERASURES = Document(Erasure)
ERASURE_KIND = "erasure"
REVIEWS_PER_PAGE = 100


def erasure_of(item: Item) -> Erasure:
    """The job of a stored row."""
    return replace(_ERASURES.load(item["body"]), version=item["version"])


class ErasureRows:
    """Every removal may be repeated."""

    def __init__(self, table: Table, repository: CustomerRepository, catalogue: Catalogue) -> None:
        self._table = table
        self._repository = repository
        self._catalogue = catalogue

    # ------------------------------------------------------------------ the job

    def find(self, request_id: str) -> Erasure | None:
        """The job, or None."""
        row = self._table.get(f"ERASURE#{request_id}")
        return erasure_of(row) if row else None

    def begin(self, erasure: Erasure, tree: Tree, customers: Sequence[Customer], *, cause: Cause) -> None:
        """Write the job, and make its customers unfindable, all or nothing. Raises LostRace when one of them changed.

        From now on nobody can be joined with them, and no write that began before can end.
        """
        forgotten = [
            self._catalogue.forgetting(tree, name, request_id=erasure.request_id, cause=cause) for name in tree.members
        ]
        hidden = [
            Update(
                f"CUSTOMER#{one.customer_id}",
                "-",
                "SET #kind = :erasing, #version = :next",
                "#version = :expected AND #kind = :customer",
                {":erasing": ERASING, ":customer": "customer", ":expected": one.version, ":next": one.version + 1},
                {"#kind": "kind", "#version": "version"},
            )
            for one in customers
        ]
        self._write(Put(_row(replace(erasure, version=1), cause)), *forgotten, *hidden)

    def save(self, before: Erasure, after: Erasure, cause: Cause) -> None:
        """Write the job over the version that was read. Raises LostRace."""
        if after == before:
            return
        row = _row(replace(after, version=before.version + 1), cause)
        self._write(Put(row, "#version = :expected", {":expected": before.version}, {"#version": "version"}))

    # ------------------------------------------------------------------ removals; each answers how many rows

    def forget_identities(self, customer_id: str, erasure: Erasure, cause: Cause) -> int:
        """What points at the customer: identities and blocking keys. Identities stay known as forgotten for a while."""
        row = self._table.get(f"CUSTOMER#{customer_id}")
        if row is None:
            return 0
        customer = customer_of(row)
        for known in customer.identities:
            self._forget_identity(customer_id, known.identity, erasure, cause)
        self._catalogue.forget_keys(customer)
        return len(customer.identities)

    def _forget_identity(self, customer_id: str, identity: Identity, erasure: Erasure, cause: Cause) -> None:
        mark = {
            "pk": forgotten_pk(identity),
            "sk": "-",
            "kind": "forgotten",
            "version": 1,
            "cause": cause.stamp(),
            "customer_id": customer_id,
            "until": rfc3339(erasure.requested_at),
            "ttl": epoch_seconds(erasure.requested_at + LATE_EVENTS),
        }
        self._table.put_all([mark])
        self._delete(identity_pk(identity), "-", "customer_id = :mine", {":mine": customer_id})

    def forget_orders(self, customer_id: str, cause: Cause) -> int:
        """The contact that each order gave, and what happened to it."""
        found = [link.order_id for link in self._repository.orders(customer_id)]
        for order_id in found:
            self._repository.forget_order(order_id, customer_id, cause)
        return len(found)

    def forget_order(self, order_id: str, customer_id: str, cause: Cause) -> None:
        """One order, also one that was not heard of yet."""
        self._repository.forget_order(order_id, customer_id, cause)

    def forget_interactions(self, customer_id: str) -> int:
        """Visits, messages, notes."""
        rows = [row for row in self._index("gsi1", f"TIMELINE#{customer_id}") if row["pk"].startswith("INTERACTION#")]
        return self._delete_all((row["pk"], row["sk"]) for row in rows)

    def forget_carts(self, customer_id: str) -> int:
        """The shopper's carts; what became an order is in the order book."""
        return self._delete_all((row["pk"], row["sk"]) for row in self._index("gsi2", f"CARTS#{customer_id}"))

    def forget_reviews(self, customer_ids: Sequence[str]) -> int:
        """Questions whether somebody else is this person."""
        found, cursor = [], None
        while True:
            page, cursor = self._catalogue.reviews.page(ReviewState.OPEN, limit=REVIEWS_PER_PAGE, cursor=cursor)
            found += [review.review_id for review in page if not set(review.customer_ids).isdisjoint(customer_ids)]
            if cursor is None:
                return self._delete_all((f"REVIEW#{name}", "-") for name in found)

    def forget_profile(self, customer_id: str, erasure: Erasure) -> int:
        """Everything beside the customer itself, links included; the customer last, for it tells what else there is.

        The sums of orders and points stay, under the pseudonym that the order book uses.
        """
        rows = list(self._table.query_all(f"CUSTOMER#{customer_id}", consistent=True))
        sums = [row for row in rows if row["sk"] == FIGURES_SK]
        pseudonym = derived_id("E", erasure.request_id)
        self._table.put_all([row | {"pk": f"TOTALS#{pseudonym}", "sk": digest(customer_id)} for row in sums])
        links = [f"MERGE#{row['sk'].removeprefix('MERGED#')}" for row in rows if row["sk"].startswith("MERGED#")]
        moved = [row["sk"].split("#")[2] for row in rows if row["sk"].startswith("POINTS#")]
        removed = self._delete_all((pk, "-") for pk in (*links, *(f"LOYALTYID#{key}" for key in moved)))
        kept = ("-", "TREE")
        removed += self._delete_all((row["pk"], row["sk"]) for row in rows if row["sk"] not in kept)
        return removed + self._delete(f"CUSTOMER#{customer_id}", "-", "#kind = :k", {":k": ERASING}, {"#kind": "kind"})

    def carts_of(self, customer_id: str) -> Iterator[str]:
        """The ids of the shopper's carts."""
        return (row["gsi2sk"] for row in self._index("gsi2", f"CARTS#{customer_id}"))

    def _index(self, index: str, partition: str) -> Iterator[Item]:
        return self._table.query_all(partition, index=index)

    def _delete_all(self, keys: Iterable[tuple[str, str]]) -> int:
        return sum(self._delete(pk, sk) for pk, sk in list(keys))

    def _delete(
        self,
        pk: str,
        sk: str,
        condition: str = PRESENT,
        values: dict[str, str] | None = None,
        names: dict[str, str] | None = None,
    ) -> int:
        try:
            self._table.write(Delete(pk, sk, condition, values or {}, names or {}))
        except ConditionFailed:
            return 0  # gone already, or not ours
        return 1

    def _write(self, *actions: Action) -> None:
        try:
            self._table.write(*actions)
        except ConditionFailed as error:
            raise LostRace("somebody else was faster; decide again") from error


def _row(erasure: Erasure, cause: Cause) -> Item:
    return {
        "pk": f"ERASURE#{erasure.request_id}",
        "sk": "-",
        "kind": ERASURE_KIND,
        "version": erasure.version,
        "cause": cause.stamp(),
        "body": _ERASURES.dump(replace(erasure, version=0)),
    }
