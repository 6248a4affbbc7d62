"""Many sets of effects of the same studies, pooled or regressed all at once.

`sums.Studies` and `designs.Design` answer for one yi and vi, or for subsets of them. Here every
one of m problems has its own yi and vi of shape (k,), as when the rounding of printed inputs is
explored. Both classes answer as a `Problem`, so that the estimators of tau² serve them as well.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.sums import SUM_NAMES, Plain, Studies, Sums, dot

FloatArray = NDArray[np.float64]


class ManyStudies(Studies):
    """m problems with an intercept alone.

    Parameters
    ----------
    yi, vi : float64 arrays, shape (m, k), k >= 1, finite, vi > 0.
    """

    def __init__(self, yi: FloatArray, vi: FloatArray) -> None:
        m, k = yi.shape
        rows, leads = np.arange(m), np.argmin(vi, axis=1)
        others = np.ones((m, k))
        others[rows, leads] = 0.0
        self._other = others
        self._y_lead, self._v_lead = yi[rows, leads], vi[rows, leads]
        self._dy = (yi - self._y_lead[:, None]) * others
        self._v = vi
        self._range = self._dy.max(axis=-1, initial=0.0) - self._dy.min(axis=-1, initial=0.0)
        self.k = np.full(m, k)
        self.v_min = float(vi.min())


class ManyDesigns:
    """m regressions on the same columns.

    Parameters
    ----------
    x : float64 array, shape (k, p), of full column rank, k > p, its first column ones.
    yi, vi : float64 arrays, shape (m, k), finite, vi > 0.
    """

    def __init__(self, x: FloatArray, yi: FloatArray, vi: FloatArray) -> None:
        self._x, self._y, self._v = x, yi, vi
        self.k: Any = np.full(len(yi), x.shape[0])
        self.p = x.shape[1]
        self.v_min = float(vi.min())

    def _qr(self, tau2: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
        w = 1.0 / (self._v + np.asarray(tau2, dtype=np.float64)[..., None])
        q, r = np.linalg.qr(np.sqrt(w)[..., None] * self._x)
        return w, q, r

    @staticmethod
    def _residual(q: FloatArray, y: FloatArray) -> FloatArray:
        for _ in range(2):  # the second time takes what rounding left of the columns
            y = y - (q @ (q.swapaxes(-1, -2) @ y[..., None]))[..., 0]
        return y

    @cached_property
    def plain(self) -> Plain:
        """The sums without weights."""
        q, _ = np.linalg.qr(self._x)
        residual = self._residual(q, self._y)
        v_diag = self._v * (q**2).sum(axis=1)
        within = q.T @ (self._v[..., None] * q)
        return Plain(
            rss=dot(residual, residual),
            trpv=(self._v - v_diag).sum(axis=-1),
            trpvpv=dot(self._v, self._v - 2 * v_diag) + (within**2).sum(axis=(-1, -2)),
        )

    @property
    def upper(self) -> Any:
        """Return y'P0y, which no stationary point of a likelihood exceeds (`Design.upper`)."""
        return self.plain.rss

    @cached_property
    def at0(self) -> Sums:
        """The sums at tau2 = 0."""
        return self.at(np.zeros(len(self._y)))

    def at(self, tau2: Any) -> Sums:
        """Return the sums at tau2, shape (m,)."""
        w, q, _ = self._qr(tau2)
        residual = self._residual(q, np.sqrt(w) * self._y)
        return Sums(
            s1=w.sum(axis=-1),
            trp=dot(w, 1.0 - (q**2).sum(axis=-1)),
            mu=0.0,
            q=dot(residual, residual),
            q2=dot(w * residual, residual),
        )

    def sum_w2(self, tau2: Any) -> Any:
        """Return tr WW."""
        w = 1.0 / (self._v + np.asarray(tau2, dtype=np.float64)[..., None])
        return dot(w, w)

    def trace_pp(self, tau2: Any) -> Any:
        """Return tr PP = sum_ij w_i w_j (delta_ij - H_ij)²."""
        w, q, _ = self._qr(tau2)
        rest = np.eye(self._x.shape[0]) - q @ q.swapaxes(-1, -2)
        return dot(w, (rest**2 @ w[..., None])[..., 0])

    def total_variance(self) -> Any:
        """Return sum (yi - mean y)² / k."""
        return self._y.var(axis=-1)

    def log_likelihood(self, tau2: Any, restricted: bool) -> Any:
        """Return -(sum log(vi + tau2) + y'Py [+ log det X'WX]) / 2."""
        tau2 = np.asarray(tau2, dtype=np.float64)
        total = np.log(self._v + tau2[..., None]).sum(axis=-1) + self.at(tau2).q
        if restricted:
            diagonal = np.diagonal(self._qr(tau2)[2], axis1=-2, axis2=-1)
            total = total + 2.0 * np.log(np.abs(diagonal)).sum(axis=-1)
        return -0.5 * total

    def on_grid(self, grid: FloatArray) -> Sums:
        """Return the sums at each tau² of a grid, shape (G,); fields (G, m)."""
        each = [self.at(np.full(len(self._y), t)) for t in grid]
        return Sums(
            **{name: np.stack([_wide(e, name, self._y) for e in each]) for name in SUM_NAMES}
        )

    def fit(self, tau2: Any) -> tuple[FloatArray, FloatArray]:
        """Return coefficients, shape (m, p), and (X'WX)^-1, shape (m, p, p)."""
        w, q, r = self._qr(tau2)
        inverse = np.linalg.inv(r)
        rotated = q.swapaxes(-1, -2) @ (np.sqrt(w) * self._y)[..., None]
        return (inverse @ rotated)[..., 0], inverse @ inverse.swapaxes(-1, -2)


def _wide(sums: Sums, name: str, y: FloatArray) -> FloatArray:
    return np.broadcast_to(np.asarray(getattr(sums, name)), (len(y),))
