"""Several estimates of one study: their blocks, composites at an assumed correlation, and
cluster-robust variances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.effect_sizes import Measured
from analysis.effects import Effects, FloatArray, Measure
from analysis.errors import MethodError
from analysis.heterogeneity import Method
from analysis.quantiles import check_level, critical, two_sided_p
from analysis.synthesis import Synthesis, Test, pool, printed

IntArray = NDArray[np.intp]


def cluster_index(effects: Effects, study: Sequence[str]) -> tuple[tuple[str, ...], IntArray]:
    """Return the distinct studies, in order of appearance, and which of them each estimate is of.

    Raises
    ------
    MethodError : not as many study labels as estimates, or none.
    """
    if len(study) != effects.k or effects.k == 0:
        raise MethodError(
            f"clusters: found {len(study)} study labels for {effects.k} estimates, wanted as many, "
            "at least one"
        )
    names = tuple(dict.fromkeys(study))
    place = {name: j for j, name in enumerate(names)}
    return names, np.array([place[name] for name in study], dtype=np.intp)


def correlated_block(vi: FloatArray, rho: float) -> FloatArray:
    """Sampling covariance of m estimates of one study with the same correlation between any two.

    `vi`, shape (m,); returns shape (m, m): rho sqrt(vi vj) off the diagonal.

    Raises
    ------
    MethodError : rho is not between -1/(m - 1) and 1 (1 itself is allowed), where the matrix
        would not be a covariance.
    """
    m = len(vi)
    if m > 1 and not -1 / (m - 1) < rho <= 1:
        raise MethodError(
            f"correlation: found rho = {rho} for {m} estimates of one study, wanted it above "
            f"{-1 / (m - 1):.3g} and at most 1"
        )
    sei = np.sqrt(vi)
    block: FloatArray = rho * np.outer(sei, sei)
    np.fill_diagonal(block, vi)
    return block


def composite(
    effects: Effects, study: Sequence[str], rho: float, *, weighted: bool = False
) -> Effects:
    """One effect for each study: the mean of its estimates, correlated by `rho`.

    Their simple mean (Borenstein et al. 2009, chapter 24), or with `weighted` the generalised
    least-squares mean, as metafor::aggregate(struct = "CS"); the latter can give an estimate a
    negative weight where rho is high and the variances differ.

    Returns
    -------
    Effects of the distinct studies, in order of appearance, labelled by them.

    Raises
    ------
    MethodError : as `correlated_block` and `cluster_index`; rho = 1 and `weighted`; or the mean
        has no variance left (rho at its lower end).
    """
    names, index = cluster_index(effects, study)
    yi, vi = np.empty(len(names)), np.empty(len(names))
    for j in range(len(names)):
        own = index == j
        block = correlated_block(effects.vi[own], rho)
        if len(block) == 1:
            yi[j], vi[j] = effects.yi[own][0], block[0, 0]
        elif weighted:
            if rho == 1:
                raise MethodError(
                    "composite: found rho = 1, wanted it below 1 for a weighted mean, whose "
                    "weights are then not defined"
                )
            w = np.linalg.solve(block, np.ones(len(block)))
            yi[j], vi[j] = float(w @ effects.yi[own]) / w.sum(), 1 / w.sum()
        else:
            yi[j], vi[j] = effects.yi[own].mean(), block.sum() / len(block) ** 2
    return Effects(names, yi, vi, effects.measure)


def composite_of(results: Sequence[Measured], rho: float) -> Measured:
    """Simple mean of several results of one study, correlated by `rho`.

    Raises
    ------
    MethodError : no result, some are inverted and some not, or as `correlated_block`.
    """
    if not results or len({each.inverted for each in results}) != 1:
        raise MethodError(
            f"composite: found {len(results)} results, some with their arms exchanged, wanted at "
            "least one, all in the same direction"
            if results
            else "composite: found no results, wanted at least one"
        )
    block = correlated_block(np.array([each.vi for each in results]), rho)
    yi = float(np.mean([each.yi for each in results]))
    return Measured(yi, float(block.sum()) / len(results) ** 2, "composite", results[0].inverted)


@dataclass(frozen=True)
class RhoStep:
    """The synthesis of composites at one assumed correlation."""

    rho: float
    synthesis: Synthesis


def rho_sensitivity(
    effects: Effects,
    study: Sequence[str],
    rhos: Sequence[float] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
    *,
    method: Method = "REML",
    test: Test = "z",
    level: float = 0.95,
) -> tuple[RhoStep, ...]:
    """Pool one composite for each study, at each of several assumed correlations.

    Raises as `composite` and `pool`.
    """
    return tuple(
        RhoStep(rho, pool(composite(effects, study, rho), method=method, test=test, level=level))
        for rho in rhos
    )


@dataclass(frozen=True)
class Robust:
    """A pooled effect with its cluster-robust standard error; t with `clusters` - 1 df.

    `mu` ... on the analysis scale, `est` ... on the printed one. `adjustment`: CR0, or CR1
    with the factor n / (n - 1) for n clusters.
    """

    measure: Measure
    adjustment: Literal["CR0", "CR1"]
    k: int
    clusters: int
    level: float
    mu: float
    se: float
    df: int
    tval: float
    pval: float
    ci_lb: float
    ci_ub: float
    est: float
    est_lb: float
    est_ub: float


def cluster_robust(
    effects: Effects,
    study: Sequence[str],
    *,
    method: Method = "REML",
    level: float = 0.95,
    adjust: bool = True,
) -> Robust:
    """Random-effects mean with a standard error that dependence within studies cannot bias.

    Weights 1 / (vi + tau²) as if the estimates were independent; the variance is
    sum_c (sum_{i in c} w_i r_i)² / (sum w)², with residuals r_i = yi - mu.

    Raises
    ------
    MethodError : fewer than two studies, a variance of 0, or as `pool`.

    References
    ----------
    Hedges, Tipton & Johnson (2010). Agrees with metafor::robust(adjust = ...).
    """
    _, index = cluster_index(effects, study)
    tau2 = pool(effects, method=method, level=level).tau2
    w = 1 / (effects.vi + tau2)
    mu = float(w @ effects.yi) / float(w.sum())
    return robust_mean(effects, index, w * (effects.yi - mu), mu, float(w.sum()), level, adjust)


def robust_mean(
    effects: Effects,
    index: IntArray,
    scores: FloatArray,
    mu: float,
    weight: float,
    level: float,
    adjust: bool,
) -> Robust:
    """Build a Robust from scores W (y - mu), shape (k,), and the total weight 1'W1."""
    check_level(level)
    n = int(index.max()) + 1
    if n < 2:
        raise MethodError("robust variance: found one study, wanted at least two")
    sums = np.bincount(index, weights=scores)
    se = float(np.sqrt(float(sums @ sums) * (n / (n - 1) if adjust else 1.0))) / weight
    # Rounding alone leaves 1e-16 of the effects' size in each score.
    if se <= 1e-14 * float(np.abs(effects.yi).max()):
        raise MethodError(
            "robust variance: found studies without any difference, wanted some, since the "
            "robust standard error is then 0"
        )
    half: Any = critical(level, n - 1) * se
    lb, ub = mu - float(half), mu + float(half)
    show = [printed(value, effects.measure) for value in (mu, lb, ub)]
    est, est_lb, est_ub = (value for value in show if value is not None)
    return Robust(
        measure=effects.measure,
        adjustment="CR1" if adjust else "CR0",
        k=effects.k,
        clusters=n,
        level=level,
        mu=mu,
        se=se,
        df=n - 1,
        tval=mu / se,
        pval=float(two_sided_p(mu / se, n - 1)),
        ci_lb=lb,
        ci_ub=ub,
        est=est,
        est_lb=est_lb,
        est_ub=est_ub,
    )
