"""What rows of a bulk import mean: where items lie at the places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from functions.fulfilment.import_schemas import BinRow
from functions.fulfilment.repository.waves import WaveRepository, bin_action
from shared.imports.worker import Applied, Numbered


@dataclass(frozen=True)
class BinImport:
    """The use case of the import worker, which commits the writes of its step with its mark."""

    waves: WaveRepository

    def bins(self, rows: Sequence[Numbered[BinRow]]) -> Applied:
        """Items lie where the rows say; what is not named stays as it is. As by the single call, places and items that
        are not known yet are taken: nothing is picked there before they are."""
        known = self.waves.bins_of((one.row.location_id, one.row.sku) for one in rows)
        applied = Applied()
        for one in rows:
            row = one.row
            if known.get((row.location_id, row.sku)) == row.bin:
                applied.unchanged += 1
                continue
            applied.changed += 1
            applied.actions.append(bin_action(row.location_id, row.sku, row.bin, cause=one.cause))
        return applied
