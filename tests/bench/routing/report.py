"""The routing figures as tables: rules against each other over simulated weeks, and the replay of real baskets."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean

from rich.console import Console
from rich.table import Table

from tests.bench.routing import replay
from tests.bench.routing.bound import Hindsight, lower_bound
from tests.bench.routing.pricing import ClosedForm, NoPrices, TransportPrices
from tests.bench.routing.published import ratios
from tests.bench.routing.rules import Exact, FewestSplits, Ranked, Rule
from tests.bench.routing.week import Outcome, play
from tests.bench.routing.world import make

SEEDS = (1, 2, 3)
BOUND_STEPS = 1500
FAILING = 0.07
EXCERPT = Path(__file__).parents[3] / "infra" / "local" / "data" / "online-retail-300.jsonl.gz"

RULES: dict[str, Callable[[float], Rule]] = {
    "nearest": lambda _: Ranked(dc_first=False),
    "fewest splits": lambda _: FewestSplits(),
    "DC first": lambda _: Ranked(dc_first=True),
    "exact, myopic": lambda failing: Exact(NoPrices(), failing=failing),
    "exact + closed form": lambda failing: Exact(ClosedForm(), failing=failing),
    "exact + all, forecast fixed": lambda failing: Exact(TransportPrices(learn=False), failing=failing),
    "exact + all prices": lambda failing: Exact(TransportPrices(), failing=failing),
}
COLUMNS = ("cost", "shipping", "lost sales", "vs nearest", "vs fewest", "of the gap", "parcels", "fill", "all served")
KNOWN = "exact + all, true rates known"
"""What is left of the gap for a forecast without any error: the rest is chance, and what prices cannot say."""
PUBLISHED_SEEDS = tuple(range(1, 7))


def weeks(console: Console, seeds: Sequence[int] = SEEDS) -> None:
    """20 and 50 nodes; a poor forecast; stores that do not find what they should pick."""
    for nodes, log_sd, failing in ((20, 0.5, 0.0), (50, 0.5, 0.0), (20, 1.0, 0.0), (20, 0.5, FAILING)):
        _weeks(console, seeds, nodes=nodes, log_sd=log_sd, failing=failing)


def _weeks(console: Console, seeds: Sequence[int], *, nodes: int, log_sd: float, failing: float) -> None:
    began = time.perf_counter()
    found: dict[str, list[Outcome]] = {name: [] for name in RULES}
    bounds: list[Hindsight] = []
    for seed in seeds:
        week = make(seed, nodes=nodes, log_sd=log_sd)
        for name, rule in RULES.items():
            found[name].append(play(week, rule(failing), failing=failing))
        known = replace(week, forecast=week.items, log_sd=0.0)
        found.setdefault(KNOWN, []).append(play(known, Exact(TransportPrices(), failing=failing), failing=failing))
        bounds.append(lower_bound(week, upper=min(rows[-1].cost for rows in found.values()), steps=BOUND_STEPS))
    table = Table(
        title=f"A week, {nodes} nodes, forecast log-sd {log_sd}, failed picks {failing:.0%}; "
        f"means of seeds {', '.join(map(str, seeds))}; {time.perf_counter() - began:.0f} s"
    )
    table.add_column("rule")
    for column in (
        "cost",
        "shipping",
        "lost sales",
        "vs nearest",
        "vs fewest",
        "of the gap",
        "parcels",
        "fill",
        "served",
    ):
        table.add_column(column, justify="right")
    for name, rows in found.items():
        table.add_row(name, *_figures(rows, found, bounds))
    table.add_row("with hindsight at best", *_hindsight(bounds, found))
    console.print(table)


def _hindsight(bounds: list[Hindsight], found: dict[str, list[Outcome]]) -> list[str]:
    def against(other: str) -> str:
        return f"{mean(bound.cost / row.cost - 1 for bound, row in zip(bounds, found[other], strict=True)):+.1%}"

    cost, fill = (mean(figures) for figures in zip(*((bound.cost, bound.fill) for bound in bounds), strict=True))
    return [f"{cost / 100:,.0f}", "", "", against("nearest"), against("fewest splits"), "100%", "", f"{fill:.2%}", ""]


def _figures(rows: list[Outcome], found: dict[str, list[Outcome]], bounds: list[Hindsight]) -> list[str]:
    def against(other: str) -> str:
        return f"{mean(a.cost / b.cost - 1 for a, b in zip(rows, found[other], strict=True)):+.1%}"

    closed = mean(
        (myopic.cost - ours.cost) / (myopic.cost - bound.cost)
        for ours, myopic, bound in zip(rows, found["exact, myopic"], bounds, strict=True)
    )
    return [
        f"{mean(row.cost for row in rows) / 100:,.0f}",
        f"{mean(row.shipping for row in rows) / 100:,.0f}",
        f"{mean(row.unfilled + row.lost_walk_ins for row in rows) / 100:,.0f}",
        against("nearest"),
        against("fewest splits"),
        f"{closed:.0%}",
        f"{mean(row.parcels_per_order for row in rows):.3f}",
        f"{mean(row.fill for row in rows):.2%}",
        f"{mean(row.served for row in rows):.2%}",
    ]


def published(console: Console, seeds: Sequence[int] = PUBLISHED_SEEDS) -> None:
    """Cost over the linear programme's on the instances of the literature."""
    began = time.perf_counter()
    found = ratios(seeds)
    table = Table(
        title=f"Jasin and Sinha's instances, {len(seeds)} of them; aim 1.035; {time.perf_counter() - began:.0f} s"
    )
    table.add_column("rule")
    table.add_column("cost / LP", justify="right")
    for name, ratio in found.items():
        table.add_row(name, f"{ratio:.3f}")
    console.print(table)


def baskets(console: Console, path: Path = EXCERPT, limit: int = 1_000_000) -> None:
    """Parcels per order on real baskets, in process against the domain."""
    table = Table(title=f"Replay of {path.name}, in process")
    for column in ("rule", "orders", "parcels/order", "label cost/order", "unfilled units", "seconds"):
        table.add_column(column, justify="left" if column == "rule" else "right")
    rules: dict[str, replay.Rule] = {
        "nearest per line": replay.nearest,
        "fewest parcels, greedy": replay.greedy,
        "exact, no prices": replay.exact(priced=False),
        "exact + price of breadth": replay.exact(priced=True),
        "exact + breadth as posted": replay.exact(priced=True, posted=True),
    }
    for name, rule in rules.items():
        began = time.perf_counter()
        tally = replay.play(path, rule, limit=limit)
        table.add_row(
            name,
            f"{tally.orders:,}",
            f"{tally.parcels_per_order:.3f}",
            f"{tally.labels / max(1, tally.orders) / 100:.2f}",
            f"{tally.unfilled:,}",
            f"{time.perf_counter() - began:.0f}",
        )
    console.print(table)
