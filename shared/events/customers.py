"""What customers tells the others."""

from __future__ import annotations

from shared.events.base import Event, Fact

SOURCE = "throughline.customers"


class OrderCustomerKnown(Event):
    """The order belongs to this customer, guests included."""

    source = SOURCE
    detail_type = "OrderCustomerKnown.v1"

    order_id: str
    customer_id: str


class CustomersLinked(Event):
    """Two customers are one person: `customer_id` stands for all `linked_customer_ids` as well from now on. Nothing of
    either was rewritten, and the link may be cut again."""

    source = SOURCE
    detail_type = "CustomersLinked.v1"

    merge_id: str
    customer_id: str
    linked_customer_ids: tuple[str, ...]


class CustomersMatched(Event):
    """Evidence says that two customers are one. They are joined at once by whoever found that out, and if that worker
    has died, by whoever hears this; `CustomersLinked` tells when they are."""

    source = SOURCE
    detail_type = "CustomersMatched.v1"

    review_id: str
    customer_ids: tuple[str, str]


class CustomersUnlinked(Event):
    """A link is cut: `customer_id` no longer stands for `unlinked_customer_ids`, of which the first stands for the
    others."""

    source = SOURCE
    detail_type = "CustomersUnlinked.v1"

    merge_id: str
    customer_id: str
    unlinked_customer_ids: tuple[str, ...]


class ConsentStated(Event):
    """The shopper allowed or refused something, at the time `at`; of several statements the one with the latest time
    holds, whatever the order in which they arrive."""

    source = SOURCE
    detail_type = "ConsentStated.v1"

    customer_id: str
    channel: str
    purpose: str
    granted: bool
    at: str


class CustomerErasureRequested(Event):
    """A shopper is to be forgotten: all `customer_ids` are one person. Nothing is erased yet; every service that
    holds anything of them erases it and says so. `subjects` are digests of everything that may have named the person
    elsewhere (see `shared.dynamo.subjects`)."""

    source = SOURCE
    detail_type = "CustomerErasureRequested.v1"
    personal = True

    request_id: str
    customer_ids: tuple[str, ...]
    subjects: tuple[str, ...] = ()
    requested_at: str


class CartHoldLine(Fact):
    """Units of one item that a cart wants set aside."""

    line_id: str
    sku: str
    quantity: int


class CartHoldAsked(Event):
    """A shopper's cart wants units set aside for `ttl_seconds`, all at one place (`location_id`) or wherever they lie,
    as `channel` may sell them. Nothing is held yet. `replaces`: earlier holds of the same cart, which end by this one
    once it is made, and stay if it is refused. The hold belongs to no channel: an order of any of them may name it.
    Whose cart it is, only customers knows."""

    source = SOURCE
    detail_type = "CartHoldAsked.v1"

    reservation_id: str
    channel: str
    location_id: str | None = None
    lines: tuple[CartHoldLine, ...]
    ttl_seconds: int
    asked_at: str
    replaces: tuple[str, ...] = ()


class CartHoldDropped(Event):
    """A cart does not want its units any more, whether or not they are held by now."""

    source = SOURCE
    detail_type = "CartHoldDropped.v1"

    reservation_id: str
