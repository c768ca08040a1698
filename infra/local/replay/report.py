"""What came of a replay, for people and for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

from infra.local.replay.standing import Standing, Tally

NAMED = 20
"""How many orders are named when something is wrong with them."""


@dataclass
class Report:
    """Figures of a replay. `ok` is what the exit code says."""

    tally: Tally
    standings: Counter[Standing]
    stuck: list[str]
    audit: dict[str, Any]
    dead_letters: dict[str, int]
    placed_now: int = 0
    lines_now: int = 0
    placing_seconds: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.stuck and not self.dead_letters and bool(self.audit["ok"])

    @property
    def orders_per_second(self) -> float:
        return self.placed_now / self.placing_seconds if self.placing_seconds else 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "ok": self.ok,
            "orders": self.tally.orders,
            "sourced": self.tally.sourced,
            "shipped": self.tally.shipped,
            "parcels_per_order": round(self.tally.parcels_per_order, 3),
            "units": self.tally.units,
            "unfilled_units": self.tally.unfilled,
            "standings": {standing.value: count for standing, count in sorted(self.standings.items())},
            "stuck": self.stuck,
            "audit": {**self.audit, "violations": self.audit["violations"][:NAMED]},
            "dead_letters": self.dead_letters,
            "orders_per_second": round(self.orders_per_second, 1),
            "seconds": self.steps,
        }


def show(report: Report, console: Console) -> None:
    """The report as a table, and in words what is wrong, if anything."""
    tally = report.tally
    table = Table(title="Replay", show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(justify="right")
    rows = {
        "orders placed": f"{tally.orders:,}",
        "... every unit sourced": f"{tally.sourced:,}",
        "... everything shipped": f"{tally.shipped:,}",
        "parcels per order": f"{tally.parcels_per_order:.3f}",
        "units ordered": f"{tally.units:,}",
        "units unfilled": f"{tally.unfilled:,}",
        "placing": f"{report.orders_per_second:.1f} orders/s ({report.lines_now:,} lines)"
        if report.placed_now
        else "-",
        "audit": f"{'ok' if report.audit['ok'] else 'NOT OK'} ({report.audit['checked']:,} positions)",
        "dead letters": str(sum(report.dead_letters.values())),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    for standing, count in report.standings.most_common():
        table.add_row(f"now: {standing.value}", f"{count:,}")
    console.print(table)
    console.print("  ".join(f"{step} {seconds:.1f} s" for step, seconds in report.steps.items()), style="dim")
    for line in _wrong(report):
        console.print(line, style="red", markup=False)


def _wrong(report: Report) -> list[str]:
    lines = [f"still moving by itself: order {order_id}" for order_id in report.stuck[:NAMED]]
    lines += [f"audit: {violation}" for violation in report.audit["violations"][:NAMED]]
    return lines + [f"dead letters in {queue}: {count}" for queue, count in report.dead_letters.items()]
