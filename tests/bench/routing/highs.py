"""HiGHS solves the linear models; a development tool only, nothing of it runs inside a function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import highspy
import numpy as np

from functions.fulfilment.domain.routing.fluid import FluidModel


def duals(model: FluidModel) -> tuple[float, list[float]]:
    """The optimum, and the dual of each row: what one more unit on its right-hand side would change it by."""
    equal = [*model.demand]
    solver = solved(
        [column.cost for column in model.columns],
        [[(row, 1.0) for row in column.rows] for column in model.columns],
        [-highspy.kHighsInf] * len(model.stock) + equal,
        [*model.stock, *equal],
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
) -> Any:
    """The solver after minimising over columns in 0..`most`; `entries`: (row, coefficient) by column.

    `lower` and `upper` bound the rows; `whole`: every column takes whole numbers only.
    """
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
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.5)
    solver.passModel(lp)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:  # its presolve is wrong about one model in 2,000
        solver.clearSolver()
        solver.setOptionValue("presolve", "off")
        solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal, solver.getModelStatus()
    return solver
