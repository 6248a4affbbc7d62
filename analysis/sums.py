"""The weighted sums of studies from which every estimator is written, at a given tau².

With Sigma = diag(vi + tau2), W its inverse and P = W - W X (X'WX)^-1 X'W, all that pooling and
the tau² estimators need is tr P, tr PP, y'Py, y'PPy and sum W. `Studies` gives them for an
intercept alone (X = 1), of one set of studies or of many subsets at once; a regression design
(`moderators`) gives the same names for its X, so that each estimator is written once.

The most precise study, the *lead*, is kept apart, and effects are measured from it. So nothing
is the difference of two large numbers when one study has nearly all the weight: for the weights
w_0 of the lead and w_j of the others, tr P = w_0 R / S + R - sum_j w_j² / S, with S = sum w and
R = S - w_0 summed without the lead.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# The likelihood is scanned on all grid points at once up to this many numbers.
GRID_ELEMENTS = 500_000
LARGEST_DOT = 10_000
# Effects that lie no further apart than this share of the larger differ by rounding alone.
ROUNDING = 64 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Sums:
    """At one tau² a problem: numbers, or arrays with one element a problem."""

    s1: Any  # sum of weights, tr W
    trp: Any  # tr P
    mu: Any  # weighted mean (intercept models; 0 for a regression)
    q: Any  # y'Py, the weighted sum of squared residuals
    q2: Any  # y'PPy, the same with squared weights


SUM_NAMES: tuple[str, ...] = tuple(f.name for f in fields(Sums))


@dataclass(frozen=True)
class Plain:
    """Sums without weights, for P0 = I - X (X'X)^-1 X' and V = diag(vi)."""

    rss: Any  # y'P0y
    trpv: Any  # tr P0V
    trpvpv: Any  # tr P0VP0V


class Problem(Protocol):
    """What the estimators of tau² ask of a set (or of many sets) of studies."""

    @property
    def k(self) -> Any:
        """Studies."""

    @property
    def p(self) -> int:
        """Coefficients."""

    @property
    def v_min(self) -> float:
        """The smallest sampling variance: the scale on which tau² begins to matter."""

    @property
    def upper(self) -> Any:
        """A bound that no stationary point of a likelihood exceeds."""

    @property
    def at0(self) -> Sums:
        """The sums at tau2 = 0, kept."""

    @property
    def plain(self) -> Plain:
        """The unweighted sums, kept."""

    def at(self, tau2: Any) -> Sums:
        """Return the sums at tau2."""

    def sum_w2(self, tau2: Any) -> Any:
        """Return tr WW."""

    def trace_pp(self, tau2: Any) -> Any:
        """Return tr PP."""

    def total_variance(self) -> Any:
        """Return sum (yi - mean y)² / k, whatever X is."""

    def log_likelihood(self, tau2: Any, restricted: bool) -> Any:
        """Return the profile log-likelihood of tau2, without its constants."""

    def on_grid(self, grid: FloatArray) -> Sums:
        """Return the sums at each tau² of a grid, shape (G,); fields (G,) or (G, m)."""


class Studies:
    """One set of k studies, or m subsets of them, with an intercept alone.

    Parameters
    ----------
    yi, vi : float64 arrays, shape (k,), k >= 1.
    include : bool array, shape (m, k), at least one study a row; or None for one problem with
        every study. tau2 is then of shape (m,), or a number (or any shape, for one problem).
    """

    p = 1

    def __init__(
        self, yi: FloatArray, vi: FloatArray, include: NDArray[np.bool_] | None = None
    ) -> None:
        self._vi = vi
        if include is None:
            lead = int(np.argmin(vi))
            self.k: Any = len(yi)
            self._other: FloatArray | None = None
            self._y_lead: Any = yi[lead]
            self._v_lead: Any = vi[lead]
            others_y = np.concatenate((yi[:lead], yi[lead + 1 :]))
            self._dy = _apart(others_y, yi[lead])
            self._v = np.concatenate((vi[:lead], vi[lead + 1 :]))
            self._range: Any = _spread(self._dy)
        else:
            leads = np.argmin(np.where(include, vi, np.inf), axis=1)
            rows = np.arange(len(leads))
            self.k = include.sum(axis=1)
            others = include.astype(np.float64)
            others[rows, leads] = 0.0
            self._other = others
            self._y_lead, self._v_lead = yi[leads], vi[leads]
            self._dy = _apart(yi, self._y_lead[:, None]) * others
            self._v = vi
            self._range = _spread(self._dy)
        self.v_min = float(vi.min())

    @property
    def upper(self) -> Any:
        """Return the larger bound on stationary points of the (restricted) likelihood.

        Twice the restricted score is sum_i w_i (p_i - 1) + sum_i w_i² r_i², with p_i = w_i / S
        and residuals |r_i| <= (1 - p_i) R for effects of range R. So w_i² r_i² <=
        w_i (1 - p_i) R² / tau2, and the score is negative for every tau2 > R²; that of the full
        likelihood is smaller still.
        """
        return self._range**2

    def _weights(self, tau2: Any) -> tuple[Any, FloatArray]:
        tau2 = np.asarray(tau2, dtype=np.float64)
        w = self._v + tau2[..., None]
        np.divide(1.0, w, out=w)  # in place: new pages cost more than the arithmetic
        if self._other is not None:
            w *= self._other
        return 1.0 / (self._v_lead + tau2), w

    def at(self, tau2: Any) -> Sums:
        """Return the sums at tau2."""
        w0, w = self._weights(tau2)
        rest = w.sum(axis=-1)
        s1 = w0 + rest
        d = dot(w, self._dy) / s1
        r = self._dy - d[..., None]
        rest2 = dot(w, w)
        w *= r
        q = w0 * d**2 + dot(w, r)
        q2 = (w0 * d) ** 2 + dot(w, w)
        trp = w0 * (rest / s1) + rest - rest2 / s1
        return Sums(s1=s1, trp=trp, mu=self._y_lead + d, q=q, q2=q2)

    def sum_w2(self, tau2: Any) -> Any:
        """Return the sum of squared weights."""
        w0, w = self._weights(tau2)
        return w0**2 + dot(w, w)

    def trace_pp(self, tau2: Any) -> Any:
        """Return tr PP."""
        w0, w = self._weights(tau2)
        return trace_pp(w0, w.sum(axis=-1), dot(w, w), dot(w, w * w))

    @cached_property
    def at0(self) -> Sums:
        """The sums at tau2 = 0."""
        return self.at(np.zeros(np.shape(self._v_lead)))

    @cached_property
    def plain(self) -> Plain:
        """The unweighted sums."""
        k = self.k
        mean = self._dy.sum(axis=-1) / k
        inside = 1.0 if self._other is None else self._other
        residual = (self._dy - mean[..., None]) * inside
        rss = mean**2 + dot(residual, residual)
        v = self._v * inside
        sum_v = v.sum(axis=-1) + self._v_lead
        sum_v2 = dot(v, v) + self._v_lead**2
        return Plain(
            rss=rss,
            trpv=sum_v * (1.0 - 1.0 / k),
            trpvpv=sum_v2 * (1.0 - 2.0 / k) + (sum_v / k) ** 2,
        )

    def total_variance(self) -> Any:
        """Return sum (yi - mean y)² / k."""
        return self.plain.rss / self.k

    def log_likelihood(self, tau2: Any, restricted: bool) -> Any:
        """Return -(sum log(vi + tau2) + y'Py [+ log S]) / 2."""
        tau2 = np.asarray(tau2, dtype=np.float64)
        sums = self.at(tau2)
        logs = np.log(self._v + tau2[..., None])
        if self._other is not None:
            logs *= self._other
        total = logs.sum(axis=-1) + np.log(self._v_lead + tau2) + sums.q
        if restricted:
            total = total + np.log(sums.s1)
        return -0.5 * total

    def on_grid(self, grid: FloatArray) -> Sums:
        """Return the sums at each tau² of a grid, shape (G,); fields (G,) or (G, m)."""
        if self._other is None and len(grid) * self._dy.size <= GRID_ELEMENTS:
            return self.at(grid)
        shape = () if self._other is None else (len(self._v_lead),)
        each = [self.at(np.full(shape, t)) for t in grid]
        return Sums(**{n: np.stack([getattr(e, n) for e in each]) for n in SUM_NAMES})


def dot(a: FloatArray, b: FloatArray) -> Any:
    """Return the sum of products along the last axis, broadcasting over the others.

    By BLAS where that is quickest; not for long vectors, which BLAS would share among threads:
    the order of summation, and the last digit, would depend on the machine.
    """
    if a.ndim == b.ndim == 1 and len(a) <= LARGEST_DOT:
        return a @ b
    return np.einsum("...k,...k->...", a, b)


def noise(yi: FloatArray) -> float:
    """Return how far apart the largest effects may lie and differ by rounding alone."""
    return ROUNDING * float(np.abs(yi).max(initial=0.0))


def alike(yi: FloatArray, other: Any) -> NDArray[np.bool_]:
    """Say which effects differ from another by rounding alone: log 0.80 and -log 1.25."""
    return np.asarray(np.abs(yi - other) <= ROUNDING * np.maximum(np.abs(yi), np.abs(other)))


def _apart(yi: FloatArray, lead: Any) -> FloatArray:
    """Return differences from the lead, 0 where they are rounding."""
    dy: FloatArray = np.asarray(yi - lead)
    dy[alike(yi, lead)] = 0.0
    return dy


def _spread(dy: FloatArray) -> Any:
    """Return the range of the effects, the lead (at zero) included."""
    return dy.max(axis=-1, initial=0.0) - dy.min(axis=-1, initial=0.0)


def trace_pp(w0: Any, rest: Any, rest2: Any, rest3: Any) -> Any:
    """Return tr PP = sum_i w_i² (1 - p_i)² + sum_{i != j} w_i² w_j² / S², p = w / S.

    w0 is the weight of the lead, the others those sums of w, w², w³ over the other studies.
    """
    s1 = w0 + rest
    lead = (w0 * (rest / s1)) ** 2 + 2 * rest2 * (w0 / s1) ** 2
    return lead + rest2 - 2 * rest3 / s1 + (rest2 / s1) ** 2
