"""HTTP models of changes: what is wanted, action by action, and the quote."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from functions.orders.changes import Changed
from functions.orders.domain.changes import Destination, OrderChange, Wanted
from functions.orders.domain.changing import on_top
from functions.orders.domain.lines import Line, Method
from functions.orders.domain.order import Order
from functions.orders.domain.placement import Amount, one_currency
from functions.orders.domain.quoting import ShippingQuote, StockQuote
from functions.orders.schemas import MAX_LINES, FulfilmentIn, LineIn, PaymentIn, content_hash
from shared.errors import InvalidField
from shared.schemas import AddressSchema, Count, Identifier, MoneySchema, Quantity, Schema, UtcTime


class SetQuantity(Schema):
    """So many units of a line are wanted from now on; 0 cancels it."""

    type: Literal["set_quantity"]
    line_id: Identifier
    quantity: Count


class AddLine(Schema):
    """One more line."""

    type: Literal["add_line"]
    line: LineIn


class Substitute(Schema):
    """Units of a line (all that are wanted, unless `quantity` says fewer) are replaced by the new line's."""

    type: Literal["substitute"]
    line_id: Identifier
    quantity: Quantity | None = None
    line: LineIn


class SetAddress(Schema):
    """Where parcels go from now on."""

    type: Literal["set_address"]
    address: AddressSchema


class SetMethod(Schema):
    """A line reaches the shopper otherwise."""

    type: Literal["set_method"]
    line_id: Identifier
    fulfilment: FulfilmentIn


Action = Annotated[SetQuantity | AddLine | Substitute | SetAddress | SetMethod, Field(discriminator="type")]


class ChangeOrder(Schema):
    """A change, previewed or applied. `payment` pays what it costs more (`money.to_pay` of the preview)."""

    change_id: Identifier
    preview: bool = False
    actions: Annotated[list[Action], Field(min_length=1, max_length=MAX_LINES)]
    payment: PaymentIn | None = None

    def content(self) -> str:
        """Says whether two requests are about the same change, previewed or not."""
        return content_hash(self.model_copy(update={"preview": False, "payment": None}))


class MoneyView(Schema):
    """What is due before and after, and what has to be paid with the change."""

    due_before: MoneySchema
    due_after: MoneySchema
    to_pay: MoneySchema


class ChangedLineView(Schema):
    """Units wanted of a line before and after."""

    line_id: str
    before: int
    after: int


class StockView(Schema):
    """Units that the change needs, and what there is of them by the newest news of the item (`as_of`, `age_seconds`).

    `supply`: AVAILABLE, PARTLY, BACKORDER (may be sold ahead of stock), OUT_OF_STOCK, UNKNOWN_ITEM. It promises
    nothing: the units are taken when the change is applied, by inventory alone.
    """

    line_id: str
    sku: str
    method: str
    location_id: str | None
    quantity: int
    available: int
    supply: str
    as_of: UtcTime | None
    age_seconds: int | None


class ShippingQuoteView(Schema):
    """`charge_*`: what the shopper pays, before and after. `cost_*`: what one parcel of all that has not left would
    cost the retailer by `rates` (a version of a rate card, `built-in.v1` as long as none is in force), from where the
    order is routed or else the cheapest place of its channel that ships; null where the rates are in another currency,
    or no weight or no place is known."""

    service: str
    charge_before: MoneySchema
    charge_after: MoneySchema
    cost_before: MoneySchema | None
    cost_after: MoneySchema | None
    rates: str


class ChangeView(Schema):
    """`status`: QUOTED, PENDING (a provider or fulfilment answers first), APPLIED, or REJECTED with the reason.

    `stock` and `shipping` are quoted by a preview only.
    """

    change_id: str
    order_id: str
    status: str
    reason: str
    lines: list[ChangedLineView]
    money: MoneyView
    stock: list[StockView]
    shipping: ShippingQuoteView | None
    version: int


