"""The three-level model: estimates within studies, studies within the population of studies.

Its likelihood is in `multilevel_likelihood`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.clusters import cluster_index
from analysis.effects import Effects, Measure
from analysis.errors import MethodError
from analysis.multilevel_likelihood import Blocks, maximise
from analysis.quantiles import check_level, chi2_upper, critical, two_sided_p
from analysis.synthesis import printed

LikelihoodMethod = Literal["REML", "ML"]


@dataclass(frozen=True)
class ThreeLevel:
    """A pooled effect of several estimates for each study.

    `mu` ... on the analysis scale, `est` ... on the printed one. `sigma2_between` and
    `sigma2_within` are variances between studies, and between estimates of one study.
    `i2_between`, `i2_within` (percent) are their shares of the total variance with the typical
    sampling variance (k - 1) / tr P at sigma² = 0. `icc` is the correlation of true effects of
    one study; None where both variances are 0. `pi_lb`, `pi_ub`: for a true effect of a new
    study. `qe` is Cochran's Q with V; `log_likelihood` the (restricted) maximum.
    """

    measure: Measure
    method: LikelihoodMethod
    test: Literal["z", "t"]
    level: float
    rho: float
    k: int
    clusters: int
    mu: float
    se: float
    statistic: float
    df: int | None
    pval: float
    ci_lb: float
    ci_ub: float
    pi_lb: float
    pi_ub: float
    est: float
    est_lb: float
    est_ub: float
    pi_est_lb: float
    pi_est_ub: float
    sigma2_between: float
    sigma2_within: float
    i2_between: float
    i2_within: float
    icc: float | None
    qe: float
    qe_df: int
    qe_pval: float
    log_likelihood: float


def three_level(
    effects: Effects,
    study: Sequence[str],
    *,
    rho: float = 0.0,
    method: LikelihoodMethod = "REML",
    test: Literal["z", "t"] = "z",
    level: float = 0.95,
) -> ThreeLevel:
    """Pool estimates nested in studies.

    Parameters
    ----------
    study : the study of each estimate, k labels.
    rho : assumed correlation of the sampling errors of one study's estimates.
    method : REML or ML. The likelihood may have several maxima: the highest is given.
    test : z, or t with k - 1 degrees of freedom.

    Raises
    ------
    MethodError : fewer than two studies; no study with two estimates (the two variances cannot
        be told apart: use `pool`); rho not allowed or 1; no convergence.

    References
    ----------
    Konstantopoulos (2011), Res Synth Methods 2:61. Agrees with metafor::rma.mv(yi, V,
    random = ~ 1 | study/estimate).
    """
    check_level(level)
    if method not in ("REML", "ML") or test not in ("z", "t"):
        raise MethodError(
            f"three-level model: found {method!r} and {test!r}, wanted REML or ML, and z or t"
        )
    names, index = cluster_index(effects, study)
    blocks = Blocks(effects, index, rho)
    if len(names) < 2 or len(names) == effects.k:
        raise MethodError(
            f"three-level model: found {effects.k} estimate{'' if effects.k == 1 else 's'} of "
            f"{len(names)} {'study' if len(names) == 1 else 'studies'}, wanted two studies or "
            "more, one of them with two estimates or more"
        )
    theta = maximise(blocks, method == "REML")
    fit = blocks.at(theta)
    mu, se = fit.mu, 1 / math.sqrt(fit.s)
    df = effects.k - 1 if test == "t" else None
    c = float(critical(level, df))
    between, within = float(theta[0]), float(theta[1])
    half, wide = c * se, c * math.sqrt(se**2 + between + within)
    shown = [
        printed(value, effects.measure)
        for value in (mu, mu - half, mu + half, mu - wide, mu + wide)
    ]
    est, est_lb, est_ub, pi_est_lb, pi_est_ub = (value for value in shown if value is not None)
    null = blocks.at(np.zeros(2))
    typical = (effects.k - 1) / float(null.trace[1])
    total = between + within + typical
    return ThreeLevel(
        measure=effects.measure,
        method=method,
        test=test,
        level=level,
        rho=rho,
        k=effects.k,
        clusters=len(names),
        mu=mu,
        se=se,
        statistic=mu / se,
        df=df,
        pval=float(two_sided_p(mu / se, df)),
        ci_lb=mu - half,
        ci_ub=mu + half,
        pi_lb=mu - wide,
        pi_ub=mu + wide,
        est=est,
        est_lb=est_lb,
        est_ub=est_ub,
        pi_est_lb=pi_est_lb,
        pi_est_ub=pi_est_ub,
        sigma2_between=between,
        sigma2_within=within,
        i2_between=100 * between / total,
        i2_within=100 * within / total,
        icc=between / (between + within) if between + within > 0 else None,
        qe=null.q,
        qe_df=effects.k - 1,
        qe_pval=float(chi2_upper(null.q, effects.k - 1)),
        log_likelihood=fit.log_likelihood(method == "REML"),
    )
