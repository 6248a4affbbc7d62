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

from analysis.effects import Effects, Measure
from analysis.errors import MethodError
from analysis.quantiles import check_level, chi2_upper, critical, two_sided_p
from analysis.selection_likelihood import StepLikelihood
from analysis.synthesis import pool, printed

Alternative = Literal["greater", "less"]
FEW = 10
"""Below this number of studies the model can hardly tell selection from chance."""


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
    MethodError : steps not as above; fewer studies than parameters (two, and one a step); an
        interval without a study; or the likelihood has no maximum (a weight grows without bound).

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
    parameters = len(bounds) + 1  # mean, variance, and a weight for each interval but the first
    if effects.k < parameters:
        raise MethodError(
            f"selection model: found {effects.k} {'study' if effects.k == 1 else 'studies'} for "
            f"{parameters} parameters, wanted at least as many studies"
        )
    sign = 1.0 if alternative == "greater" else -1.0
    problem = StepLikelihood(sign * effects.yi, effects.vi, np.array(bounds))
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
