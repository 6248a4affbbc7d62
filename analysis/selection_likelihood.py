"""The likelihood of the step-function selection model, its gradient and its maximum."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from analysis.effects import FloatArray
from analysis.errors import MethodError

# A weight beyond this is one that the data do not hold back.
LARGEST_WEIGHT = 1e6


class StepLikelihood:
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
        """Log-likelihood, with its constants."""
        mu, tau2, delta = self._parts(theta)
        s2 = self.vi + tau2
        a = self._published(mu, s2, delta)[0]
        log_density = -0.5 * (np.log(2 * np.pi * s2) + (self.yi - mu) ** 2 / s2)
        return float((np.log(delta)[self.group] + log_density - np.log(a)).sum())

    def gradient(self, theta: FloatArray) -> FloatArray:
        """First derivatives of the log-likelihood, shape as theta."""
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
        """The parameters of the highest likelihood, from several starts.

        Where a precise study without an effect stands among small favourable ones, there is a
        summit on each side: studies that differ, little selected; and studies that agree with
        the precise one, strongly selected. Starts at both find the higher.

        Parameters
        ----------
        mu, tau2 : of the model without selection.
        """
        from scipy.optimize import minimize

        steps = self.b.shape[1]
        scale = float(np.ptp(self.yi)) ** 2 + float(np.median(self.vi))
        largest = math.log(LARGEST_WEIGHT)
        bounds = [(None, None), (0.0, 10 * scale)] + [(-largest, largest)] * steps
        best: FloatArray | None = None
        top = -math.inf
        common = float((self.yi / self.vi).sum() / (1 / self.vi).sum())
        for start_mu, start_tau2, weight in product(
            dict.fromkeys((mu, common, 0.0)),
            dict.fromkeys((tau2, 0.0, 0.1 * scale)),
            (0.0, -1.5, -4.0),
        ):
            fit = minimize(
                lambda theta: -self.log_likelihood(theta),
                np.concatenate([[start_mu, start_tau2], np.full(steps, weight)]),
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
