"""Cochran's Q, I², H², and the Q-profile intervals of tau², I² and H².

The estimators of tau² stand in `analysis.tau2`. Agrees with metafor::rma and confint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.quantiles import check_level, chi2_quantile_upper, chi2_upper
from analysis.sums import Problem, Studies
from analysis.tau2 import (
    METHODS,
    Method,
    check_method,
    estimate_tau2,
    solve_q,
    standard_error_tau2,
)

__all__ = [
    "METHODS",
    "Heterogeneity",
    "Method",
    "check_method",
    "estimate_tau2",
    "heterogeneity",
    "measure_heterogeneity",
    "q_profile",
    "standard_error_tau2",
]


def q_profile(problem: Problem, level: float) -> tuple[Any, Any]:
    """Return the Q-profile interval of tau²: Q(lb), Q(ub) at the chi-squared quantiles.

    k > p. (0, 0) where even Q(0) lies below the lower quantile: the set is then empty, and metafor
    prints the same. Viechtbauer (2007); agrees with metafor::confint.
    """
    df = np.asarray(problem.k) - problem.p
    tail = (1 - level) / 2
    lb = solve_q(problem, chi2_quantile_upper(tail, df))
    # Q(lb) is the upper quantile, or Q(0): the way up to the other bound may start there.
    return lb, solve_q(problem, chi2_quantile_upper(1 - tail, df), start=lb)


@dataclass(frozen=True)
class Heterogeneity:
    """How much the studies differ beyond chance.

    tau2, its standard error and bounds are in units of yi squared; i2 is percent of the total
    variance, from tau² and the typical sampling variance (k - p) / tr P (metafor's convention;
    the two agree for DL); i2_q is 100 (Q - df) / Q, at least 0 (Higgins & Thompson 2002). For
    EE, i2 and h2 are from Q too. One study: Q = 0 on 0 degrees of freedom, P = 1, I² = 0, H² = 1.
    """

    method: Method
    k: int
    level: float
    tau2: float
    se_tau2: float | None
    tau2_lb: float | None
    tau2_ub: float | None
    i2: float
    i2_lb: float | None
    i2_ub: float | None
    i2_q: float
    h2: float
    h2_lb: float | None
    h2_ub: float | None
    qe: float
    qe_df: int
    qe_pval: float


def heterogeneity(effects: Effects, method: Method = "REML", level: float = 0.95) -> Heterogeneity:
    """Measure the heterogeneity of the effects.

    Raises
    ------
    MethodError : no studies, or an unknown method or level.
    """
    if effects.k == 0:
        raise MethodError("heterogeneity: found no studies, wanted at least one")
    return measure_heterogeneity(Studies(effects.yi, effects.vi), method, level)


def measure_heterogeneity(
    problem: Problem,
    method: Method,
    level: float,
    tau2: float | None = None,
    *,
    profile: bool = True,
) -> Heterogeneity:
    """Measure the heterogeneity of one problem (k >= p), with tau² given or estimated.

    Without `profile` the Q-profile intervals are left out (None): they take most of the time.
    """
    check_method(method)
    check_level(level)
    k, p = int(problem.k), problem.p
    df = k - p
    tau2 = float(estimate_tau2(problem, method)) if tau2 is None else tau2
    if df == 0:
        return Heterogeneity(
            method, k, level, tau2, None, None, None, 0.0, None, None, 0.0, 1.0, None, None, 0.0,
            0, 1.0,
        )  # fmt: skip
    at0 = problem.at0
    qe, typical = float(at0.q), df / float(at0.trp)
    i2_q = max(0.0, 100 * (qe - df) / qe) if qe > 0 else 0.0
    if method == "EE":
        return Heterogeneity(
            method, k, level, 0.0, None, None, None, i2_q, None, None, i2_q, qe / df, None, None,
            qe, df, float(chi2_upper(qe, df)),
        )  # fmt: skip
    bounds: tuple[float | None, ...] = (None,) * 6
    if profile:
        lb, ub = (float(bound) for bound in q_profile(problem, level))
        i2 = (100 * bound / (typical + bound) for bound in (lb, ub))
        bounds = (lb, ub, *i2, lb / typical + 1, ub / typical + 1)
    return Heterogeneity(
        method=method,
        k=k,
        level=level,
        tau2=tau2,
        se_tau2=float(standard_error_tau2(problem, method, tau2)),
        tau2_lb=bounds[0],
        tau2_ub=bounds[1],
        i2=100 * tau2 / (typical + tau2),
        i2_lb=bounds[2],
        i2_ub=bounds[3],
        i2_q=i2_q,
        h2=tau2 / typical + 1,
        h2_lb=bounds[4],
        h2_ub=bounds[5],
        qe=qe,
        qe_df=df,
        qe_pval=float(chi2_upper(qe, df)),
    )
