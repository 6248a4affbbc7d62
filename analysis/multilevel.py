"""The three-level model: estimates within studies, studies within the population of studies.

y = mu + u_study + w_estimate + e, with variances sigma²_between, sigma²_within and the known
sampling covariance V. With W the inverse of its covariance, s = 1'W1, u = W1 and
P = W - uu'/s, the restricted score for the component with structure G is
(y'PGPy - tr PG) / 2, and the second derivatives are (tr PGPH)/2 - y'PGPHPy. G is 11' (between)
or I (within) in the block of each study, so that all of it is sums over small blocks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.clusters import IntArray, Robust, cluster_index, correlated_block, robust_mean
from analysis.effects import Effects, FloatArray, Measure
from analysis.errors import MethodError
from analysis.quantiles import check_level, chi2_upper, critical, two_sided_p
from analysis.synthesis import printed

LikelihoodMethod = Literal["REML", "ML"]
MAXIMUM_STEPS = 500


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
    blocks = _Blocks(effects, index, rho)
    if len(names) < 2 or len(names) == effects.k:
        raise MethodError(
            f"three-level model: found {effects.k} estimates of {len(names)} studies, wanted two "
            "studies or more, one of them with two estimates or more"
        )
    theta = _maximise(blocks, method == "REML")
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


def robust_three_level(
    effects: Effects,
    study: Sequence[str],
    *,
    rho: float = 0.0,
    method: LikelihoodMethod = "REML",
    level: float = 0.95,
    adjust: bool = True,
) -> Robust:
    """The three-level mean with its cluster-robust standard error; raises as `three_level`.

    Agrees with metafor::robust(rma.mv(...), cluster = study, adjust = ...).
    """
    fitted = three_level(effects, study, rho=rho, method=method, level=level)
    _, index = cluster_index(effects, study)
    blocks = _Blocks(effects, index, rho)
    fit = blocks.at(np.array([fitted.sigma2_between, fitted.sigma2_within]))
    return robust_mean(effects, index, fit.scores, fit.mu, fit.s, level, adjust)


@dataclass(frozen=True)
class _Fit:
    """What the likelihood needs at one pair of variances: between first, within second."""

    k: int
    s: float  # 1'W1
    mu: float
    q: float  # y'Py
    log_det: float  # log det of the covariance
    scores: FloatArray  # Py, shape (k,)
    trace: FloatArray  # tr PG, shape (2,)
    trace_w: FloatArray  # tr WG, shape (2,)
    quadratic: FloatArray  # y'PGPy, shape (2,)
    trace2: FloatArray  # tr PGPH, shape (2, 2)
    trace2_w: FloatArray  # tr WGWH, shape (2, 2)
    quadratic2: FloatArray  # y'PGPHPy, shape (2, 2)

    def log_likelihood(self, restricted: bool) -> float:
        """(Restricted) log-likelihood, with metafor's constants."""
        value = -0.5 * (self.log_det + self.q)
        if restricted:
            # The determinant of X'X = k is part of the restricted likelihood (Harville 1974).
            value += 0.5 * math.log(self.k) - 0.5 * math.log(self.s)
            return value - 0.5 * (self.k - 1) * math.log(2 * math.pi)
        return value - 0.5 * self.k * math.log(2 * math.pi)

    def gradient(self, restricted: bool) -> FloatArray:
        return 0.5 * (self.quadratic - (self.trace if restricted else self.trace_w))

    def curvature(self, restricted: bool) -> tuple[FloatArray, FloatArray]:
        """Negative second derivatives, observed and expected, shape (2, 2) each."""
        expected = 0.5 * (self.trace2 if restricted else self.trace2_w)
        return self.quadratic2 - expected, expected


