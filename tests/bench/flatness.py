"""Whether a hold costs the same in a small shop and in a large one: units counted on a table with so many items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from functions.inventory.domain.places import Item
from functions.inventory.domain.stock import MovementKind
from functions.inventory.service.movements import MovedLine, MovementCommand
from tests.bench.metering import item_bytes, read_units, write_units
from tests.faults.inventory.shop import Shop
from tests.faults.inventory.use_cases import PLACE, TABLE, wish
from tests.support.fake_dynamodb import FakeDynamoDB

CATALOGUES = (1_000, 10_000, 100_000)
LINES = 3


class Metered:
    """Counts the units of every call on the fake."""

    def __init__(self, fake: FakeDynamoDB) -> None:
        self._fake, self.read, self.written = fake, 0.0, 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._fake, name)

        def call(**request: Any) -> Any:
            before = len(self._fake.log)
            answer = real(**request)
            factor = 2 if name == "transact_write_items" else 1
            for record in self._fake.log[before:]:
                images = [image for at in ("OldImage", "NewImage") if (image := record["dynamodb"].get(at))]
                self.written += factor * write_units(*map(item_bytes, images))
            self.read += sum(_read(name, answer))
            return answer

        return call


def _read(name: str, answer: Mapping[str, Any]) -> Iterator[float]:
    if name == "get_item":
        yield read_units(item_bytes(answer.get("Item", {})), consistent=True)
    elif name == "query":
        yield read_units(sum(map(item_bytes, answer["Items"])), consistent=True)
    elif name == "batch_get_item":
        for items in answer["Responses"].values():
            yield from (read_units(item_bytes(item), consistent=True) for item in items)


def measure(catalogues: tuple[int, ...] = CATALOGUES) -> Iterator[tuple[int, int, float]]:
    """(items in the table, write units, read units) of one hold of three lines."""
    for size in catalogues:
        shop = _stocked(size)
        meter = Metered(shop.dynamodb)
        wanted = [(f"SKU{size * part // LINES:06d}", 1) for part in range(LINES)]
        shop.use(meter).reservations.place(wish("R", wanted), shop.cause("R"))
        yield size, meter.written, meter.read


def _stocked(size: int) -> Shop:
    """A shop with so many items at one place, its rows copied from the first one's."""
    shop = Shop(FakeDynamoDB(), ())
    use = shop.use()
    use.network.save_location(PLACE, shop.cause("place"))
    use.network.save_item(Item("SKU000000", "x", 100), shop.cause("item"))
    lines = [MovedLine("SKU000000", 10)]
    receipt = MovementCommand("M", MovementKind.RECEIPT, "DC1", lines, "", "", "M")
    use.movements.post(receipt, shop.cause("M"))
    rows = shop.dynamodb.tables[TABLE]
    first = rows["STOCK#SKU000000", "DC1"]
    for number in range(1, size):
        pk = f"STOCK#SKU{number:06d}"
        rows[pk, "DC1"] = {**first, "pk": {"S": pk}}
    return shop
