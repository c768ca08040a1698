"""What actors do in the shop: each act may be repeated under its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from functions.inventory.domain.counting import Counted
from functions.inventory.domain.places import Item
from functions.inventory.domain.stock import MovementKind
from functions.inventory.domain.transfers import Line, Transfer
from functions.inventory.domain.units import Units
from functions.inventory.service.counts import CountCommand
from functions.inventory.service.shards import ShardService
from shared.dynamo.retry import retried
from shared.events.fulfilment import AllocationWithdrawn, ShortLine, UnitsShort
from shared.events.orders import OrderLinesCancelled
from tests.component.inventory.goods import allocations, placed, plan, shipped
from tests.faults.inventory.shop import OPENED, Shop
from tests.faults.inventory.use_cases import movement, wish

Act = Callable[[Shop, Any, str], object]


def hold(shop: Shop, client: Any, name: str) -> object:
    return shop.use(client).reservations.place(wish(name, [("X", 1)]), shop.request(name))


def hold_two(shop: Shop, client: Any, name: str) -> object:
    return shop.use(client).reservations.place(wish(name, [("X", 2)]), shop.request(name))


def hold_what_there_is(shop: Shop, client: Any, name: str) -> object:
    return shop.use(client).reservations.place(wish(name, [("X", 3), ("Y", 2)], partial=True), shop.request(name))


def hold_xy(shop: Shop, client: Any, name: str) -> object:
    return shop.use(client).reservations.place(wish(name, [("X", 1), ("Y", 1)]), shop.request(name))


def hold_yx(shop: Shop, client: Any, name: str) -> object:
    return shop.use(client).reservations.place(wish(name, [("Y", 1), ("X", 1)]), shop.request(name))


def release(shop: Shop, client: Any, name: str) -> object:
    return shop.use(client).reservations.release("FIRST", shop.request(name))


def extend(shop: Shop, client: Any, name: str) -> object:
    return shop.use(client).reservations.extend("FIRST", 900, shop.request(name))


def transfer(shop: Shop, client: Any, name: str) -> object:
    return shop.use(client).reservations.transfer("FIRST", "ann", shop.request(name))


def expire(shop: Shop, client: Any, name: str) -> object:
    sweep = shop.use(client).sweep
    return retried(lambda: sweep._expire_one("FIRST", shop.cause(name)))


def commit(shop: Shop, client: Any, name: str) -> None:
    event = placed("HOLDER", [("X", 1)], reservation_id="FIRST", at=OPENED)
    shop.use(client).orders.placed(event, shop.cause(name))


def convert(shop: Shop, client: Any, name: str) -> None:
    """The order that holds is placed and planned."""
    commit(shop, client, name)
    event = plan("HOLDER", [("X", "DC1", 1)], reservation_id="FIRST")
    shop.use(client).allocation.allocate(event, shop.cause(f"{name}-plan"))


def allocate(shop: Shop, client: Any, name: str) -> None:
    event = plan(name, [("X", "DC1", 1)])
    shop.use(client).allocation.allocate(event, shop.cause(name))


def allocate_xy(shop: Shop, client: Any, name: str) -> None:
    """With chunks of one row: a step of several transactions."""
    event = plan(name, [("X", "DC1", 1), ("Y", "DC1", 1)])
    shop.use(client).allocation.allocate(event, shop.cause(name))


def allocate_same(shop: Shop, client: Any, name: str) -> None:
    """The same plan, delivered twice at once."""
    event = plan("SAME", [("X", "DC1", 1), ("Y", "DC1", 1)])
    shop.use(client).allocation.allocate(event, shop.cause("same"))


def plan_again(shop: Shop, client: Any, name: str) -> None:
    event = plan("OPEN", [("X", "DC1", 1)], version=2)
    shop.use(client).allocation.allocate(event, shop.cause(name))


def _withdrawn(shop: Shop, client: Any, name: str, version: int) -> None:
    event = AllocationWithdrawn(
        order_id="OPEN", plan_version=version, request_id="W1", allocations=allocations([("X", "DC1", 1)])
    )
    shop.use(client).allocation.withdraw(event, shop.cause(name))


def withdraw(shop: Shop, client: Any, name: str) -> None:
    _withdrawn(shop, client, name, 1)


def withdraw_again(shop: Shop, client: Any, name: str) -> None:
    _withdrawn(shop, client, name, 2)


def ship(shop: Shop, client: Any, name: str) -> None:
    event = shipped("OPEN", "OPEN.1", "DC1", [("1", "X", 1)])
    shop.use(client).allocation.ship(event, shop.cause(name))


def sell_uncounted(shop: Shop, client: Any, name: str) -> None:
    """Nine units leave with a shopper where three were known: six are found, once, however often that is told."""
    gone = (Units("1", "X", "DC1", 9),)
    shop.use(client).allocation.carry_out("TILL", gone, shop.cause("till"))


def cancel(shop: Shop, client: Any, name: str) -> None:
    event = OrderLinesCancelled(order_id="HOLDER", request_id="C1", whole_order=True, lines=(), reason="mind changed")
    shop.use(client).allocation.cancel(event, shop.cause(name))


def receive(shop: Shop, client: Any, name: str) -> object:
    return shop.use(client).movements.post(movement(name, MovementKind.RECEIPT, 1), shop.request(name))


def count(shop: Shop, client: Any, name: str) -> object:
    """Two more are on the shelf than anybody knew."""
    command = CountCommand(name, "DC1", [Counted("X", 5)], "", name)
    return shop.use(client).counts.post(command, shop.request(name))


def move(shop: Shop, client: Any, name: str) -> object:
    """A unit of X is set aside, leaves for the other place and arrives there."""
    use = shop.use(client)
    wanted = Transfer(name, "DC1", "S1", (Line("X", 1),), name, OPENED)
    use.transfers.create(wanted, shop.request(name))
    use.transfers.ship(name, None, shop.request(name))
    use.transfers.receive(name, {"X": 1}, "R1", shop.request(name))
    return name


def move_not(shop: Shop, client: Any, name: str) -> object:
    """A unit of X is set aside for the other place, and is not needed there."""
    use = shop.use(client)
    use.transfers.create(Transfer(name, "DC1", "S1", (Line("X", 1),), name, OPENED), shop.request(name))
    use.transfers.cancel(name, shop.request(name))
    return name


def lose(shop: Shop, client: Any, name: str) -> None:
    """The picker does not find the unit: it is taken back and written off in one step."""
    missing = (ShortLine(line_id="1", sku="X", quantity=1),)
    event = UnitsShort(
        order_id="OPEN",
        fulfilment_order_id="OPEN.1",
        location_id="DC1",
        plan_version=1,
        number=1,
        reason="NOT_FOUND",
        lines=missing,
    )
    shop.use(client).allocation.units_short(event, shop.cause(name))


def spread_more(shop: Shop, client: Any, name: str) -> None:
    """Four cells from now on."""
    ShardService(shop.use(client).stock).configure(Item("X", "X", 100, shards=4), shop.cause(name))


def spread_no_more(shop: Shop, client: Any, name: str) -> None:
    """No cells from now on; what is free in them comes home."""
    ShardService(shop.use(client).stock).configure(Item("X", "X", 100, shards=1), shop.cause(name))


def lapse(shop: Shop, client: Any, name: str) -> object:
    """Eleven minutes go by."""
    client.pass_time(lambda: shop.pass_time(660))
    return name


ACTS: tuple[Act, ...] = (
    hold,
    hold_two,
    hold_what_there_is,
    hold_xy,
    hold_yx,
    release,
    extend,
    transfer,
    expire,
    commit,
    convert,
    allocate,
    allocate_xy,
    allocate_same,
    plan_again,
    withdraw,
    withdraw_again,
    ship,
    sell_uncounted,
    cancel,
    receive,
    count,
    move,
    move_not,
    lose,
    spread_more,
    spread_no_more,
    lapse,
)
