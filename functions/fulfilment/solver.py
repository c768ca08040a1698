"""HiGHS (https://highs.dev) solves the price job's linear programmes.

It lies in a layer of its own: only that job may call this, and importing this module loads nothing of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from functions.fulfilment.domain.routing.programme import Programme

SECONDS = 30.0
"""For the duals of one programme: the price job has hundreds of them, and goes on without those of one."""


class NotSolved(RuntimeError):
    """The solver found no optimum of a model that always has one: something is wrong with its numbers."""


class TookTooLong(NotSolved):
    """The time for one programme ended first."""


def duals(programme: Programme) -> list[float] | None:
    """The dual of each row: what one more unit on its right-hand side would change the optimum by; None when that takes
    longer than it may. Raises NotSolved."""
    try:
        return optimum(programme)[1]
    except TookTooLong:
        return None


def optimum(programme: Programme) -> tuple[float, list[float]]:
    """The least cost, and the dual of each row. Raises NotSolved, TookTooLong."""
    solver = solved(
        [column.cost for column in programme.columns],
        [column.entries for column in programme.columns],
        programme.lower,
        programme.upper,
        seconds=SECONDS,
    )
    return float(solver.getInfo().objective_function_value), list(solver.getSolution().row_dual)


def solved(
    costs: Sequence[float],
    entries: Sequence[Sequence[tuple[int, float]]],
    lower: Sequence[float],
    upper: Sequence[float],
    *,
    most: Sequence[float] | None = None,
    whole: bool = False,
    seconds: float = inf,
) -> Any:
    """The solver after minimising over columns in 0..`most`; `entries`: (row, coefficient) by column.

    `lower` and `upper` bound the rows; `whole`: every column takes whole numbers only. Raises NotSolved, and
    TookTooLong after so many seconds.
    """
    import highspy  # only here: it and numpy take longer to load than all else together
    import numpy as np

    starts = np.zeros(len(costs) + 1, dtype=np.int32)
    starts[1:] = np.cumsum([len(column) for column in entries])
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(costs), len(lower)
    lp.col_cost_ = np.array(costs, dtype=np.float64)
    lp.col_lower_ = np.zeros(len(costs))
    lp.col_upper_ = np.full(len(costs), highspy.kHighsInf) if most is None else np.array(most, dtype=np.float64)
    lp.row_lower_, lp.row_upper_ = np.array(lower, dtype=np.float64), np.array(upper, dtype=np.float64)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = starts
    lp.a_matrix_.index_ = np.array([row for column in entries for row, _ in column], dtype=np.int32)
    lp.a_matrix_.value_ = np.array([value for column in entries for _, value in column], dtype=np.float64)
    if whole:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(costs)
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]  # the package has no types here
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.5)
    solver.setOptionValue("time_limit", seconds)
    solver.passModel(lp)
    solver.run()
    if solver.getModelStatus() == highspy.HighsModelStatus.kTimeLimit:
        raise TookTooLong
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:  # its presolve is wrong about one model in 2,000
        solver.clearSolver()
        solver.setOptionValue("presolve", "off")
        solver.run()
    status = solver.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise NotSolved(str(status))
    return solver
