"""What goes wrong with some of many things, while the others are done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import Busy
from shared.observability import logger


class Failures:
    """Of one run through many things: one that is broken must not keep those behind it from being looked at, run after
    run. Call `end` when all are done. `busy`: rivals held some, which is no failure: the next run looks again."""

    def __init__(self) -> None:
        self._known: list[Exception] = []
        self.busy = False

    @property
    def none(self) -> bool:
        """Whether everything was done."""
        return not self._known and not self.busy

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Within: whatever is raised is logged with the name, and kept for the end."""
        try:
            yield
        except Busy:
            self.busy = True
        except Exception as error:  # noqa: BLE001 - whatever it is: the others are due as well, and it is raised at the end
            logger().exception("not done", of=name, error=type(error).__name__)
            self._known.append(error)

    def end(self) -> None:
        """Raises ExceptionGroup where anything went wrong, so that somebody hears of it."""
        if self._known:
            raise ExceptionGroup("not everything could be done", self._known)
