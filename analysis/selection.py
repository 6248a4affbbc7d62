"""The pooled effect had significant results a better chance to be published than others.

The step-function selection model of Vevea & Hedges (1995).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from analysis.effects import Effects, FloatArray, Measure
from analysis.errors import MethodError
from analysis.quantiles import check_level, chi2_upper, critical, two_sided_p
from analysis.synthesis import pool, printed

Alternative = Literal["greater", "less"]
FEW = 10
"""Below this number of studies the model can hardly tell selection from chance."""
# A weight beyond this is one that the data do not hold back.
LARGEST_WEIGHT = 1e6


@dataclass(frozen=True)
class StepWeight:
    """The relative chance of publication of one-sided P values in (low, high].

    `weight` is relative to the first interval, whose weight is 1 (`se` None). `ci_lb` is at
    least 0. `k` studies fall into the interval.
    """

    low: float
    high: float
    k: int
    weight: float
    se: float | None
    ci_lb: float | None
    ci_ub: float | None


@dataclass(frozen=True)
class StepSelection:
    """Pooled effect adjusted for selection, and the test of selection.

    `mu` ... on the analysis scale, `est` ... on the printed one. `lrt` compares with no
    selection (`lrt_df` degrees of freedom). `unadjusted_mu`, `unadjusted_tau2`: maximum
    likelihood without selection. `se_tau2` is None where tau2 is 0. `few`: fewer than 10 studies.
    """

    measure: Measure
    alternative: Alternative
    k: int
    level: float
    mu: float
    se: float
    zval: float
    pval: float
    ci_lb: float
    ci_ub: float
    est: float
    est_lb: float
    est_ub: float
    tau2: float
    se_tau2: float | None
    weights: tuple[StepWeight, ...]
    log_likelihood: float
    lrt: float
    lrt_df: int
    lrt_pval: float
    unadjusted_mu: float
    unadjusted_tau2: float

    @property
    def few(self) -> bool:
        """Whether there are too few studies to tell."""
        return self.k < FEW


def step_selection(
    effects: Effects,
    steps: Sequence[float] = (0.025,),
    *,
    alternative: Alternative = "greater",
    level: float = 0.95,
) -> StepSelection:
    """Fit the random-effects model with a step function of the one-sided P value.

    Parameters
    ----------
    steps : bounds between the intervals of P, rising, inside (0, 1); 1 is added.
    alternative : the direction that is easier to publish: "greater" for effects above 0,
        "less" for effects below (hazard ratios below 1).

    Raises
    ------
    MethodError : steps not as above; an interval without a study; or the likelihood has no
        maximum (a weight grows without bound).

    References
    ----------
    Vevea & Hedges (1995), Psychometrika 60:419. Agrees with metafor::selmodel(rma(method =
    "ML"), type = "stepfun").
    """
    check_level(level)
    bounds = (*map(float, steps), 1.0)
    if not all(0 < a < b for a, b in itertools.pairwise(bounds)) or len(bounds) < 2:
        raise MethodError(
            f"selection model: found steps {', '.join(f'{s:g}' for s in steps) or 'none'}, wanted "
            "rising ones between 0 and 1"
        )
    if alternative not in ("greater", "less"):
        raise MethodError(
            f"selection model: found alternative {alternative!r}, wanted greater or less"
        )
    sign = 1.0 if alternative == "greater" else -1.0
    problem = _Steps(sign * effects.yi, effects.vi, np.array(bounds))
    if problem.counts.min() == 0:
        j = int(np.argmin(problem.counts))
        low = (0.0, *bounds)[j]
        raise MethodError(
            f"selection model: found no study with a one-sided P value between {low:g} and "
            f"{bounds[j]:g}, wanted at least one in each interval"
        )
    plain = pool(effects, method="ML", level=level)
    theta = problem.maximise(sign * plain.mu, plain.tau2)
    variance = problem.variance(theta)
    log_likelihood = problem.log_likelihood(theta)
    none = problem.log_likelihood(
        np.concatenate([[sign * plain.mu, plain.tau2], np.zeros(len(bounds) - 1)])
    )
    lrt = max(0.0, 2 * (log_likelihood - none))
    c = float(critical(level))
    mu, se = sign * float(theta[0]), math.sqrt(variance[0])
    shown = [printed(value, effects.measure) for value in (mu, mu - c * se, mu + c * se)]
    est, est_lb, est_ub = (value for value in shown if value is not None)
    weights = [StepWeight(0.0, bounds[0], int(problem.counts[0]), 1.0, None, None, None)]
    for j in range(1, len(bounds)):
        weight = math.exp(theta[j + 1])
        se_weight = weight * math.sqrt(variance[j + 1])
        weights.append(
            StepWeight(
                bounds[j - 1],
                bounds[j],
                int(problem.counts[j]),
                weight,
                se_weight,
                max(0.0, weight - c * se_weight),
                weight + c * se_weight,
            )
        )
    return StepSelection(
        measure=effects.measure,
        alternative=alternative,
        k=effects.k,
        level=level,
        mu=mu,
        se=se,
        zval=mu / se,
        pval=float(two_sided_p(mu / se)),
        ci_lb=mu - c * se,
        ci_ub=mu + c * se,
        est=est,
        est_lb=est_lb,
        est_ub=est_ub,
        tau2=float(theta[1]),
        se_tau2=math.sqrt(variance[1]) if theta[1] > 0 else None,
        weights=tuple(weights),
        log_likelihood=log_likelihood,
        lrt=lrt,
        lrt_df=len(bounds) - 1,
        lrt_pval=float(chi2_upper(lrt, len(bounds) - 1)),
        unadjusted_mu=plain.mu,
        unadjusted_tau2=plain.tau2,
    )


class _Steps:
    """The likelihood of theta = (mu, tau², log weight_2, ..., log weight_J).

    With s_i² = vi + tau² and b_ij = sei z(1 - a_j), the effect whose P value is the step a_j,
    study i is published with probability A_i = sum_j weight_j P(b_ij < y <= b_i,j-1).
    """

    def __init__(self, yi: FloatArray, vi: FloatArray, bounds: FloatArray) -> None:
        self.yi, self.vi = yi, vi
        sei = np.sqrt(vi)
        p = ndtr(-yi / sei)
        self.group = np.searchsorted(bounds, p, side="left")
        self.counts = np.bincount(self.group, minlength=len(bounds))
        self.b = sei[:, None] * -ndtri(bounds[:-1])

    def log_likelihood(self, theta: FloatArray) -> float:
        mu, tau2, delta = self._parts(theta)
        s2 = self.vi + tau2
        a = self._published(mu, s2, delta)[0]
        log_density = -0.5 * (np.log(2 * np.pi * s2) + (self.yi - mu) ** 2 / s2)
        return float((np.log(delta)[self.group] + log_density - np.log(a)).sum())

    def gradient(self, theta: FloatArray) -> FloatArray:
        mu, tau2, delta = self._parts(theta)
        s2 = self.vi + tau2
        a, upper, z, density = self._published(mu, s2, delta)
        drop = delta[:-1] - delta[1:]
        residual = self.yi - mu
        a_mu = (drop * density).sum(axis=1) / np.sqrt(s2)
        a_tau2 = (drop * density * z).sum(axis=1) / (2 * s2)
        by_mu = residual / s2 - a_mu / a
        by_tau2 = 0.5 * (residual**2 / s2**2 - 1 / s2) - a_tau2 / a
        # P(y in interval j): the difference of neighbouring upper tails.
        ones = np.ones((len(self.yi), 1))
        inside = np.diff(np.concatenate([0 * ones, upper, ones], axis=1), axis=1)
        by_log_delta = self.counts - delta * (inside / a[:, None]).sum(axis=0)
        return np.concatenate([[by_mu.sum(), by_tau2.sum()], by_log_delta[1:]])

    def maximise(self, mu: float, tau2: float) -> FloatArray:
        """The parameters of the highest likelihood, from several starts."""
        from scipy.optimize import minimize

        steps = self.b.shape[1]
        scale = float(np.ptp(self.yi)) ** 2 + float(np.median(self.vi))
        largest = math.log(LARGEST_WEIGHT)
        bounds = [(None, None), (0.0, 10 * scale)] + [(-largest, largest)] * steps
        best: FloatArray | None = None
        top = -math.inf
        for start_tau2 in {tau2, 0.0, 0.1 * scale}:
            for weight in (0.0, -1.5):
                start = np.concatenate([[mu, start_tau2], np.full(steps, weight)])
                fit = minimize(
                    lambda theta: -self.log_likelihood(theta),
                    start,
                    jac=lambda theta: -self.gradient(theta),
                    method="L-BFGS-B",
                    bounds=bounds,
                    options={"maxiter": 1000, "ftol": 1e-13, "gtol": 1e-7},
                )
                if -fit.fun > top:
                    best, top = np.asarray(fit.x, dtype=np.float64), -float(fit.fun)
        if best is None or (np.abs(best[2:]) >= largest - 1e-3).any():
            raise MethodError(
                "selection model: found a weight that grows without bound, wanted a maximum of "
                "the likelihood; fewer steps may give one"
            )
        return self._polish(best)

    def variance(self, theta: FloatArray) -> FloatArray:
        """Variances from the observed information; tau² at 0 is held there (its own is 0)."""
        free = self._free(theta)
        information = self._information(theta, free)
        if np.linalg.eigvalsh(information).min() <= 0:
            raise MethodError(
                "selection model: found no information about some parameter at the maximum, wanted "
                "some; fewer steps may give it"
            )
        result = np.zeros(len(theta))
        result[free] = np.diag(np.linalg.inv(information))
        return result

    def _polish(self, theta: FloatArray) -> FloatArray:
        """Newton's steps to the last digit, while they raise the likelihood."""
        for _ in range(20):
            free = self._free(theta)
            information = self._information(theta, free)
            if np.linalg.eigvalsh(information).min() <= 0:
                break
            new = theta.copy()
            new[free] += np.linalg.solve(information, self.gradient(theta)[free])
            if new[1] < 0 or self.log_likelihood(new) < self.log_likelihood(theta) - 1e-10:
                break
            done = float(np.abs(new - theta).max()) < 1e-13
            theta = new
            if done:
                break
        return theta

    def _free(self, theta: FloatArray) -> NDArray[np.bool_]:
        free = np.ones(len(theta), dtype=bool)
        free[1] = theta[1] > 0
        return free

    def _information(self, theta: FloatArray, free: NDArray[np.bool_]) -> FloatArray:
        """Negative second derivatives of the free parameters, by central differences."""
        places = np.flatnonzero(free)
        rows = []
        for i in places:
            # The cube root of 1e-16 balances rounding and curvature.
            h = 6e-6 * (abs(theta[i]) if i == 1 else 1.0)
            step = np.zeros(len(theta))
            step[i] = h
            rows.append(
                -(self.gradient(theta + step) - self.gradient(theta - step))[free] / (2 * h)
            )
        matrix = np.array(rows)
        result: FloatArray = (matrix + matrix.T) / 2
        return result

    def _parts(self, theta: FloatArray) -> tuple[float, float, FloatArray]:
        return float(theta[0]), float(theta[1]), np.exp(np.concatenate([[0.0], theta[2:]]))

    def _published(
        self, mu: float, s2: FloatArray, delta: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """A_i, the upper tails at the steps, their z and normal densities."""
        z = (self.b - mu) / np.sqrt(s2)[:, None]
        upper = ndtr(-z)
        a = delta[-1] + ((delta[:-1] - delta[1:]) * upper).sum(axis=1)
        return a, upper, z, np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
