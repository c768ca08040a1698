"""What came of the morning, readable: orders, stock, routing, one shopper's timeline, the audit."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from infra.local.demo.floor import Floor, Order, Placed, must
from infra.local.demo.orders import ANN_EMAIL
from infra.local.demo.retailer import ITEMS, STOCK
from infra.local.patience import until

CHANNELS = ("web", "app", "pos", "call_centre", "marketplace")
ANNS_CHANNELS = {"web", "app", "pos"}
COUNTERS = ("on_hand", "allocated", "available")


@dataclass(frozen=True)
class Summary:
    """Everything that is shown at the end; taken over the public API."""

    orders: tuple[tuple[Placed, Order, str], ...]
    """Each order of the morning with why it was routed as it was."""
    stock: dict[str, dict[str, int]]
    timeline: tuple[dict[str, Any], ...]
    loyalty: str
    """What the shopper of the timeline has spent and earned."""
    audit: dict[str, Any]
    dead_letters: int


def summarise(floor: Floor) -> Summary:
    """Look at everything once all is quiet. Raises WentWrong when the books are not right, or anything was lost."""
    floor.stack.wait_quiet()
    orders = tuple((placed, floor.order({"order_id": placed.order_id}), _why(floor, placed)) for placed in floor.placed)
    audit = until(
        lambda: dict(floor.ops.get("/v1/inventory/audit")), lambda now: not now["pending"], what="an audit at rest"
    )
    must(bool(audit["ok"]), f"the audit found {audit['violations']}")
    dead = sum(len(messages) for messages in floor.stack.dead_letters().values())
    must(not dead, f"{dead} messages ended in dead-letter queues")
    stock = {item.sku: _stock(floor, item.sku) for item in ITEMS}
    return Summary(orders, stock, _timeline(floor), _loyalty(floor), audit, dead)


def show(summary: Summary, console: Console) -> None:
    """Print it."""
    console.print(_by_channel(summary))
    _show_orders(summary, console)
    console.print(_stock_table(summary))
    console.print(_timeline_table(summary))
    console.print(f"Ann: {summary.loyalty}")
    positions = summary.audit["checked"]
    console.print(f"Audit: ok, {positions} positions checked, nothing in any dead-letter queue.", style="bold green")


def _stock(floor: Floor, sku: str) -> dict[str, int]:
    positions = floor.ops.get(f"/v1/inventory/{sku}")["positions"]
    return {counter: sum(int(one[counter]) for one in positions) for counter in COUNTERS}


def _ann(floor: Floor) -> str:
    found = floor.ops.get("/v1/customers", {"email": ANN_EMAIL})["items"]
    must(len(found) == 1, "Ann is not known")
    return str(found[0]["customer_id"])


def _loyalty(floor: Floor) -> str:
    """What Ann's orders came to, and what they earned: one point a pound of what left."""
    path = f"/v1/customers/{_ann(floor)}"
    figures, points = floor.ops.get(f"{path}/figures"), floor.ops.get(f"{path}/loyalty")
    spent = sum(one["spend"]["amount"] - one["returned"]["amount"] for one in figures["channels"])
    earned = points["earned"] - points["reversed"]
    must(spent > 0 and 0 <= spent // 100 - earned < figures["orders"], f"{earned} points for {spent} pence")
    used = ", ".join(figures["channels_used"])
    return f"{figures['orders']} orders over {used}; {pounds(spent)} kept, {points['balance']} points"


def _timeline(floor: Floor) -> tuple[dict[str, Any], ...]:
    entries = floor.ops.pages(f"/v1/customers/{_ann(floor)}/timeline")
    channels = {entry["channel"] for entry in entries}
    must(channels == ANNS_CHANNELS, f"Ann's timeline tells of {sorted(channels)} only")
    return tuple(reversed(entries))


def _why(floor: Floor, placed: Placed) -> str:
    """One line of money: what the plan that stands costs, and what the next best rule would have cost."""
    answer = floor.ops.call("GET", f"/v1/orders/{placed.order_id}/routing", expect=(200, 404))
    decisions = answer.body["decisions"] if answer.ok else []
    planned = [decision for decision in decisions if decision["assignments"]]
    if not planned:
        return decisions[-1]["unfilled"][0]["outcome"] if decisions else "nothing to route"
    decision = planned[-1]
    places = " + ".join(dict.fromkeys(one["location_id"] for one in decision["assignments"]))
    if decision["cost"] is None:
        return f"{places}: where the shopper collects"
    proof = "proven cheapest" if decision["proven_optimal"] else "best found"
    labels = " + ".join(pounds(one["postage"]) for one in decision["parcels"] if one["postage"] is not None)
    card = f"; by the rate card {labels} of postage" if labels else ""
    return f"{places}: {_cost(decision['cost'])}, {proof}{_instead(decision['alternatives'])}{card}"


def _cost(cost: dict[str, Any]) -> str:
    terms: Counter[str] = Counter()
    for term in cost["terms"]:
        terms[term["term"]] += term["amount"]
    return (
        f"{pounds(cost['total'])} ({', '.join(f'{name} {pounds(amount)}' for name, amount in terms.items() if amount)})"
    )


def _instead(alternatives: list[dict[str, Any]]) -> str:
    worse = [one for one in alternatives if one["difference"] > 0]
    if not worse:
        return ""
    best = min(worse, key=lambda one: int(one["difference"]))
    rule = f"{best['kind'].replace('_', ' ')} ({' + '.join(best['location_ids'])})"
    if best["unfilled_units"]:
        return f"; {rule} lacks {best['unfilled_units']}"
    return f"; {rule} +{pounds(best['difference'])}"


def pounds(minor: int) -> str:
    return f"£{minor / 100:,.2f}"


def outcome(order: Order) -> str:
    """How an order ended, in one word or two."""
    return next(iter(order["flags"]), None) or (
        f"HELD {order['holds'][0]['type']}" if order["holds"] else order["status"]
    )


def _by_channel(summary: Summary) -> Table:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for placed, order, _ in summary.orders:
        counts[placed.channel][outcome(order)] += 1
    outcomes = sorted({name for counter in counts.values() for name in counter})
    table = Table(title="Orders by channel and outcome", title_justify="left")
    table.add_column("channel")
    for name in outcomes:
        table.add_column(name, justify="right")
    for channel in CHANNELS:
        table.add_row(channel, *(str(counts[channel][name] or "·") for name in outcomes))
    return table


def _show_orders(summary: Summary, console: Console) -> None:
    console.print("[italic]Why each order went where it went[/italic]")
    for placed, order, why in summary.orders:
        total = pounds(order["totals"]["total"]["amount"])
        told = f"{placed.story}: {outcome(order)}, {total} {order['payment_status']}"
        console.print(f"  [bold]{placed.number}[/bold]  {told}\n          [dim]{why}[/dim]", soft_wrap=True)


def _stock_table(summary: Summary) -> Table:
    table = Table(title="Stock over all locations", title_justify="left")
    table.add_column("item")
    for heading in ("opening", "on hand now", "allocated", "available"):
        table.add_column(heading, justify="right")
    for item in ITEMS:
        now = summary.stock[item.sku]
        opening = sum(lines.get(item.sku, 0) for lines in STOCK.values())
        table.add_row(item.name, str(opening), *(str(now[counter]) for counter in COUNTERS))
    return table


def _timeline_table(summary: Summary) -> Table:
    numbers = {placed.order_id: placed.number for placed, _, _ in summary.orders}
    table = Table(title="Ann Lee over three channels, one timeline", title_justify="left")
    for heading in ("at", "channel", "order", "what"):
        table.add_column(heading)
    for entry in summary.timeline:
        table.add_row(entry["at"][11:19], entry["channel"], numbers[entry["order_id"]], entry["summary"])
    return table
