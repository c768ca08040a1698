"""`throughline geography`: loads where postal districts lie from a file in the format of GeoNames' postal codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from infra.local.http import Api
from infra.local.stack import DEFAULT_DIRECTORY, LocalStack, NotRunning
from shared.geo import postal_district

LATITUDE = 9
"""The column, from 0: country, postal code, place, three times (name, code), latitude, longitude; tab-separated, then
perhaps accuracy."""
AREA_CHARACTERS = 2
LICENCE = "CC BY 4.0"

Districts = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Contents:
    """Districts by country and area. `unplaced`: of the `rows`, those without a point or without a code."""

    areas: dict[tuple[str, str], Districts]
    rows: int
    unplaced: int


class NotLoaded(RuntimeError):
    """The file is none of this format, or the API refused a part of it; the message says why."""


def geography(
    file: Annotated[Path, typer.Argument(help="For instance GB.txt or GB_full.txt of GeoNames' postal codes.")],
    source: Annotated[str, typer.Option(help="Who is to be credited.")] = "GeoNames (geonames.org)",
    licence: Annotated[str, typer.Option(help="Under which the data are used.")] = LICENCE,
    url: Annotated[str | None, typer.Option(help="Of a deployed API; by default the local stack.")] = None,
    token: Annotated[str | None, typer.Option(help="Of role ops, with --url.", envvar="THROUGHLINE_TOKEN")] = None,
    directory: Annotated[Path, typer.Option(help="Where the local stack keeps its state.")] = DEFAULT_DIRECTORY,
) -> None:
    """Load where postal districts lie, credited to its source. Loading again replaces what was loaded before."""
    console = Console(stderr=True, highlight=False)
    try:
        if url is None:
            stack = LocalStack.attach(directory)
            url, token = stack.base_url, stack.token(role="ops")
        with file.open(encoding="utf-8-sig") as lines:
            contents = read(lines)
        count = load(Api(url, token), contents, source=source, licence=licence)
    except (NotRunning, NotLoaded, OSError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    left_out = f" ({contents.unplaced} say no place)" if contents.unplaced else ""
    typer.echo(f"{count} districts of {contents.rows} rows{left_out} loaded, credited to {source} ({licence})")


def load(api: Any, contents: Contents, *, source: str, licence: str) -> int:
    """Put every area of the file; answers how many districts there are. Raises NotLoaded."""
    count = 0
    for (country, area), districts in sorted(contents.areas.items()):
        body = {"source": source, "licence": licence, "districts": districts}
        answer = api.put(f"/v1/routing/geography/{country}/{area}", body)
        if answer.status != 200:
            raise NotLoaded(f"area {country} {area}: {answer.body}")
        count += len(districts)
    return count


def read(lines: Iterable[str]) -> Contents:
    """The middle of each district's postal codes, by country and area. Raises NotLoaded with the number of the line."""
    sums: dict[tuple[str, str], tuple[float, float, int]] = {}
    rows = unplaced = 0
    for country, district, point in _rows(lines):
        rows += 1
        if point is None:
            unplaced += 1
            continue
        lat, lng, count = sums.get((country, district), (0.0, 0.0, 0))
        sums[country, district] = lat + point[0], lng + point[1], count + 1
    found: dict[tuple[str, str], Districts] = defaultdict(dict)
    for (country, district), (lat, lng, count) in sums.items():
        found[country, district[:AREA_CHARACTERS]][district] = {
            "lat": round(lat / count, 4),
            "lng": round(lng / count, 4),
        }
    return Contents(dict(found), rows, unplaced)


def _rows(lines: Iterable[str]) -> Iterator[tuple[str, str, tuple[float, float] | None]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        cells = line.rstrip("\n").split("\t")
        try:
            district, lat, lng = postal_district(cells[0], cells[1]), cells[LATITUDE], cells[LATITUDE + 1]
            point = (float(lat), float(lng)) if lat and lng else None
        except (IndexError, ValueError) as error:
            raise NotLoaded(f"line {number} is not of the format: {line[:80]!r}") from error
        yield cells[0], district, point if district.isalnum() else None
