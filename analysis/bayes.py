"""Summary of a Bayesian random-effects model: medians, moments, credible intervals, P(benefit).

The model and its integration are in `posterior`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from analysis.effects import Effects, Measure
from analysis.errors import MethodError
from analysis.posterior import MuPrior, TauPrior, posterior
from analysis.quantiles import check_level
from analysis.roots import bracketed_root
from analysis.synthesis import printed

IntervalKind = Literal["shortest", "central"]


@dataclass(frozen=True)
class Marginal:
    """Posterior of one quantity on the analysis scale.

    `mean` and `sd` are None where the posterior has no such moment (few studies and a
    half-Cauchy prior). `ci_lb`, `ci_ub`: the credible interval.
    """

    median: float
    mean: float | None
    sd: float | None
    ci_lb: float
    ci_ub: float


@dataclass(frozen=True)
class Bayes:
    """Posterior summary of a Bayesian random-effects model.

    `mu` pooled effect, `tau` between-study standard deviation, `theta` true effect of a new
    study. `est` ... are `mu`'s median and limits on the printed scale, `pi_est_lb`, `pi_est_ub`
    those of `theta`. `p_below` = P(mu < 0), `p_theta_below` = P(theta < 0): for ratios, below 1.
    """

    measure: Measure
    k: int
    tau_prior: TauPrior
    mu_prior: MuPrior | None
    level: float
    interval: IntervalKind
    mu: Marginal
    tau: Marginal
    theta: Marginal
    p_below: float
    p_theta_below: float
    est: float
    est_lb: float
    est_ub: float
    pi_est_lb: float
    pi_est_ub: float


def bayes(
    effects: Effects,
    tau_prior: TauPrior | None = None,
    mu_prior: MuPrior | None = None,
    *,
    level: float = 0.95,
    interval: IntervalKind = "shortest",
) -> Bayes:
    """Summarise the posterior of the random-effects model.

    Parameters
    ----------
    tau_prior, mu_prior : see `posterior`.
    interval : "shortest" credible intervals (for posteriors with one peak), as bayesmeta's
        default, or "central" ones, between equal tails. Shortest on the analysis scale: of a ratio
        it is the logarithm's interval that is, and another would be shorter as printed.

    Raises
    ------
    MethodError : no studies, or level not inside (0, 1).
    """
    check_level(level)
    if interval not in ("shortest", "central"):
        raise MethodError(
            f"Bayesian model: found interval {interval!r}, wanted shortest or central"
        )
    prior = tau_prior or TauPrior()
    post = posterior(effects, prior, mu_prior)

    def of(name: Literal["mu", "theta"]) -> Marginal:
        lb, ub = _interval(
            lambda p: post.quantile(p, name), lambda x: post.density(x, name), level, interval
        )
        return Marginal(post.quantile(0.5, name), *post.moments(name), lb, ub)

    tau_lb, tau_ub = _interval(post.tau_quantile, post.tau_density, level, interval, floor=0.0)
    mu, theta = of("mu"), of("theta")
    shown = [
        printed(value, effects.measure)
        for value in (mu.median, mu.ci_lb, mu.ci_ub, theta.ci_lb, theta.ci_ub)
    ]
    est, est_lb, est_ub, pi_est_lb, pi_est_ub = (value for value in shown if value is not None)
    return Bayes(
        measure=effects.measure,
        k=effects.k,
        tau_prior=prior,
        mu_prior=mu_prior,
        level=level,
        interval=interval,
        mu=mu,
        tau=Marginal(post.tau_quantile(0.5), *post.tau_moments(), tau_lb, tau_ub),
        theta=theta,
        p_below=post.cdf(0.0),
        p_theta_below=post.cdf(0.0, "theta"),
        est=est,
        est_lb=est_lb,
        est_ub=est_ub,
        pi_est_lb=pi_est_lb,
        pi_est_ub=pi_est_ub,
    )


def _interval(
    quantile: Callable[[float], float],
    density: Callable[[float], float],
    level: float,
    kind: IntervalKind,
    floor: float | None = None,
) -> tuple[float, float]:
    """Credible interval; `floor` is the least value possible, if there is one."""
    tail = 1 - level
    if kind == "central":
        return quantile(tail / 2), quantile(1 - tail / 2)
    if floor is not None and density(floor) >= density(quantile(level)):
        return floor, quantile(level)

    # The shortest interval has equal densities at its ends: its lower end, the p-quantile,
    # has the lower density for small p, the higher one for p near 1 - level.
    def difference(p: float) -> float:
        return density(quantile(p)) - density(quantile(p + level))

    p = bracketed_root(difference, tail * 1e-6, tail * (1 - 1e-6))
    return quantile(p), quantile(p + level)
