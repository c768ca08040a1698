"""Stock rows: `STOCK#{sku}` / `{location_id}`, native counters, no index, so that a hold costs one write per row.

`free` is stored because a condition cannot do arithmetic. Changes are relative (rivals commute) and guarded by floors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from functions.inventory.domain.shards import cell, cells_of
from functions.inventory.domain.stock import COUNTERS, Change, Counters, Movement, MovementKind, Stock
from functions.inventory.domain.units import Position
from shared.cause import Cause
from shared.dynamo.marshal import Item
from shared.dynamo.retry import LostRace
from shared.dynamo.table import ABSENT, Action, ConditionFailed, Put, Table, Update

KIND = "stock"
LOOKS = 4
"""How often to look for cells that have been added since."""


def stock_key(sku: str, location_id: str) -> tuple[str, str]:
    """The key of a position's row; of a cell, in a partition of its own."""
    place, _, part = location_id.partition("#")
    return (f"STOCK#{sku}#{part}" if part else f"STOCK#{sku}"), place


def decode_stock(item: Item) -> Stock:
    """The position of a stored row."""
    sku, _, part = item["pk"].removeprefix("STOCK#").partition("#")
    return Stock(
        sku=sku,
        location_id=cell(item["sk"], int(part)) if part else item["sk"],
        counters=Counters(**{name: item.get(name, 0) for name in COUNTERS}),
        safety=item["safety"],
        lapses={int(second): quantity for second, quantity in item["lapses"].items()},
        version=item["version"],
        count_due=item.get("count_due", False),
        shards=item.get("shards", 0),
        cells=item.get("cells", 0),
        stored_free=item["free"],
    )


def decode_movement(item: Item) -> Movement:
    """Why the row is as it is."""
    return Movement(**{**item["movement"], "kind": MovementKind(item["movement"]["kind"])})


