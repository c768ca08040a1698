"""A round through a queue: whoever waits for news of a subject is looked at, the oldest first, a few at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Round:
    """How far it is: `after` names the last one who was looked at. `again`: news has come meanwhile, so that another
    round follows. `version` counts its stored changes; each of them but the end tells the next step."""

    subject: str
    trigger: str = ""
    after: str = ""
    again: bool = False
    over: bool = True
    version: int = 0


def begun(known: Round, trigger: str, *, after: str = "") -> Round | None:
    """A round because of this news, behind `after`; one that is under way is followed by another, so that news without
    end never keeps the last in the queue from being looked at. None: that is so already."""
    if known.over:
        return replace(known, trigger=trigger, after=after, again=False, over=False)
    return None if known.again else replace(known, again=True)


def advanced(known: Round, after: str | None) -> Round:
    """The round behind `after`; None: everybody was looked at."""
    if after is not None:
        return replace(known, after=after)
    return replace(known, after="", again=False, over=not known.again)
