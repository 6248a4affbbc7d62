"""Findings of an analysis as functions of its effects: many sets of effects at once.

Where inputs move within their rounding, it is asked how one number moves. For the numbers of
the pooled result and of a meta-regression all sets are computed together; any other finding is
computed set by set, by the same code that the plan runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.effects import Effects
from analysis.errors import MethodError, TemplateError
from analysis.findings import AnalysisFinding, EffectRow, value_below
from analysis.many import ManyDesigns, ManyStudies
from analysis.moderators import Regression
from analysis.quantiles import chi2_upper, f_upper
from analysis.records import AnalysisPlan
from analysis.refits import quantities
from analysis.rounding import Answer, Answers, FloatArray
from analysis.synthesis import printed_all
from analysis.tau2 import estimate_tau2

POOLED = frozenset(
    ("mu", "se", "statistic", "pval", "ci_lb", "ci_ub", "pi_lb", "pi_ub", "tau2", "i2", "i2_q",
     "h2", "qe", "qe_pval")
)  # fmt: skip
PRINTED = {"est": "mu", "est_lb": "ci_lb", "est_ub": "ci_ub", "pi_est_lb": "pi_lb",
           "pi_est_ub": "pi_ub", "reduction": "mu"}  # fmt: skip


def of_pool(plan: AnalysisPlan, measure: str, name: str) -> Answer | None:
    """Return a number of the pooled result; None for one that needs the whole synthesis."""
    together = of_pools(plan, measure, (name,))
    return None if together is None else lambda yi, vi: together(yi, vi)[0]


def of_pools(plan: AnalysisPlan, measure: str, names: Sequence[str]) -> Answers | None:
    """Return numbers of the pooled result, which one fit gives; None as `of_pool`."""
    sources = [PRINTED.get(name, name) for name in names]
    if plan.pooling != "inverse_variance" or not POOLED.issuperset(sources):
        return None

    def number(name: str, found: NDArray[Any]) -> FloatArray:
        if name not in PRINTED:
            return found
        printed = printed_all(found, measure)
        return 100.0 * (1.0 - printed) if name == "reduction" else printed

    def answers(yi: FloatArray, vi: FloatArray) -> FloatArray:
        found = quantities(
            ManyStudies(yi, vi), plan.method, plan.test, float(plan.level), plan.prediction
        )
        values = np.empty((len(names), len(yi)))
        for row, name, source in zip(values, names, sources, strict=True):
            row[:] = number(name, np.asarray(found[source], dtype=np.float64))
        return values

    return answers


def of_regression(found: Regression, kept: NDArray[np.bool_], name: str) -> Answer | None:
    """Return the test of all moderators of a regression; None for another number of it.

    Parameters
    ----------
    found : the regression as fitted, whose model matrix and method are kept.
    kept : which studies it uses.
    """
    if name not in ("qm", "qm_pval"):
        return None
    x, m, df = np.array(found.design), found.qm_df, found.qm_df2

    def answer(yi: FloatArray, vi: FloatArray) -> FloatArray:
        problem = ManyDesigns(x, yi[:, kept], vi[:, kept])
        tau2 = estimate_tau2(problem, found.method)
        b, vcov = problem.fit(tau2)
        rest = b[:, 1:, None]
        qm = (rest.swapaxes(-1, -2) @ np.linalg.solve(vcov[:, 1:, 1:], rest))[:, 0, 0]
        if df is None:
            return np.asarray(qm if name == "qm" else chi2_upper(qm, m))
        # Knapp & Hartung: residual variance on k - p degrees of freedom, adhoc never below 1.
        s2 = problem.at(tau2).q / df
        qm = qm / m / (np.maximum(s2, 1.0) if found.test == "adhoc" else s2)
        return np.asarray(qm if name == "qm" else f_upper(qm, m, df))

    return answer


def of_finding(
    run: Callable[[Effects, tuple[EffectRow, ...]], AnalysisFinding],
    effects: Effects,
    rows: tuple[EffectRow, ...],
    path: str,
) -> Answer:
    """Return any finding of an analysis, computed in full for one set after the other."""

    def one(yi: FloatArray, vi: FloatArray) -> float:
        moved = tuple(
            replace(row, yi=float(y), vi=float(v)) for row, y, v in zip(rows, yi, vi, strict=True)
        )
        try:
            finding = run(Effects(effects.slab, yi, vi, effects.measure), moved)
            value: Any = value_below(finding, path)
        except (MethodError, TemplateError):
            return np.nan
        return np.nan if value is None else float(value)

    def answer(yi: FloatArray, vi: FloatArray) -> FloatArray:
        return np.array([one(y, v) for y, v in zip(yi, vi, strict=True)])

    return answer
