"""Shelf positions by bulk import: pick lists follow them, whoever says where items lie."""

from __future__ import annotations

import json

from tests.component.fulfilment.world import World
from tests.support.gateway import Gateway, associate
from tests.support.imports import Imports, csv_of


def imports(world: World) -> Imports:
    return Imports(world.api, service="fulfilment", path="/v1/bin-imports")


def bins(world: World, location_id: str = "S1") -> dict[str, str]:
    answer = world.api.get(f"/v1/worklists/{location_id}/bins")
    return {one["sku"]: one["bin"] for one in answer.body["items"]}


def test_bins_of_several_places_come_in_by_one_file_and_the_same_again_changes_nothing(world: World) -> None:
    file = csv_of("location_id,sku,bin", ["S1,MUG,A-10", "S1,LAMP, A-2 ", "S2,MUG,C1"])
    one = imports(world)
    done = one.run("B-1", "bins", file)
    assert (done["status"], done["rows"]["changed"], done["rows"]["rejected"]) == ("COMPLETED", 3, 0)
    assert bins(world) == {"MUG": "A-10", "LAMP": "A-2"}
    assert bins(world, "S2") == {"MUG": "C1"}
    again = one.run("B-2", "bins", file)
    assert (again["rows"]["unchanged"], again["rows"]["changed"]) == (3, 0)


def test_the_later_row_wins_null_clears_and_a_bad_row_stops_nothing(world: World) -> None:
    one = imports(world)
    one.run("B-1", "bins", csv_of("location_id,sku,bin", ["S1,MUG,A1", "S1,LAMP,A2", "S1,MUG,B1", "S1,VASE,", "S1"]))
    assert bins(world) == {"MUG": "B1", "LAMP": "A2"}
    first, second = one.look("B-1")["rejected"]
    assert (first["line"], second["line"]) == (5, 6)
    assert "bin" in first["reason"]
    rows = [{"location_id": "S1", "sku": "LAMP", "bin": None}, {"location_id": "S1", "sku": "MUG", "bin": "x" * 33}]
    done = one.run("B-2", "bins", "\n".join(map(json.dumps, rows)), format_="jsonl")
    assert (done["rows"]["changed"], done["rows"]["rejected"]) == (1, 1)
    assert bins(world) == {"MUG": "B1"}


def test_a_file_without_bins_is_refused_as_a_whole_and_only_ops_import(world: World) -> None:
    done = imports(world).run("B-1", "bins", csv_of("location_id,sku", ["S1,MUG"]))
    assert (done["status"], "bin" in done["failure"]) == ("FAILED", True)
    body = {"import_id": "B-3", "kind": "bins", "format": "csv"}
    assert Gateway(associate("S1")).post("/v1/bin-imports", body).status == 403
    assert world.api.post("/v1/bin-imports", {**body, "kind": "orders"}).status == 422
