"""The use cases of inventory on one client, and commands to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from functions.inventory.domain.places import Address, Capability, Location, LocationKind
from functions.inventory.domain.reservation import (
    Scope,
    Wanted,
)
from functions.inventory.domain.stock import MovementKind
from functions.inventory.repository.counts import Counts
from functions.inventory.repository.documents import Documents
from functions.inventory.repository.history import History
from functions.inventory.repository.movements import Movements
from functions.inventory.repository.network import Network
from functions.inventory.repository.owners import Owners
from functions.inventory.repository.projection import Projection
from functions.inventory.repository.stock import StockRows
from functions.inventory.repository.sweeps import Sweeps
from functions.inventory.repository.transfers import Transfers
from functions.inventory.service.allocation import AllocationService
from functions.inventory.service.counts import CountService
from functions.inventory.service.movements import MovedLine, MovementCommand, MovementService
from functions.inventory.service.order_holds import OrderHolds
from functions.inventory.service.posting import Poster
from functions.inventory.service.reservations import HoldCommand, ReservationService
from functions.inventory.service.sweep import SweepService
from functions.inventory.service.transfers import TransferService
from shared.dynamo.table import Table
from shared.geo import Geo

TABLE = "inventory"
PLACE = Location(
    location_id="DC1",
    name="DC1",
    kind=LocationKind.DC,
    address=Address("1 High St", "Leeds", "", "LS1", "GB"),
    geo=Geo(53.8, -1.5),
    time_zone="Europe/London",
    capabilities=(Capability.SHIP, Capability.PICKUP),
)
ELSEWHERE = replace(PLACE, location_id="S1", name="S1", kind=LocationKind.STORE)


class UseCases:
    """The use cases of inventory on one client and one clock."""

    def __init__(self, dynamodb: Any, clock: Callable[[], datetime], *, chunk_rows: int = 90) -> None:
        table = Table(dynamodb, TABLE, pause=lambda _seconds: None)
        self.documents, self.stock, self.network = Documents(table), StockRows(table), Network(table)
        self.poster = Poster(self.documents, self.stock, clock, chunk_rows)
        self.allocation = AllocationService(self.poster, self.network)
        self.orders = OrderHolds(self.poster, self.allocation)
        self.reservations = ReservationService(self.documents, self.stock, self.network, Owners(table), clock)
        self.movements = MovementService(Movements(table), self.stock, self.network, clock)
        ledger = Table(dynamodb, f"{TABLE}-projection", pause=lambda _seconds: None)
        self.counts = CountService(Counts(table), self.stock, History(table, ledger), self.network, clock)
        self.transfers = TransferService(Transfers(table), self.stock, self.network, clock)
        self.sweep = SweepService(self.reservations, self.poster, Projection(ledger), Sweeps(table), clock)


def wish(name: str, wanted: list[tuple[str, int]], **fields: Any) -> HoldCommand:
    """A hold of so many units of these items."""
    lines = [Wanted(str(n), sku, quantity) for n, (sku, quantity) in enumerate(wanted, 1)]
    base: dict[str, Any] = {
        "reservation_id": name,
        "owner": "cart",
        "channel": "web",
        "scope": Scope.NETWORK,
        "wanted": lines,
        "ttl_seconds": 600,
        "partial": False,
        "near": None,
        "fingerprint": name,
    }
    return HoldCommand(**(base | fields))


def movement(name: str, kind: MovementKind, quantity: int) -> MovementCommand:
    """Units of X that come or go."""
    return MovementCommand(name, kind, "DC1", [MovedLine("X", quantity)], "test", "", name)
