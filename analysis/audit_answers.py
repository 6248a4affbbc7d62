"""Findings as functions of effects and variances, for the ranges that rounding allows.

The search for a range asks for one number at many settings of the inputs. What a whole finding
holds beside it (intervals of tau², weights, predictions) is left out where the number can be had
alone; any other finding is computed in full.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.designs import Design
from analysis.effects import Effects, is_ratio
from analysis.errors import MethodError, TemplateError
from analysis.findings import AnalysisFinding, EffectRow
from analysis.items import children
from analysis.heterogeneity import estimate_tau2
from analysis.moderators import Regression
from analysis.quantiles import chi2_upper, f_upper
from analysis.records import AnalysisPlan
from analysis.rounding import Answer, FloatArray
from analysis.sums import Studies
from analysis.synthesis import estimates

POOLED = ("mu", "se", "statistic", "pval", "ci_lb", "ci_ub", "pi_lb", "pi_ub", "tau2")
PRINTED = {
    "est": "mu",
    "est_lb": "ci_lb",
    "est_ub": "ci_ub",
    "pi_est_lb": "pi_lb",
    "pi_est_ub": "pi_ub",
    "reduction": "mu",
}
OF_Q = ("qe", "qe_pval", "i2_q")


def of_pool(plan: AnalysisPlan, measure: str, name: str) -> Answer | None:
    """Return a number of the pooled result; None for one that needs the whole synthesis."""
    if name in OF_Q:
        return _each(lambda y, v: _of_q(y, v, name))
    if name in ("i2", "h2"):
        return _each(lambda y, v: _of_tau2(y, v, plan, name))
    source = PRINTED.get(name, name)
    if source not in POOLED:
        return None
    level = float(plan.level)

    def one(y: FloatArray, v: FloatArray) -> float:
        found = estimates(Studies(y, v), plan.method, plan.test, level, plan.prediction)
        return float(getattr(found, source))

    def printed(y: FloatArray, v: FloatArray) -> float:
        ratio = float(np.exp(one(y, v))) if is_ratio(measure) else one(y, v)
        return 100 * (1 - ratio) if name == "reduction" else ratio

    return _each(printed if name in PRINTED else one)


def of_regression(found: Regression, kept: NDArray[np.bool_], name: str) -> Answer | None:
    """Return the omnibus test of a regression; None for another number of it.

    Parameters
    ----------
    found : the regression as fitted, whose model matrix and method are kept.
    kept : which studies it uses.
    """
    if name not in ("qm", "qm_pval"):
        return None
    x = np.array(found.design)
    m, df = found.qm_df, found.qm_df2

    def one(y: FloatArray, v: FloatArray) -> float:
        design = Design(x, y[kept], v[kept])
        fit = design.fit(float(estimate_tau2(design, found.method)))
        scale = 1.0
        if df is not None:
            # Knapp & Hartung: residual variance on k - p degrees of freedom, adhoc never below 1.
            s2 = float(fit.sums.q) / (design.k - design.p)
            scale = max(s2, 1.0) if found.test == "adhoc" else s2
        vcov = fit.unscaled[1:, 1:] * scale
        qm = float(fit.b[1:] @ np.linalg.solve(vcov, fit.b[1:]))
        if df is not None:
            qm /= m
        if name == "qm":
            return qm
        return float(chi2_upper(qm, m) if df is None else f_upper(qm, m, df))

    return _each(one)


def of_finding(
    run: Callable[[Effects, tuple[EffectRow, ...]], AnalysisFinding],
    effects: Effects,
    rows: tuple[EffectRow, ...],
    path: str,
) -> Answer:
    """Return any finding of an analysis, computed in full at each setting."""

    def one(y: FloatArray, v: FloatArray) -> float:
        moved = tuple(
            replace(row, yi=float(a), vi=float(b)) for row, a, b in zip(rows, y, v, strict=True)
        )
        try:
            here: object = run(Effects(effects.slab, y, v, effects.measure), moved)
            for part in path.split("."):
                here = children(here)[part]
        except (MethodError, TemplateError, KeyError):
            return float("nan")
        return float(here) if isinstance(here, int | float) else float("nan")

    return _each(one)


def _each(one: Callable[[FloatArray, FloatArray], float]) -> Answer:
    def every(yi: FloatArray, vi: FloatArray) -> FloatArray:
        return np.array([one(y, v) for y, v in zip(yi, vi, strict=True)])

    return every


def _of_q(y: FloatArray, v: FloatArray, name: str) -> float:
    q, df = float(Studies(y, v).at(0.0).q), len(y) - 1
    if name == "qe":
        return q
    if name == "qe_pval":
        return float(chi2_upper(q, df))
    return max(0.0, 100 * (q - df) / q) if q > 0 else 0.0


def _of_tau2(y: FloatArray, v: FloatArray, plan: AnalysisPlan, name: str) -> float:
    """Return I² or H² from tau² and the typical sampling variance (Higgins & Thompson 2002)."""
    w = 1.0 / v
    k = len(y)
    if k < 2 or plan.method == "EE":
        q = _of_q(y, v, "qe")
        h2 = max(1.0, q / (k - 1)) if k > 1 else 1.0
        return h2 if name == "h2" else 100 * (h2 - 1) / h2
    typical = (k - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum())
    tau2 = float(estimate_tau2(Studies(y, v), plan.method))
    return tau2 / typical + 1 if name == "h2" else 100 * tau2 / (tau2 + typical)
