"""A Bayesian random-effects model by numerical integration, without a sampler.

yi ~ Normal(mu, vi + tau²), tau with a half-normal or half-Cauchy prior, mu with a flat or
normal prior. Given tau, mu is normal with known mean and variance, so that only tau is left to
integrate over: the posteriors of mu and of a new study's effect are mixtures of normals with
the posterior of tau as weights (Röver 2020, J Stat Softw 93(6)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr

from analysis.effects import Effects, FloatArray
from analysis.errors import MethodError
from analysis.quantiles import check_level
from analysis.roots import bracketed_root
from analysis.tau_integral import TauIntegral, integrate_tau

PriorFamily = Literal["half-normal", "half-cauchy"]


@dataclass(frozen=True)
class TauPrior:
    """Prior of tau: `family` and `scale` (in units of yi). For log ratios 0.5 is usual."""

    family: PriorFamily = "half-normal"
    scale: float = 0.5

    def __post_init__(self) -> None:
        if self.family not in ("half-normal", "half-cauchy"):
            raise MethodError(
                f"Bayesian model: found prior {self.family!r}, wanted half-normal or half-cauchy"
            )
        if not (math.isfinite(self.scale) and self.scale > 0):
            raise MethodError(
                f"Bayesian model: found a scale of {self.scale} for tau, wanted a positive number"
            )

    def log_density(self, tau: FloatArray) -> FloatArray:
        """Log prior density, shape as tau."""
        x = tau / self.scale
        if self.family == "half-normal":
            return -0.5 * x**2 + (0.5 * math.log(2 / math.pi) - math.log(self.scale))
        # log(1 + x²) for x up to 1e36 and beyond.
        return -2 * np.log(np.hypot(1.0, x)) + math.log(2 / math.pi / self.scale)


@dataclass(frozen=True)
class MuPrior:
    """Normal prior of mu, on the analysis scale."""

    mean: float = 0.0
    sd: float = 4.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.sd) and self.sd > 0):
            raise MethodError(
                f"Bayesian model: found a prior of mean {self.mean} and standard deviation "
                f"{self.sd} for mu, wanted numbers, the second positive"
            )


class Posterior:
    """The posterior of mu, tau and a new study's theta: densities, probabilities, quantiles."""

    def __init__(
        self, tau: TauIntegral, mean: FloatArray, var: FloatArray, mu_is_proper: bool
    ) -> None:
        self._tau = tau
        self._mu_is_proper = mu_is_proper
        self._weights = tau.weights
        self._mean = mean
        self._sd = {"mu": np.sqrt(var), "theta": np.hypot(np.sqrt(var), tau.nodes)}

    def tau_density(self, x: float) -> float:
        """Posterior density of tau at x >= 0."""
        return self._tau.density(x)

    def tau_quantile(self, p: float) -> float:
        """x with P(tau <= x) = p, 0 < p < 1."""
        return self._tau.quantile(p)

    def density(self, x: float, of: Literal["mu", "theta"] = "mu") -> float:
        """Posterior density of mu or theta at x."""
        sd = self._sd[of]
        z = (x - self._mean) / sd
        return float(self._weights @ (np.exp(-0.5 * z**2) / sd)) / math.sqrt(2 * math.pi)

    def cdf(self, x: float, of: Literal["mu", "theta"] = "mu") -> float:
        """P(mu <= x), or of theta."""
        return float(self._weights @ ndtr((x - self._mean) / self._sd[of]))

    def quantile(self, p: float, of: Literal["mu", "theta"] = "mu") -> float:
        """x with P(mu <= x) = p, or of theta; 0 < p < 1."""
        check_level(p)
        low, high = float(self._mean.min()), float(self._mean.max())
        # Between the least and the greatest of its parts' means plus a growing margin.
        margin = float(self._weights @ self._sd[of]) + (high - low)
        while self.cdf(low, of) > p:
            low -= margin
            margin *= 2
        while self.cdf(high, of) < p:
            high += margin
            margin *= 2
        return bracketed_root(lambda x: self.cdf(x, of) - p, low, high)

    def moments(self, of: Literal["mu", "theta"]) -> tuple[float | None, float | None]:
        """Mean and standard deviation; None where there is none.

        Given tau, theta varies by tau, and so does mu unless its prior holds it: their moments
        exist where those of tau do.
        """
        held = of == "mu" and self._mu_is_proper
        index = math.inf if held else self._tau.tail_index
        if index <= 1:
            return None, None
        mean = float(self._weights @ self._mean)
        if index <= 2:
            return mean, None
        var = float(self._weights @ (self._sd[of] ** 2 + (self._mean - mean) ** 2))
        return mean, math.sqrt(var)

    def tau_moments(self) -> tuple[float | None, float | None]:
        """Mean and standard deviation of tau; None where there is none."""
        index, nodes = self._tau.tail_index, self._tau.nodes
        if index <= 1:
            return None, None
        mean = float(self._weights @ nodes)
        if index <= 2:
            return mean, None
        return mean, math.sqrt(float(self._weights @ (nodes - mean) ** 2))


