"""Prints the figures of identity resolution: `poe bench identity [--seed N | --csv FILE [--mapping FILE]]`."""

from __future__ import annotations

import statistics
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.identity import measuring, probes
from tests.bench.identity.labelled import labelled
from tests.bench.identity.measures import Quality
from tests.bench.identity.population import Population


def print_identity(
    console: Console, csv: Path | None = None, *, mapping: Path | None = None, seed: int = measuring.SEED
) -> None:
    """Quality against exact keys per arrival order, cost per record, and the probes."""
    samples = labelled(csv, mapping) if csv else measuring.generated(seed)
    people = len({sample.person_id for sample in samples})
    table = Table(title=f"Who is who: {len(samples)} records of {people} people ({csv or f'generated, seed {seed}'})")
    for column in ("", "P", "R", "F1", "B3 P", "B3 R", "B3 F1", "clusters", "reviews"):
        table.add_column(column, justify="right" if column else "left")
    table.add_row("five exact keys", *_figures(*measuring.baseline(samples)), "", "")
    runs = [measuring.run(samples, order=order) for order in range(measuring.ORDERS)]
    for order, (one, _) in enumerate(runs):
        table.add_row(
            f"arrival order {order}", *_figures(one.pairwise, one.b_cubed), str(one.clusters), str(one.reviews)
        )
    console.print(table)
    results = [one for one, _ in runs]
    console.print(
        f"F1 mean {statistics.mean(one.pairwise.f1 for one in results):.4f}, "
        f"sd over arrival orders {statistics.pstdev(one.pairwise.f1 for one in results):.4f}; "
        f"precision apart from namesakes of one home {statistics.mean(one.precision_apart for one in results):.4f}; "
        f"rows read per record mean {statistics.mean(one.reads_mean for one in results):.1f}, "
        f"p99 {max(one.reads_p99 for one in results)} (keys asked, absent ones included: "
        f"{statistics.mean(one.asked_mean for one in results):.1f}); "
        f"scorer {statistics.mean(one.score_microseconds for one in results):.0f} µs CPU per candidate, "
        f"{statistics.mean(one.record_milliseconds for one in results):.2f} ms per record"
    )
    if csv is None:
        _print_probes(console, seed)


def _print_probes(console: Console, seed: int) -> None:
    _, memory = measuring.run(measuring.generated(seed), order=0)
    table = Table(title=f"Household probes on top of that, {probes.TRIALS} trials each")
    for column in ("probe", "must", "joined"):
        table.add_column(column, justify="right" if column == "joined" else "left")
    for probe, share in probes.measure(memory, Population(99)):
        table.add_row(probe.name, "join" if probe.must_join else "stay apart", f"{share:.0%}")
    console.print(table)


def _figures(pairwise: Quality, b_cubed: Quality) -> tuple[str, ...]:
    return tuple(f"{value:.4f}" for one in (pairwise, b_cubed) for value in (one.precision, one.recall, one.f1))
