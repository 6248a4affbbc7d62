"""A density on [0, infinity) made into nodes and weights, by adaptive Gauss quadrature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.effects import FloatArray
from analysis.errors import MethodError
from analysis.quantiles import check_level
from analysis.roots import bracketed_root

ORDER = 16
_X, _W = np.polynomial.legendre.leggauss(ORDER)
# A panel is halved until its halves' sum agrees with it to this share of the whole.
TOLERANCE = 1e-13
MAXIMUM_PANELS = 10_000


@dataclass(frozen=True, eq=False)
class TauIntegral:
    """A normalised density of tau on panels [edges[j], edges[j + 1]].

    `nodes` and `weights` (summing to 1), shape (m,), replace integrals over the density.
    `tail_index` a: the density falls as tau^-(a + 1); moments of order a and above do not exist.
    """

    nodes: FloatArray
    weights: FloatArray
    edges: FloatArray
    cumulative: FloatArray
    log_density: Callable[[FloatArray], FloatArray]
    log_constant: float
    tail_index: float

    def density(self, x: float) -> float:
        """Density at x; 0 below 0."""
        if x < 0:
            return 0.0
        return float(np.exp(self.log_density(np.array([x]))[0] - self.log_constant))

    def cdf(self, x: float) -> float:
        """Probability of values up to x."""
        if x <= self.edges[0]:
            return 0.0
        if x >= self.edges[-1]:
            return 1.0
        j = int(np.searchsorted(self.edges, x, side="right")) - 1
        return min(float(self.cumulative[j]) + self._within(j, x), 1.0)

    def quantile(self, p: float) -> float:
        """x with cdf(x) = p, 0 < p < 1."""
        check_level(p)
        # The cumulative sum runs from 0 to 1: p lies inside one panel.
        j = min(int(np.searchsorted(self.cumulative, p, side="right")) - 1, len(self.edges) - 2)
        start, below = float(self.edges[j]), float(self.cumulative[j])
        end = float(self.edges[j + 1])
        top = self._within(j, end)
        if below + top <= p:
            return end
        return bracketed_root(lambda x: below + self._within(j, x) - p, start, end)

    def _within(self, j: int, x: float) -> float:
        start = float(self.edges[j])
        half = (x - start) / 2
        values = self.log_density(start + half * (1 + _X)) - self.log_constant
        return float(half * (_W @ np.exp(values)))


def integrate_tau(
    log_density: Callable[[FloatArray], FloatArray],
    *,
    least: float,
    greatest: float,
    tail_index: float,
) -> TauIntegral:
    """Normalise a density of tau that is smooth in tau.

    Parameters
    ----------
    log_density : of an array of shape (m,), up to a constant.
    least, greatest : the smallest and largest scale on which the density changes.
    tail_index : see `TauIntegral`; infinity for a tail that falls as a normal density.

    Raises
    ------
    MethodError : no convergence.
    """
    # A normal tail ends within 40 scales; a power tail has 1e-36 of its mass beyond this.
    last = greatest * (40.0 if np.isinf(tail_index) else 10.0 ** (36 / tail_index))
    mode, top = _highest(log_density, least / 1000, last)
    edges = _panel_edges(log_density, mode, top, least, last)
    start, end = edges[:-1], edges[1:]
    done_start: list[FloatArray] = []
    done_end: list[FloatArray] = []
    value = _panels(log_density, start, end, top)
    settled = 0.0
    while len(start):
        if len(start) > MAXIMUM_PANELS:
            raise MethodError(
                f"integration over tau: found no convergence with {MAXIMUM_PANELS} panels"
            )
        middle = (start + end) / 2
        left = _panels(log_density, start, middle, top)
        right = _panels(log_density, middle, end, top)
        total = settled + float((left + right).sum())
        good = np.abs(left + right - value) <= TOLERANCE * total
        done_start += [start[good]]
        done_end += [end[good]]
        settled += float(value[good].sum())
        start = np.concatenate([start[~good], middle[~good]])
        end = np.concatenate([middle[~good], end[~good]])
        value = np.concatenate([left[~good], right[~good]])
    start, end = np.concatenate(done_start), np.concatenate(done_end)
    order = np.argsort(start)
    start, end = start[order], end[order]
    half = (end - start) / 2
    nodes = (start[:, None] + half[:, None] * (1 + _X)).ravel()
    mass = (half[:, None] * _W).ravel() * np.exp(log_density(nodes) - top)
    total = float(mass.sum())
    panel = mass.reshape(-1, ORDER).sum(axis=1) / total
    keep = mass > 1e-30 * total
    return TauIntegral(
        nodes=nodes[keep],
        weights=mass[keep] / total,
        edges=np.append(start, end[-1]),
        cumulative=np.concatenate([[0.0], np.cumsum(panel)]),
        log_density=log_density,
        log_constant=top + float(np.log(total)),
        tail_index=tail_index,
    )


def _highest(
    log_density: Callable[[FloatArray], FloatArray], first: float, last: float
) -> tuple[float, float]:
    """Where the density is highest, about, and its logarithm there.

    A scan on a logarithmic scale, then six finer ones between the neighbours of the best.
    """
    grid = np.concatenate([[0.0], np.geomspace(first, last, 127)])
    for _ in range(7):
        values = log_density(grid)
        best = int(np.argmax(values))
        mode, top = float(grid[best]), float(values[best])
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
        grid = np.append(np.linspace(low, high, 31), mode)
        grid.sort()
    return mode, top


def _panel_edges(
    log_density: Callable[[FloatArray], FloatArray],
    mode: float,
    top: float,
    least: float,
    last: float,
) -> FloatArray:
    """Panels that double in width away from the mode, from a quarter of the density's width.

    Those on both of whose ends the density is less than exp(-90) of its height, on the far side
    of the mode, hold nothing and are left out.
    """
    away: FloatArray = 1e-7 * (mode + least) * 2.0 ** np.arange(90, dtype=np.float64)
    away = away[away < last]
    right = log_density(mode + away)
    left = log_density(np.maximum(mode - away, 0.0))
    fallen = (right < top - 0.5) | ((left < top - 0.5) & (away < mode))
    unit = away[int(np.argmax(fallen))] / 4 if fallen.any() else away[-1]
    steps = unit * 2.0 ** np.arange(int(np.ceil(np.log2(max(last / unit, 2.0)))) + 1)
    edges: FloatArray = np.unique([0.0, mode, last, *(mode - steps[steps < mode]), *(mode + steps)])
    edges = edges[edges <= last]
    rich = log_density(edges) > top - 90
    first, final = int(np.argmax(rich)), len(rich) - 1 - int(np.argmax(rich[::-1]))
    return edges[max(first - 1, 0) : final + 2]


def _panels(
    log_density: Callable[[FloatArray], FloatArray], start: FloatArray, end: FloatArray, top: float
) -> FloatArray:
    half = (end - start) / 2
    nodes = start[:, None] + half[:, None] * (1 + _X)
    values = np.exp(log_density(nodes.ravel()) - top).reshape(nodes.shape)
    result: FloatArray = half * (values @ _W)
    return result