def posterior(
    effects: Effects, tau_prior: TauPrior | None = None, mu_prior: MuPrior | None = None
) -> Posterior:
    """Posterior of the random-effects model.

    Parameters
    ----------
    tau_prior : half-normal with scale 0.5 where None.
    mu_prior : flat where None.

    Raises
    ------
    MethodError : no studies.
    """
    if effects.k == 0:
        raise MethodError("Bayesian model: found no studies, wanted at least one")
    prior = tau_prior or TauPrior()
    yi, vi = effects.yi, effects.vi
    # Effects are measured from the first: flat priors do not care, and digits are kept.
    origin = float(yi[0])
    dy = yi - origin

    def given(tau: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Mean and variance of mu given tau, and the log likelihood of tau; shape (m,)."""
        # In parts, so that 100,000 studies at 1,000 points do not fill the memory.
        parts = [
            _given(part) for part in np.array_split(tau, 1 + tau.size * effects.k // 4_000_000)
        ]
        mean, var, log_likelihood = (np.concatenate(column) for column in zip(*parts, strict=True))
        return mean, var, log_likelihood

    def _given(tau: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        total = vi + tau[:, None] ** 2
        w = 1 / total
        s, numerator = w.sum(axis=1), w @ dy
        if mu_prior is not None:
            at = mu_prior.mean - origin
            s = s + 1 / mu_prior.sd**2
            mean = (numerator + at / mu_prior.sd**2) / s
            q = (at - mean) ** 2 / mu_prior.sd**2
        else:
            mean = numerator / s
            q = np.zeros(len(tau))
        q = q + (w * (dy - mean[:, None]) ** 2).sum(axis=1)
        return mean, 1 / s, -0.5 * (np.log(total).sum(axis=1) + np.log(s) + q)

    def log_density(tau: FloatArray) -> FloatArray:
        return prior.log_density(tau) + given(tau)[2]

    # For large tau the likelihood falls as tau^-(k - 1), or tau^-k with a proper prior of mu,
    # and the half-Cauchy prior as tau^-2: the density of tau as tau^-(tail_index + 1).
    tail_index = math.inf
    if prior.family == "half-cauchy":
        tail_index = 1.0 + effects.k - (mu_prior is None)
    spread = float(np.ptp(dy)) + (abs(mu_prior.mean - origin) if mu_prior else 0.0)
    integral = integrate_tau(
        log_density,
        least=min(prior.scale, math.sqrt(float(vi.min()))),
        greatest=max(prior.scale, math.sqrt(float(vi.max())), spread),
        tail_index=tail_index,
    )
    mean, var, _ = given(integral.nodes)
    return Posterior(integral, mean + origin, var, mu_prior is not None)
