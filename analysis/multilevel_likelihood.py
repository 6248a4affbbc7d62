"""The likelihood of the three-level model, its derivatives and its maximum.

y = mu + u_study + w_estimate + e, with variances sigma²_between, sigma²_within and the known
sampling covariance V. With W the inverse of its covariance, s = 1'W1, u = W1 and
P = W - uu'/s, the restricted score for the component with structure G is
(y'PGPy - tr PG) / 2, and the second derivatives are (tr PGPH)/2 - y'PGPHPy. G is 11' (between)
or I (within) in the block of each study, so that all of it is sums over small blocks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.clusters import IntArray, correlated_block
from analysis.effects import Effects, FloatArray
from analysis.errors import MethodError

MAXIMUM_STEPS = 500


@dataclass(frozen=True)
class Fit:
    """What the likelihood needs at one pair of variances: between first, within second."""

    k: int
    s: float  # 1'W1
    mu: float
    q: float  # y'Py
    log_det: float  # log det of the covariance
    trace: FloatArray  # tr PG, shape (2,)
    trace_w: FloatArray  # tr WG, shape (2,)
    quadratic: FloatArray  # y'PGPy, shape (2,)
    trace2: FloatArray  # tr PGPH, shape (2, 2)
    trace2_w: FloatArray  # tr WGWH, shape (2, 2)
    quadratic2: FloatArray  # y'PGPHPy, shape (2, 2)

    def log_likelihood(self, restricted: bool) -> float:
        """(Restricted) log-likelihood, with metafor's constants."""
        value = -0.5 * (self.log_det + self.q)
        if restricted:
            # The determinant of X'X = k is part of the restricted likelihood (Harville 1974).
            value += 0.5 * math.log(self.k) - 0.5 * math.log(self.s)
            return value - 0.5 * (self.k - 1) * math.log(2 * math.pi)
        return value - 0.5 * self.k * math.log(2 * math.pi)

    def gradient(self, restricted: bool) -> FloatArray:
        """First derivatives of the (restricted) log-likelihood, shape (2,)."""
        return 0.5 * (self.quadratic - (self.trace if restricted else self.trace_w))

    def curvature(self, restricted: bool) -> tuple[FloatArray, FloatArray]:
        """Negative second derivatives, observed and expected, shape (2, 2) each."""
        expected = 0.5 * (self.trace2 if restricted else self.trace2_w)
        return self.quadratic2 - expected, expected


class Blocks:
    """The blocks of the studies, those of one size stacked: shape (n, m, m)."""

    def __init__(self, effects: Effects, index: IntArray, rho: float) -> None:
        if rho == 1:
            raise MethodError(
                "three-level model: found rho = 1, wanted it below 1, since the sampling "
                "covariance is then singular"
            )
        self.k = effects.k
        # Effects are measured from their mean, lest large ones lose their differences.
        self.shift = float(effects.yi.mean())
        self.yi = effects.yi - self.shift
        self.v_min = float(effects.vi.min())
        order = np.argsort(index, kind="stable")
        groups = np.split(order, np.cumsum(np.bincount(index))[:-1])
        self.stacks: list[tuple[IntArray, FloatArray]] = []
        for m in sorted({len(group) for group in groups}):
            rows = np.array([group for group in groups if len(group) == m])
            v = np.stack([correlated_block(effects.vi[row], rho) for row in rows])
            self.stacks.append((rows, v))

    def at(self, theta: FloatArray) -> Fit:
        """Return what the likelihood needs at theta = (between, within)."""
        inverses = [_inverse(v, float(theta[0]), float(theta[1])) for _, v in self.stacks]
        u = np.empty(self.k)
        for (rows, _), w in zip(self.stacks, inverses, strict=True):
            u[rows] = w.row * w.shrink[:, None]
        s = float(u.sum())
        mu = float(u @ self.yi) / s
        residual = self.yi - mu
        scores = np.empty(self.k)
        trace_w, trace2_w, quadratic = np.zeros(2), np.zeros((2, 2)), np.zeros(2)
        gu, gugu, ge, gege = np.zeros(2), np.zeros((2, 2)), np.zeros(2), np.zeros((2, 2))
        for (rows, _), w in zip(self.stacks, inverses, strict=True):
            uc, ec = u[rows], w.times(residual[rows])
            scores[rows] = ec
            a, b = w.total * w.shrink, ec.sum(axis=1)
            uu = (uc * uc).sum(axis=1)
            trace_w += [a.sum(), w.trace.sum()]
            trace2_w += _symmetric(a @ a, uu.sum(), w.trace_of_square.sum())
            gu += [a @ a, uu.sum()]
            gugu += _symmetric((a**3).sum(), a @ uu, (uc * w.times(uc)).sum())
            quadratic += [b @ b, (ec * ec).sum()]
            ue = (uc * ec).sum(axis=1)
            ge += [a @ b, ue.sum()]
            gege += _symmetric((b * b) @ a, b @ ue, (ec * w.times(ec)).sum())
        return Fit(
            k=self.k,
            s=s,
            mu=mu + self.shift,
            q=float(residual @ scores),
            log_det=math.fsum(w.log_det for w in inverses),
            trace=trace_w - gu / s,
            trace_w=trace_w,
            quadratic=quadratic,
            trace2=trace2_w - 2 * gugu / s + np.outer(gu, gu) / s**2,
            trace2_w=trace2_w,
            quadratic2=gege - np.outer(ge, ge) / s,
        )


