"""The weighted sums of `analysis.sums` for a regression design: X with p columns.

Weighted least squares by QR of sqrt(W) X, rows in order of falling weight, so that weights of
very different size do no harm. `Design` answers as a `Problem`, for which the estimators of
tau² in `heterogeneity` are written.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.sums import SUM_NAMES, Plain, Sums, noise

FloatArray = NDArray[np.float64]

# Above this leverage, 1 - h is computed without subtracting.
LEAD_LEVERAGE = 0.9

# Rows need an order only where weights differ by more than this.
MILD_SPREAD = 1e6
# From so many rows on, Cholesky's factor of X'WX is quicker than Householder's QR; it is taken
# where the ratio of its diagonal says that squaring the condition does no harm.
MANY_ROWS, SAFE_RATIO, GOOD_RATIO = 64, 1e-4, 0.1


@dataclass(frozen=True)
class Fit:
    """Weighted least squares at one tau²: coefficients, (X'WX)^-1, leverages h, shape (k,)."""

    b: FloatArray
    unscaled: FloatArray
    h: FloatArray
    sums: Sums


class Design:
    """k studies and the columns by which their effects are explained.

    Parameters
    ----------
    x : float64 array, shape (k, p), of full column rank, k > p, its first column ones.
    yi, vi : float64 arrays, shape (k,).
    """

    def __init__(self, x: FloatArray, yi: FloatArray, vi: FloatArray) -> None:
        self.v_min = float(vi.min())
        first = int(np.argmin(vi))
        self._order: Any = slice(None)
        if float(vi.max()) > MILD_SPREAD * self.v_min:
            self._order = np.argsort(vi, kind="stable")
        # Columns centred and of one size, X = x' T: years are as harmless as a few units. They
        # are kept as rows, since numpy goes along those.
        self.k, self.p = x.shape
        scaled = np.ascontiguousarray(x.T)
        self._change = np.eye(self.p)
        self._change[0, 1:] = scaled[1:].mean(axis=1)
        scaled[1:] -= self._change[0, 1:, None]
        size = np.sqrt(np.einsum("ij,ij->i", scaled[1:], scaled[1:]) / self.k)
        size = np.where(size > 0, size, 1.0)
        scaled[1:] /= size[:, None]
        self._change[1:, 1:] = np.diag(size)
        self._x, self._v = scaled[:, self._order], vi[self._order]
        # X holds an intercept, so residuals do not depend on where effects are measured from.
        self._lead = float(yi[first])
        self._y = yi[self._order] - self._lead
        self._latest: tuple[float, tuple[FloatArray, FloatArray, FloatArray]] | None = None

    @cached_property
    def plain(self) -> Plain:
        """The unweighted sums."""
        q, _ = _orthogonal(self._x)
        residual = self._residual(q, self._y)
        rest = self._one_minus_h(np.ones(self.k), q)
        return Plain(
            rss=float(residual @ residual),
            trpv=float(self._v @ rest),
            trpvpv=_weighted_square(self._v, q, rest),
        )

    @staticmethod
    def _residual(q: FloatArray, y: FloatArray) -> FloatArray:
        first = y - (q @ y) @ q
        # Once more: what rounding left of the columns in the residual goes.
        return first - (q @ first) @ q

    @property
    def upper(self) -> float:
        """Return a bound that no stationary point of a likelihood exceeds.

        In the eigenvectors of K'VK (K an orthonormal basis of the complement of X) twice the
        restricted score is sum_i (z_i² / (d_i + tau2)² - 1 / (d_i + tau2)), the d_i between the
        least and the largest sampling variance, with sum z_i² = y'P0y = R. That is less than
        R / tau2² - m / (v_max + tau2), m = k - p, and so negative above the root of
        m tau2² = R (v_max + tau2). The score of the full likelihood is smaller still.
        """
        rss, m, largest = float(self.plain.rss), int(self.k - self.p), float(self._v.max())
        root = (rss + math.sqrt(rss * (rss + 4.0 * m * largest))) / (2.0 * m)
        return float(min(rss, root))

    def _qr(self, tau2: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return w, Q' of shape (p, k) and R of sqrt(W) X; those of the latest tau2 are kept."""
        value = float(tau2)
        if self._latest is None or self._latest[0] != value:
            w = 1.0 / (self._v + value)
            q, r = _orthogonal(np.sqrt(w) * self._x)
            self._latest = value, (w, q, r @ self._change)
        return self._latest[1]

    @cached_property
    def at0(self) -> Sums:
        """The sums at tau2 = 0."""
        return self.at(0.0)

    def at(self, tau2: Any) -> Sums:
        """Return the sums at tau2, a number."""
        w, q, _ = self._qr(tau2)
        root = np.sqrt(w)
        residual = self._residual(q, root * self._y)
        return Sums(
            s1=w.sum(),
            trp=w @ self._one_minus_h(w, q),
            mu=0.0,
            q=residual @ residual,
            q2=(w * residual) @ residual,
        )

    def _one_minus_h(self, w: FloatArray, q: FloatArray) -> FloatArray:
        """Return 1 - h; for a study that nearly determines a coefficient, by leaving it out.

        1 - h_i = 1 / (1 + w_i x_i' (X'WX without i)^-1 x_i), Sherman & Morrison.
        """
        rest: FloatArray = 1.0 - np.einsum("ij,ij->j", q, q)
        for i in np.flatnonzero(rest < 1.0 - LEAD_LEVERAGE):
            others = np.arange(self.k) != i
            r = np.linalg.qr((np.sqrt(w[others]) * self._x[:, others]).T)[1]
            diagonal = np.abs(np.diag(r))
            if diagonal.min() <= 1e-13 * np.abs(r).max():
                rest[i] = 0.0  # the study alone carries a coefficient: it fits exactly
                continue
            g = np.linalg.solve(r.T, self._x[:, i])
            rest[i] = 1.0 / (1.0 + w[i] * (g @ g))
        return rest

    def trace_pp(self, tau2: Any) -> float:
        """Return tr PP."""
        w, q, _ = self._qr(tau2)
        return _weighted_square(w, q, self._one_minus_h(w, q))

    def sum_w2(self, tau2: Any) -> float:
        """Return the sum of squared weights."""
        return float(((self._v + tau2) ** -2.0).sum())

    def total_variance(self) -> float:
        """Return sum (yi - mean y)² / k."""
        return float(np.var(self._y))

    def log_likelihood(self, tau2: Any, restricted: bool) -> float:
        """Return -(sum log(vi + tau2) + y'Py [+ log det X'WX]) / 2."""
        total = float(np.log(self._v + tau2).sum() + self.at(tau2).q)
        if restricted:
            total += 2.0 * float(np.log(np.abs(np.diag(self._qr(tau2)[2]))).sum())
        return -0.5 * total

    def on_grid(self, grid: FloatArray) -> Sums:
        """Return the sums at each tau² of a grid, shape (G,)."""
        each = [self.at(t) for t in grid]
        return Sums(**{n: np.array([getattr(e, n) for e in each]) for n in SUM_NAMES})

    def fit(self, tau2: float) -> Fit:
        """Return the coefficients and what goes with them, studies in their own order."""
        w, q, r = self._qr(tau2)
        root = np.sqrt(w)
        inverse = np.linalg.inv(r)
        b = inverse @ (q @ (root * self._y))
        b += inverse @ (q @ (root * self._lead))
        h = np.empty(self.k)
        h[self._order] = 1.0 - self._one_minus_h(w, q)
        return Fit(b=b, unscaled=inverse @ inverse.T, h=h, sums=self.at(tau2))


def _orthogonal(a: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return Q', R of a matrix A = Q R given as A', shape (p, k); by Cholesky where k is large.

    Q is then orthogonal to some eps cond²; a second round makes it so to the last digit
    (Yamamoto et al. 2015, ETNA 44:306).
    """
    if a.shape[1] >= MANY_ROWS:
        try:
            first: FloatArray = np.asarray(np.linalg.cholesky(a @ a.T), dtype=np.float64)
            share = np.diag(first).min() / np.abs(first).max()
            if share > SAFE_RATIO:
                q: FloatArray = np.linalg.inv(first) @ a
                if share > GOOD_RATIO:
                    return q, first.T
                second: FloatArray = np.linalg.cholesky(q @ q.T).astype(np.float64)
                return np.linalg.inv(second) @ q, second.T @ first.T
        except np.linalg.LinAlgError:
            pass  # not positive definite to rounding
    full, r = np.linalg.qr(a.T)
    return np.ascontiguousarray(full.T, dtype=np.float64), np.asarray(r, dtype=np.float64)


def _weighted_square(a: FloatArray, q: FloatArray, rest: FloatArray) -> float:
    """Return sum_ij a_i a_j (delta_ij - H_ij)², H = QQ', rest = 1 - h its diagonal's complement.

    `q` is Q', shape (p, k). With a = w that is tr PP, with a = v and unweighted Q it is
    tr P0VP0V. Rows of high leverage are summed apart, so that nothing cancels.
    """
    lead = rest < 1.0 - LEAD_LEVERAGE
    h = np.einsum("ij,ij->j", q, q)
    low = slice(None) if not lead.any() else ~lead
    off_diagonal = float((((a[low] * q[:, low]) @ q[:, low].T) ** 2).sum())
    off_diagonal -= float(((a * h)[low] ** 2).sum())
    total = float(((a * rest) ** 2).sum()) + max(0.0, off_diagonal)
    for i in np.flatnonzero(lead):
        across = a[i] * a * (q[:, i] @ q) ** 2
        across[i] = 0.0
        if rest[i] == 0.0:
            continue  # its row of I - H is zero
        total += float(across.sum() + across[~lead].sum())
    return total


def variance_scale(effects: Effects, fit: Fit, design: Design, test: str) -> float:
    """Return the factor of the covariance matrix: 1, or s² = y'Py / (k - p) of Knapp-Hartung."""
    if test == "z":
        return 1.0
    s2 = float(fit.sums.q) / (design.k - design.p)
    # Residuals that are all rounding error.
    if test == "knha" and s2 <= noise(effects.yi) ** 2 * float(fit.sums.s1):
        raise MethodError(
            "test: found knha where the model fits every study exactly, wanted residuals (or test "
            "adhoc or z): the intervals would have no width"
        )
    return float(max(s2, 1.0)) if test == "adhoc" else s2