class _Blocks:
    """The blocks of the studies, those of one size stacked: shape (n, m, m)."""

    def __init__(self, effects: Effects, index: IntArray, rho: float) -> None:
        if rho == 1:
            raise MethodError(
                "three-level model: found rho = 1, wanted it below 1, since the sampling "
                "covariance is then singular"
            )
        self.k = effects.k
        # Effects are measured from their mean, lest large ones lose their differences.
        self.shift = float(effects.yi.mean())
        self.yi = effects.yi - self.shift
        self.v_min = float(effects.vi.min())
        order = np.argsort(index, kind="stable")
        groups = np.split(order, np.cumsum(np.bincount(index))[:-1])
        self.stacks: list[tuple[IntArray, FloatArray]] = []
        for m in sorted({len(group) for group in groups}):
            rows = np.array([group for group in groups if len(group) == m])
            v = np.stack([correlated_block(effects.vi[row], rho) for row in rows])
            self.stacks.append((rows, v))

    def at(self, theta: FloatArray) -> _Fit:
        between, within = float(theta[0]), float(theta[1])
        inverses: list[FloatArray] = []
        u = np.empty(self.k)
        wy = np.empty(self.k)
        log_det = 0.0
        for rows, v in self.stacks:
            m = v.shape[1]
            inverse, log_block = _inverse(v + within * np.eye(m), between)
            inverses.append(inverse)
            log_det += log_block
            u[rows] = inverse.sum(axis=2)
            wy[rows] = np.einsum("nij,nj->ni", inverse, self.yi[rows])
        s = float(u.sum())
        mu = float(wy.sum()) / s
        scores = wy - mu * u
        residual = self.yi - mu
        trace_w, trace2_w = np.zeros(2), np.zeros((2, 2))
        gu, gugu, ge, gege = np.zeros(2), np.zeros((2, 2)), np.zeros(2), np.zeros((2, 2))
        quadratic = np.zeros(2)
        for (rows, _), inverse in zip(self.stacks, inverses, strict=True):
            uc, ec = u[rows], scores[rows]
            a, b = uc.sum(axis=1), ec.sum(axis=1)
            trace_w += [a.sum(), np.einsum("nii->", inverse)]
            uu, ub = (uc * uc).sum(axis=1), (uc * ec).sum(axis=1)
            cross = uu.sum()
            trace2_w += [[a @ a, cross], [cross, (inverse * inverse).sum()]]
            gu += [a @ a, cross]
            wu = np.einsum("nij,nj->ni", inverse, uc)
            cross = a @ uu
            gugu += [[(a**3).sum(), cross], [cross, (uc * wu).sum()]]
            quadratic += [b @ b, (ec * ec).sum()]
            ge += [a @ b, ub.sum()]
            we = np.einsum("nij,nj->ni", inverse, ec)
            cross = b @ ub
            gege += [[(b * b) @ a, cross], [cross, (ec * we).sum()]]
        return _Fit(
            k=self.k,
            s=s,
            mu=mu + self.shift,
            q=float(residual @ scores),
            log_det=log_det,
            scores=scores,
            trace=trace_w - gu / s,
            trace_w=trace_w,
            quadratic=quadratic,
            trace2=trace2_w - 2 * gugu / s + np.outer(gu, gu) / s**2,
            trace2_w=trace2_w,
            quadratic2=gege - np.outer(ge, ge) / s,
        )


def _inverse(d: FloatArray, between: float) -> tuple[FloatArray, float]:
    """Inverse of d + between 11', shape (n, m, m), and the sum of the log determinants.

    By Sherman and Morrison, so that a huge variance between studies costs no digits.
    """
    base = np.linalg.inv(d)
    row = base.sum(axis=2)
    total = row.sum(axis=1)
    shrink = between / (1 + between * total)
    inverse = base - shrink[:, None, None] * row[:, :, None] * row[:, None, :]
    log_det = np.linalg.slogdet(d)[1].sum() + np.log1p(between * total).sum()
    return inverse, float(log_det)


def _maximise(blocks: _Blocks, restricted: bool) -> FloatArray:
    """The pair of variances, both >= 0, with the highest likelihood.

    Newton's method from the three best points of a grid that runs, with 0, from a thousandth of
    the smallest sampling variance to the square of the range, so that a lower summit is not
    taken for the highest. Newton's steps may leave the grid.
    """
    spread = float(np.ptp(blocks.yi))
    if spread == 0:
        return np.zeros(2)
    low = 1e-3 * min(blocks.v_min, spread**2)
    grid = [0.0, *np.geomspace(low, spread**2, 12)]
    starts = sorted(
        (-blocks.at(np.array([b, w])).log_likelihood(restricted), b, w) for b in grid for w in grid
    )
    found = [
        _climb(blocks, np.array([between, within]), restricted) for _, between, within in starts[:3]
    ]
    return max(found, key=lambda pair: pair[0])[1]


def _climb(blocks: _Blocks, theta: FloatArray, restricted: bool) -> tuple[float, FloatArray]:
    fit = blocks.at(theta)
    value = fit.log_likelihood(restricted)
    for _ in range(MAXIMUM_STEPS):
        gradient = fit.gradient(restricted)
        free = (theta > 0) | (gradient > 0)
        if not free.any():
            return value, theta
        observed, expected = fit.curvature(restricted)
        chosen = observed[np.ix_(free, free)]
        # Away from the maximum the observed curvature may point downhill; the expected never.
        if np.linalg.eigvalsh(chosen).min() <= 0:
            chosen = expected[np.ix_(free, free)]
        step = np.zeros(2)
        step[free] = np.linalg.solve(chosen, gradient[free])
        small = 1e-12 * (theta + 1e-3 * blocks.v_min)
        scale = 1.0
        while True:
            new = np.maximum(theta + scale * step, 0.0)
            moved = np.abs(new - theta)
            fit = blocks.at(new)
            better = fit.log_likelihood(restricted)
            # Rounding of the likelihood, a few units in 1e-16 of its size, hides the last steps.
            if better >= value - 1e-13 * (1 + abs(value)):
                break
            scale /= 2
            if (moved <= small).all():
                return value, theta
        theta, value = new, better
        if (moved <= small).all():
            return value, theta
    raise MethodError(
        f"three-level model: found no convergence of its variances after {MAXIMUM_STEPS} steps"
    )
