"""Where the records of plans lie: the first one beside its demand while both are short, and all of them are found."""

from __future__ import annotations

from typing import Any

from functions.fulfilment.repository.demands import BESIDE_BYTES
from shared.aws import client
from shared.dynamo.marshal import Item, from_item, to_item
from tests.bench.metering import item_bytes
from tests.component.fulfilment.world import World, line, released

UNIT_BYTES = 1024


def rows(order_id: str) -> dict[str, Item]:
    """What is stored of an order's demand, by sort key."""
    found = client("dynamodb").query(
        TableName="fulfilment",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"DEMAND#{order_id}"}},
    )
    return {item["sk"]["S"]: from_item(item) for item in found["Items"]}


def versions(world: World, order_id: str) -> list[tuple[int, str]]:
    decisions: list[dict[str, Any]] = world.api.get(f"/v1/orders/{order_id}/routing").body["decisions"]
    return [(one["plan_version"], one["trigger"]) for one in decisions]


def test_the_first_plan_of_a_short_order_lies_in_the_row_of_its_demand_which_stays_one_write_unit(world: World) -> None:
    world.stock("MUG", DC=5, S1=5)
    world.say(released("O-1", line("1", "MUG", 1), line("2", "MUG", 1), line("3", "MUG", 1)))
    assert rows("O-1").keys() == {"-"}
    assert item_bytes(to_item(rows("O-1")["-"])) < UNIT_BYTES
    assert versions(world, "O-1") == [(1, "released")]


def test_what_happens_to_the_demand_later_leaves_the_record_of_its_first_plan_as_it_was(world: World) -> None:
    world.stock("MUG", DC=5, S1=5)
    world.say(released("O-1", line("1", "MUG", 2)))
    first = rows("O-1")["-"]["first_plan"]
    world.refuse(world.asked(), world.position("MUG", "S1", 1), world.position("MUG", "DC", 5))
    world.grant(world.asked())
    world.cancel("O-1", "X-1", l1=1)
    assert rows("O-1")["-"]["first_plan"] == first
    assert rows("O-1").keys() == {"-", "PLAN#000002"}
    assert versions(world, "O-1") == [(1, "released"), (2, "refused")]


def test_the_record_of_a_plan_that_would_make_its_demand_dear_to_write_has_a_row_of_its_own(world: World) -> None:
    world.stock("MUG", DC=500, S1=500)
    lines = [line(f"line-of-a-long-name-{number * 7919:x}", "MUG", number + 1) for number in range(60)]
    world.say(released("O-1", *lines))
    stored = rows("O-1")
    assert stored.keys() == {"-", "PLAN#000001"}
    assert len(stored["-"]["body"]) + len(stored["PLAN#000001"]["body"]) > BESIDE_BYTES
    assert versions(world, "O-1") == [(1, "released")]


def test_the_first_plan_is_found_in_the_row_that_earlier_releases_gave_it(world: World) -> None:
    world.stock("MUG", S1=5)
    world.say(released("O-1", line("1", "MUG", 1)))
    kept = rows("O-1")["-"]
    plan = kept.pop("first_plan")
    apart = kept | {"sk": "PLAN#000001", "kind": "decision", "version": 1, "body": plan}
    for item in (kept, apart):
        client("dynamodb").put_item(TableName="fulfilment", Item=to_item(item))
    assert versions(world, "O-1") == [(1, "released")]
    world.grant(world.asked())
    assert world.api.get("/v1/orders/O-1/routing").body["decisions"][0]["trigger"] == "released"
