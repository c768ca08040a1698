"""The page of a fulfilment order's states is drawn from the one table."""

from __future__ import annotations

from functions.fulfilment.domain.states import HOLDABLE, TRANSITIONS, Status
from tests.support.generated import ROOT, must_be_current

INTRODUCTION = """# The states of a fulfilment order

Drawn from the one table (`functions/fulfilment/domain/states.py`); every other step is refused with 409
`transition_not_allowed`. Steps of one method only (shipped, ready, arrived, handed over) and goods that travel to a
store are told apart beside the table (`may_become`). Three steps lead back: who lets go of what they pick (`release`),
unpacking (`unpack`), and a guest's leaving (`leave`, or a hand-over of a part).

A hold of the order that bars its work (ROUTE, RELEASE or SHIP) brings it ON_HOLD from: {held}.
Every step is then refused with 409 `on_hold`, which names the holds. Once the last is lifted, the work goes on where
it was. Meanwhile it may be cancelled: before anybody has begun to pick by quantity (CANCELLED); after that only as a
whole, and its goods are for sale again once they are back on their shelf (TO_RESHELVE, then RESHELVED). Without a hold
work in hand is not cancelled.

```mermaid
stateDiagram-v2
{edges}
```
"""


def test_the_page_of_states_is_current() -> None:
    aside = {Status.ON_HOLD}
    edges = [
        f"  {state} --> {to}"
        for state in Status
        for to in Status
        if to in TRANSITIONS[state] and not {state, to} & aside
    ]
    starts = ["  [*] --> SCHEDULED", "  [*] --> OPEN"]
    ends = [f"  {state} --> [*]" for state in Status if not TRANSITIONS[state]]
    held = ", ".join(state for state in Status if state in HOLDABLE)
    text = INTRODUCTION.format(held=held, edges="\n".join([*starts, *edges, *ends]))
    must_be_current(ROOT / "docs/store-work.md", text)