class StockRows:
    """Reads of positions, and housekeeping writes of single rows."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, positions: Iterable[Position]) -> dict[Position, Stock]:
        """The positions as they are now; one that never had stock comes empty, at version 0."""
        wanted = list(dict.fromkeys(positions))
        rows = self._table.get_many([stock_key(*position) for position in wanted])
        return {
            position: decode_stock(rows[key]) if (key := stock_key(*position)) in rows else Stock(*position)
            for position in wanted
        }

    def of_sku(self, sku: str) -> list[Stock]:
        """Every position of an item as it is now, by location; of a hot one the head."""
        return [decode_stock(item) for item in self._table.query_all(stock_key(sku, "")[0], consistent=True)]

    def rows_of(self, skus: Iterable[str]) -> list[Stock]:
        """Every row of the items, heads and cells, by key. Where a position has cells, all as of one instant (beyond
        100 rows: as of several)."""
        heads = [row for sku in sorted(set(skus)) for row in self.of_sku(sku)]
        if not any(head.cells for head in heads):
            return heads
        for _ in range(LOOKS):
            keys = [key for head in heads for key in (head.key, *cells_of(head))]
            found = self._table.get_together([stock_key(*key) for key in keys])
            rows = [decode_stock(found[key]) for key in (stock_key(*one) for one in keys) if key in found]
            known = {head.key: head.cells for head in heads}
            heads = [row for row in rows if row.key in known]
            if all(head.cells == known[head.key] for head in heads):
                return rows
        raise LostRace("the cells change all the time")

    def change_together(self, changes: Iterable[Change], cause: Cause) -> None:
        """Write changes of several rows in one transaction. Raises LostRace."""
        try:
            self._table.write(*change_actions(changes, cause))
        except ConditionFailed as error:
            raise LostRace("a position changed meanwhile") from error

    def change(self, change: Change, cause: Cause, *, provided: Action | None = None) -> None:
        """Write one change by itself, `provided` that another row is as it was. Raises LostRace."""
        try:
            self._table.write(change_action(change, cause), *([provided] if provided else []))
        except ConditionFailed as error:
            raise LostRace("the position changed meanwhile") from error


def change_actions(changes: Iterable[Change], cause: Cause) -> list[Action]:
    """One action per position, in key order."""
    return [change_action(change, cause) for change in sorted(changes, key=lambda change: stock_key(*change.key))]


def change_action(change: Change, cause: Cause) -> Action:
    """The conditional write of one change."""
    return _opening(change, cause) if change.version == 0 else _update(change, cause)


def _movement(movement: Movement) -> dict[str, str]:
    values = {"id": movement.id, "kind": str(movement.kind), "reason": movement.reason, "reference": movement.reference}
    return {name: value for name, value in values.items() if value}


def _opening(change: Change, cause: Cause) -> Put:
    pk, sk = stock_key(*change.key)
    return Put(
        {
            "pk": pk,
            "sk": sk,
            "kind": KIND,
            "version": 1,
            "cause": cause.stamp(),
            "movement": _movement(change.movement),
            **{name: getattr(change.delta, name) for name in COUNTERS if name != "lent"},
            "free": change.delta.free,
            "safety": change.safety or 0,
            "lapses": {str(second): quantity for second, quantity in change.lapses_added.items()},
            **({"count_due": True} if change.count_due else {}),
            **({"shards": change.shards, "cells": change.cells} if change.shards else {}),
        },
        ABSENT,
    )


def _update(change: Change, cause: Cause) -> Update:
    values: dict[str, Any] = {":one": 1, ":cause": cause.stamp(), ":movement": _movement(change.movement)}
    names = {"#version": "version", "#cause": "cause", "#movement": "movement"}
    sets = ["#version = #version + :one", "#cause = :cause", "#movement = :movement"]
    removes: list[str] = []
    conditions = ["attribute_exists(pk)"]
    for name, amount in {**change.delta.nonzero(), "free": change.delta.free}.items():
        names[f"#{name}"], values[f":d_{name}"] = name, amount
        if name == "lent":  # only hot positions have it
            values[":none"] = 0
            sets.append("#lent = if_not_exists(#lent, :none) + :d_lent")
        else:
            sets.append(f"#{name} = #{name} + :d_{name}")
    settings = {name: getattr(change, name) for name in ("safety", "count_due", "shards", "cells")}
    for name, value in settings.items():
        if value is not None:
            names[f"#{name}"], values[f":{name}"] = name, value
            sets.append(f"#{name} = :{name}")
    for name, least in change.floors.items():
        names[f"#{name}"], values[f":least_{name}"] = name, least
        conditions.append(f"#{name} >= :least_{name}")
    if change.version is not None:
        values[":expected"] = change.version
        conditions.append("#version = :expected")
    _lapses(change, sets, removes, conditions, names, values)
    expression = f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removes)}" if removes else "")
    return Update(*stock_key(*change.key), expression, " AND ".join(conditions), values, names)


def _lapses(
    change: Change,
    sets: list[str],
    removes: list[str],
    conditions: list[str],
    names: dict[str, str],
    values: dict[str, Any],
) -> None:
    seconds: Sequence[int] = sorted({*change.lapses_seen, *change.lapses_left, *change.lapses_added})
    if seconds:
        names["#lapses"] = "lapses"
    for index, second in enumerate(seconds):
        path = f"#lapses.#l{index}"
        names[f"#l{index}"] = str(second)
        if (seen := change.lapses_seen.get(second)) is not None:
            values[f":seen{index}"] = seen
            conditions.append(f"{path} = :seen{index}")
        if (left := change.lapses_left.get(second)) is not None:
            if left:
                values[f":left{index}"] = left
                sets.append(f"{path} = :left{index}")
            else:
                removes.append(path)
        elif added := change.lapses_added.get(second):
            values[f":added{index}"], values[":zero"] = added, 0
            sets.append(f"{path} = if_not_exists({path}, :zero) + :added{index}")
