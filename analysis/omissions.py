"""The k problems that each leave out one of k studies, in time linear in k.

Each omission has its own tau², so its weighted sums over the other k - 1 studies are k² numbers
if taken one by one. But a sum such as F(t) = sum_j 1 / (v_j + t) is a smooth function of t: it is
tabulated at Chebyshev points and interpolated at the k values that are wanted, and the study that
is left out is subtracted. In u = 1 + t / v_min the nearest singularity is at u <= 0; on a cell
[a, 2a] it is three half-widths from the centre, so that n points err by (3 + sqrt 8)^-n (Trefethen
2013, theorem 8.2): n = 24 is below the rounding of doubles. Studies that make up a large part of
a sum would lose digits on subtraction: those are left out one by one, and so is the most precise
study, the lead, which is kept apart in all other omissions as in `sums.Studies`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import chebvander
from numpy.typing import NDArray

from analysis.effects import Effects
from analysis.sums import SUM_NAMES, Plain, Problem, Studies, Sums, alike, trace_pp

FloatArray = NDArray[np.float64]
Rows = NDArray[np.intp]

# Up to here all omissions are pooled as a matrix, study by study.
FEW_STUDIES = 300
# Numbers in one such matrix (16 MB).
CHUNK_ELEMENTS = 2_000_000
# A study with a larger share of any sum is left out by summing the others.
LARGE_SHARE = 0.2
NODES = 24


def omissions(effects: Effects) -> Iterator[tuple[Rows, Problem]]:
    """Yield the omissions, some at a time: which studies are left out, and the problems."""
    k = effects.k
    if k <= FEW_STUDIES:
        yield from one_by_one(effects, np.arange(k))
        return
    large = _large(effects)
    rest = np.flatnonzero(~large)
    if len(rest):
        yield rest, Omissions(effects.yi, effects.vi, rest)
    yield from one_by_one(effects, np.flatnonzero(large))


def one_by_one(effects: Effects, rows: Rows) -> Iterator[tuple[Rows, Problem]]:
    """Yield the omissions of the given studies, each a row of weights."""
    step = max(1, CHUNK_ELEMENTS // effects.k)
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        include = np.ones((len(part), effects.k), dtype=np.bool_)
        include[np.arange(len(part)), part] = False
        yield part, Studies(effects.yi, effects.vi, include)


def _large(effects: Effects) -> NDArray[np.bool_]:
    """Say which studies have a large share of a sum, at tau2 = 0 or without weights."""
    w = 1.0 / effects.vi
    large = np.zeros(effects.k, dtype=np.bool_)
    for weights in (w, w**2, w**3, np.ones(effects.k)):
        y = effects.yi - (weights @ effects.yi) / weights.sum()
        for terms in (weights, weights * y**2):
            large |= terms > LARGE_SHARE * terms.sum()
    large[int(np.argmax(w))] = True
    return large


class Omissions:
    """Problems of k - 1 studies each, one for every study in `rows`; see `sums.Problem`.

    The lead, the study of least variance, is not in `rows`.
    """

    p = 1

    def __init__(self, yi: FloatArray, vi: FloatArray, rows: Rows) -> None:
        w = 1.0 / vi
        lead = int(np.argmax(w))
        yi = np.where(alike(yi, yi[lead]), yi[lead], yi)
        self._centre = float(yi[lead] + (w @ (yi - yi[lead])) / w.sum())
        self._all_y, self._all_v, self._rows = yi - self._centre, vi, rows
        others = np.arange(len(yi)) != lead
        self._y, self._v = self._all_y[others], vi[others]
        self._y_lead, self._v_lead = float(self._all_y[lead]), float(vi[lead])
        self._own_y, self._own_v = self._all_y[rows], vi[rows]
        self._cells: dict[int, FloatArray] = {}
        self.k = np.full(len(rows), len(yi) - 1)
        self.v_min = self._v_lead
        # The range of all bounds that of the others; see Studies.upper.
        self.upper = np.full(len(rows), float(np.ptp(yi)) ** 2)

    def _terms(self, y: FloatArray, v: FloatArray, tau2: Any) -> FloatArray:
        """Return w, wy, wy², w², w²y, w²y², w³, log(v + tau2), along a new first axis."""
        out = np.empty((8, *np.shape(v)))
        w, wy, wyy, w2, w2y, w2yy, w3, logs = out
        np.add(v, tau2, out=w)
        np.log(w, out=logs)
        np.divide(1.0, w, out=w)
        np.multiply(w, y, out=wy)
        np.multiply(wy, y, out=wyy)
        np.multiply(w, w, out=w2)
        np.multiply(w, wy, out=w2y)
        np.multiply(wy, wy, out=w2yy)
        np.multiply(w2, w, out=w3)
        return out

    def _totals(self, tau2: float) -> FloatArray:
        return np.asarray(self._terms(self._y, self._v, tau2).sum(axis=-1))

    def _coefficients(self, cell: int) -> FloatArray:
        """Return the Chebyshev coefficients of the totals on u in [2^cell, 2^(cell + 1)]."""
        if cell not in self._cells:
            angles = (np.arange(NODES) + 0.5) * (np.pi / NODES)
            u = 2.0**cell * (1.5 + 0.5 * np.cos(angles))
            values = np.array([self._totals(self.v_min * (x - 1.0)) for x in u])
            basis = np.cos(np.outer(np.arange(NODES), angles)) * (2.0 / NODES)
            basis[0] /= 2.0
            self._cells[cell] = basis @ values
        return self._cells[cell]

    def _sums(self, tau2: Any) -> FloatArray:
        """Return the sums over all studies but the lead and the one left out, shape (8, m)."""
        tau2 = np.asarray(tau2, dtype=np.float64)
        own = self._terms(self._own_y, self._own_v, tau2)
        if tau2.ndim == 0 or (tau2 == tau2[0]).all():
            return np.asarray(self._totals(float(tau2.flat[0]))[:, None] - own)
        u = 1.0 + tau2 / self.v_min
        cells = np.floor(np.log2(u)).astype(np.intp)
        totals = np.empty_like(own)
        for cell in np.unique(cells):
            here = cells == cell
            x = 2.0 * (u[here] / 2.0**cell) - 3.0
            totals[:, here] = (chebvander(x, NODES - 1) @ self._coefficients(int(cell))).T
        return np.asarray(totals - own)

    def at(self, tau2: Any) -> Sums:
        """Return the sums at tau2, shape (m,)."""
        rest, wy, wyy, rest2, w2y, w2yy, _, _ = self._sums(tau2)
        w0, y0 = 1.0 / (self._v_lead + np.asarray(tau2)), self._y_lead
        s1 = w0 + rest
        mu = (w0 * y0 + wy) / s1
        q = w0 * (y0 - mu) ** 2 + (wyy - 2 * mu * wy + mu**2 * rest)
        q2 = (w0 * (y0 - mu)) ** 2 + (w2yy - 2 * mu * w2y + mu**2 * rest2)
        return Sums(
            s1=s1,
            trp=w0 * (rest / s1) + rest - rest2 / s1,
            mu=self._centre + mu,
            q=np.maximum(q, 0.0),
            q2=np.maximum(q2, 0.0),
        )

    def sum_w2(self, tau2: Any) -> FloatArray:
        """Return the sums of squared weights."""
        return np.asarray((self._v_lead + tau2) ** -2.0 + self._sums(tau2)[3])

    def trace_pp(self, tau2: Any) -> FloatArray:
        """Return tr PP."""
        sums = self._sums(tau2)
        rest, rest2, rest3 = sums[0], sums[3], sums[6]
        return np.asarray(trace_pp(1.0 / (self._v_lead + np.asarray(tau2)), rest, rest2, rest3))

    @cached_property
    def at0(self) -> Sums:
        """The sums at tau2 = 0."""
        return self.at(np.zeros(len(self._rows)))

    @cached_property
    def plain(self) -> Plain:
        """The unweighted sums."""
        y, v, k = self._all_y - self._all_y.mean(), self._all_v, self.k
        own_y, own_v = y[self._rows], self._own_v
        sum_y, sum_v, sum_v2 = y.sum() - own_y, v.sum() - own_v, v @ v - own_v**2
        return Plain(
            rss=y @ y - own_y**2 - sum_y**2 / k,
            trpv=sum_v * (1.0 - 1.0 / k),
            trpvpv=sum_v2 * (1.0 - 2.0 / k) + (sum_v / k) ** 2,
        )

    def total_variance(self) -> FloatArray:
        """Return sum (yi - mean y)² / k."""
        return np.asarray(self.plain.rss / self.k)

    def log_likelihood(self, tau2: Any, restricted: bool) -> FloatArray:
        """Return -(sum log(vi + tau2) + y'Py [+ log S]) / 2."""
        sums = self.at(tau2)
        logs = self._sums(tau2)[7] + np.log(self._v_lead + np.asarray(tau2))
        total = logs + sums.q + (np.log(sums.s1) if restricted else 0.0)
        return np.asarray(-0.5 * total)

    def on_grid(self, grid: FloatArray) -> Sums:
        """Return the sums at each tau² of a grid, shape (G,); fields (G, m)."""
        each = [self.at(t) for t in grid]
        return Sums(**{n: np.stack([getattr(e, n) for e in each]) for n in SUM_NAMES})