@dataclass(frozen=True, eq=False)
class _Inverse:
    """W of n blocks of size m: B + row row' shrink / total, where B 1 = 0.

    So written, a variance between studies that is huge beside V costs no digits.
    """

    centred: FloatArray  # B, shape (n, m, m)
    row: FloatArray  # sums of the rows of (V + within I)^-1, shape (n, m)
    total: FloatArray  # their sum, shape (n,)
    shrink: FloatArray  # 1 / (1 + between total), shape (n,)
    log_det: float

    @property
    def trace(self) -> FloatArray:
        """Return tr W, shape (n,)."""
        long = (self.row**2).sum(axis=1) * self.shrink / self.total
        result: FloatArray = np.einsum("nii->n", self.centred) + long
        return result

    @property
    def trace_of_square(self) -> FloatArray:
        """Return tr WW, shape (n,)."""
        long = (self.row**2).sum(axis=1) * self.shrink / self.total
        cross = np.einsum("ni,nij,nj->n", self.row, self.centred, self.row)
        squares = (self.centred**2).sum(axis=(1, 2))
        result: FloatArray = squares + 2 * cross * self.shrink / self.total + long**2
        return result

    def times(self, x: FloatArray) -> FloatArray:
        """Return Wx for x of shape (n, m)."""
        mean = (self.row * x).sum(axis=1) / self.total
        within = np.einsum("nij,nj->ni", self.centred, x - mean[:, None])
        result: FloatArray = within + self.row * (mean * self.shrink)[:, None]
        return result


def _inverse(v: FloatArray, between: float, within: float) -> _Inverse:
    m = v.shape[1]
    d = v + within * np.eye(m)
    base = np.linalg.inv(d)
    row = base.sum(axis=2)
    total = row.sum(axis=1)
    centred = base - row[:, :, None] * (row / total[:, None])[:, None, :]
    if m == 1:
        centred = np.zeros_like(base)
    log_det = np.linalg.slogdet(d)[1].sum() + np.log1p(between * total).sum()
    return _Inverse(centred, row, total, 1 / (1 + between * total), float(log_det))


def _symmetric(first: Any, cross: Any, second: Any) -> FloatArray:
    return np.array([[first, cross], [cross, second]])


def maximise(blocks: Blocks, restricted: bool) -> FloatArray:
    """The pair of variances, both >= 0, with the highest likelihood.

    Newton's method from the three best points of a grid that runs, with 0, from a thousandth of
    the smallest sampling variance to the square of the range, so that a lower summit is not
    taken for the highest. Newton's steps may leave the grid.
    """
    spread = float(np.ptp(blocks.yi))
    if spread == 0:
        return np.zeros(2)
    low = 1e-3 * min(blocks.v_min, spread**2)
    grid = [0.0, *np.geomspace(low, spread**2, 12)]
    starts = sorted(
        (-blocks.at(np.array([b, w])).log_likelihood(restricted), b, w) for b in grid for w in grid
    )
    found = [
        _climb(blocks, np.array([between, within]), restricted) for _, between, within in starts[:3]
    ]
    return max(found, key=lambda pair: pair[0])[1]


def _climb(blocks: Blocks, theta: FloatArray, restricted: bool) -> tuple[float, FloatArray]:
    fit = blocks.at(theta)
    value = fit.log_likelihood(restricted)
    level = 0
    for _ in range(MAXIMUM_STEPS):
        gradient = fit.gradient(restricted)
        free = (theta > 0) | (gradient > 0)
        if not free.any():
            return value, theta
        observed, expected = fit.curvature(restricted)
        chosen = observed[np.ix_(free, free)]
        # Away from the maximum the observed curvature may point downhill; the expected never.
        if np.linalg.eigvalsh(chosen).min() <= 0:
            chosen = expected[np.ix_(free, free)]
        step = np.zeros(2)
        step[free] = np.linalg.solve(chosen, gradient[free])
        small = 1e-12 * (theta + 1e-3 * blocks.v_min)
        # A few units in 1e-16 of the likelihood's size hide the last steps.
        rounding = 1e-13 * (1 + abs(value))
        scale = 1.0
        while True:
            new = np.maximum(theta + scale * step, 0.0)
            moved = np.abs(new - theta)
            fit = blocks.at(new)
            better = fit.log_likelihood(restricted)
            if better >= value - rounding:
                break
            scale /= 2
            if (moved <= small).all():
                return value, theta
        # Where the gradient's rounding keeps the steps from ending, a likelihood that has not
        # risen five times running has.
        level = level + 1 if better <= value + rounding else 0
        theta, value = new, better
        if (moved <= small).all() or level == 5:
            return value, theta
    raise MethodError(
        f"three-level model: found no convergence of its variances after {MAXIMUM_STEPS} steps"
    )
