"""The scheduled audit: the whole estate, one part per run."""

from __future__ import annotations

from dataclasses import dataclass, replace

from functions.inventory.repository.audits import Audits, Progress
from functions.inventory.service.audit import AuditService, Report
from shared.cause import Cause
from shared.dynamo.retry import LostRace

BUDGET_SECONDS = 40.0
"""Of the minute that the function has: the batch under way and what was wrong before must fit into the rest."""
WATCHED_ITEMS = 25


@dataclass(frozen=True)
class EstateAudit:
    """Goes on where the last run ended, and looks again at what was wrong then, so that the alarm stays until it is
    cured, however long a round over the estate takes."""

    audit: AuditService
    audits: Audits

    def run(self, cause: Cause) -> Report:
        """Audit the next part; answers what this run found."""
        before = self.audits.progress()
        report = self.audit.everything(before.cursor, budget_seconds=BUDGET_SECONDS)
        seen = {violation.sku for violation in report.violations}
        again = self.audit.items([sku for sku in before.wrong if sku not in seen])
        found = Report(
            report.checked + again.checked,
            report.pending + again.pending,
            [*report.violations, *again.violations],
            report.next_cursor,
        )
        wrong = tuple(sorted({violation.sku for violation in found.violations}))[:WATCHED_ITEMS]
        after = replace(before, cursor=report.next_cursor, wrong=wrong)
        if after != before:
            self._advance(after, cause)
        return found

    def _advance(self, after: Progress, cause: Cause) -> None:
        try:
            self.audits.advance(after, cause)
        except LostRace:
            return  # another run went on from here: this part is looked at twice