def to_change(body: ChangeOrder, order: Order, *, at: datetime) -> OrderChange:
    """The change that the actions mean for the order as it is.

    Raises InvalidField for a line that the order does not have or that is named twice, Refused for another currency.
    """
    fewer: Counter[str] = Counter()
    more: Counter[str] = Counter()
    added: list[Line] = []
    methods: dict[str, tuple[Method, str | None]] = {}
    destination: Destination | None = None
    seen: set[str] = set()
    for index, action in enumerate(body.actions):
        pointer = f"/actions/{index}"
        if isinstance(action, SetQuantity | Substitute | SetMethod):
            if action.line_id not in order.quantities or action.line_id in seen:
                raise InvalidField(f"{pointer}/line_id", "not a line of the order, or named twice")
            seen.add(action.line_id)
            wanted = order.quantities[action.line_id].open
        match action:
            case SetQuantity():
                fewer[action.line_id] += max(0, wanted - action.quantity)
                extra = max(0, action.quantity - wanted)
                apart = on_top(order, action.line_id, extra) if extra else None
                if apart is not None:
                    added.append(apart)
                else:
                    more[action.line_id] += extra
            case Substitute():
                fewer[action.line_id] += action.quantity or wanted
                added.append(_line(action.line, order, f"{pointer}/line"))
            case AddLine():
                added.append(_line(action.line, order, f"{pointer}/line"))
            case SetMethod():
                methods[action.line_id] = _method(action.fulfilment, f"{pointer}/fulfilment")
            case SetAddress():
                destination = _destination(action.address)
    if any(line.method is Method.SHIP for line in added) and not (order.shipping.address or destination):
        raise InvalidField("/actions", "lines that ship need an address")
    wanted_ = Wanted(dict(+fewer), dict(+more), tuple(added), methods, destination)
    return OrderChange(body.change_id, wanted_, at, body.content())


def known_as(known: OrderChange, body: ChangeOrder) -> OrderChange:
    """The change that the order has under this id, with the content of this request: a repeat, or another one."""
    return replace(known, content_hash=body.content())


def change_view(body: ChangeOrder, changed: Changed, *, at: datetime) -> ChangeView:
    """The change as its parties see it at this moment."""
    order, quote, done = changed.order, changed.quote, changed.change

    def money(amount: int) -> MoneySchema:
        return MoneySchema.model_construct(amount=amount, currency=order.currency)

    return ChangeView(
        change_id=body.change_id,
        order_id=order.order_id,
        status=done.status.value if done else "QUOTED",
        reason=done.reason if done else "",
        lines=[ChangedLineView(line_id=one, before=was, after=will) for one, (was, will) in quote.units.items()],
        money=MoneyView(
            due_before=money(quote.due_before), due_after=money(quote.due_after), to_pay=money(quote.to_pay)
        ),
        stock=[_stock(one, at) for one in changed.stock],
        shipping=_shipping(changed.shipping, order.currency) if changed.shipping else None,
        version=order.version,
    )


def _shipping(quoted: ShippingQuote, currency: str) -> ShippingQuoteView:
    def money(amount: int | None) -> MoneySchema | None:
        return None if amount is None else MoneySchema.model_construct(amount=amount, currency=currency)

    return ShippingQuoteView(
        service=quoted.service,
        charge_before=MoneySchema.model_construct(amount=quoted.charge_before, currency=currency),
        charge_after=MoneySchema.model_construct(amount=quoted.charge_after, currency=currency),
        cost_before=money(quoted.cost_before),
        cost_after=money(quoted.cost_after),
        rates=quoted.rates,
    )


def _stock(quoted: StockQuote, at: datetime) -> StockView:
    need, as_of = quoted.need, quoted.as_of
    return StockView(
        line_id=need.line_id,
        sku=need.sku,
        method=need.method.value,
        location_id=need.location_id,
        quantity=need.quantity,
        available=quoted.available,
        supply=quoted.supply.value,
        as_of=as_of,
        age_seconds=None if as_of is None else max(0, int((at - as_of).total_seconds())),
    )


def _line(given: LineIn, order: Order, pointer: str) -> Line:
    amounts = [(name, getattr(given, name)) for name in ("unit_price", "discount", "tax")]
    one_currency(order.currency, [Amount(f"{pointer}/{name}", one.currency) for name, one in amounts if one])
    line = given.to_line()
    _method(given.fulfilment, f"{pointer}/fulfilment")
    price = line.unit_price * line.quantity
    if line.discount > price:
        raise InvalidField(f"{pointer}/discount", "more than the line is worth")
    if order.tax_included and line.tax > price - line.discount:
        raise InvalidField(f"{pointer}/tax", "prices contain the tax, and this is more than the line's price")
    return line


def _method(given: FulfilmentIn, pointer: str) -> tuple[Method, str | None]:
    if given.method is Method.CARRY_OUT:
        raise InvalidField(f"{pointer}/method", "what leaves with the shopper now is an order of its own")
    if (given.location_id is None) is not (given.method is Method.SHIP):
        raise InvalidField(f"{pointer}/location_id", "a collection needs its place, a parcel has none to choose")
    if given.not_before is not None:
        raise InvalidField(f"{pointer}/not_before", "when the work opens is agreed when the line is ordered")
    return given.method, given.location_id


def _destination(given: AddressSchema) -> Destination:
    geo = given.geo
    return Destination(
        given.line1,
        given.city,
        given.country,
        given.name,
        given.line2,
        given.region,
        given.postal_code,
        geo.lat if geo else None,
        geo.lng if geo else None,
    )
