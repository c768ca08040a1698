"""How many holds a second one hot position takes: write units at its hottest partition key, counted by model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from functions.inventory.domain.places import Item
from functions.inventory.domain.stock import MovementKind
from functions.inventory.service.movements import MovedLine, MovementCommand
from functions.inventory.service.shards import ShardService
from tests.faults.inventory.shop import Shop
from tests.faults.inventory.use_cases import PLACE, wish
from tests.support.fake_dynamodb import FakeDynamoDB

PARTITION_UNITS = 1_000
"""Write units per second and partition key (DynamoDB developer guide, "Best practices for partition keys")."""
TRANSACTION_FACTOR = 2
HOLDS = 1_000
SHARDS = (1, 2, 4, 8, 16)


def measure(*, stock: int = 100 * HOLDS, holds: int = HOLDS) -> Iterator[tuple[int, float, float]]:
    """(shards, write units per hold at the hottest stock key, holds per second that its partition takes)."""
    for shards in SHARDS:
        units = units_per_hold(shards, stock=stock, holds=holds)
        yield shards, units, PARTITION_UNITS / units


def units_per_hold(shards: int, *, stock: int, holds: int) -> float:
    """Write units at the hottest stock key per hold, when so many shoppers hold one unit each of so many."""
    shop = Shop(FakeDynamoDB(), ())
    use = shop.use()
    use.network.save_location(PLACE, shop.cause("place"))
    item, _ = Item("X", "X", 100, shards=shards), use.network.save_item(Item("X", "X", 100), shop.cause("item"))
    receipt = MovementCommand("M", MovementKind.RECEIPT, "DC1", [MovedLine("X", stock)], "", "", "M")
    use.movements.post(receipt, shop.cause("M"))
    ShardService(use.stock).configure(item, shop.cause("configure"))
    before = len(shop.dynamodb.log)
    for number in range(holds):
        use.reservations.place(wish(f"R-{number}", [("X", 1)]), shop.cause(f"R-{number}"))
    written = Counter(
        record["dynamodb"]["NewImage"]["pk"]["S"]
        for record in shop.dynamodb.log[before:]
        if record["dynamodb"]["NewImage"]["pk"]["S"].startswith("STOCK#")
    )
    return TRANSACTION_FACTOR * max(written.values()) / holds
