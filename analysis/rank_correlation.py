"""Kendall's rank correlation with its exact or asymptotic P value, in O(k log k).

Kendall (1938); ties as Kendall (1970), ch. 4. Agrees with R's cor.test(method = "kendall").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.quantiles import two_sided_p

FloatArray = NDArray[np.float64]

# The exact distribution takes k³ / 2 steps; beyond this the normal is as good.
LARGEST_EXACT = 200


@dataclass(frozen=True)
class Kendall:
    """tau_b, its two-sided P value, and whether that is exact. P = 1 where a side is constant."""

    tau: float
    pval: float
    exact: bool


def kendall(x: FloatArray, y: FloatArray) -> Kendall:
    """Correlate the ranks of x and y, float64 arrays of shape (k,), k >= 2.

    Exact where no values are tied and k <= LARGEST_EXACT; else normal, without continuity
    correction, with the variance corrected for ties. tau is 0 where x or y is constant.
    """
    k = len(x)
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    pairs = k * (k - 1) // 2
    ties_x, ties_y = _tie_sizes(x), _tie_sizes(np.sort(y))
    both = _tie_sizes(np.cumsum(_changes(x) | _changes(y)))
    tied_x, tied_y, tied_both = (int((t * (t - 1) // 2).sum()) for t in (ties_x, ties_y, both))
    # Sorted by x, then y: a pair tied in x is never an inversion of y.
    discordant = _inversions(np.unique(y, return_inverse=True)[1])
    s = pairs - tied_x - tied_y + tied_both - 2 * discordant
    if tied_x == pairs or tied_y == pairs:
        return Kendall(0.0, 1.0, False)
    tau = s / math.sqrt(pairs - tied_x) / math.sqrt(pairs - tied_y)
    if tied_x == tied_y == 0 and k <= LARGEST_EXACT:
        return Kendall(tau, _exact_p(discordant, k), True)
    variance = _variance(k, ties_x, ties_y)
    return Kendall(tau, float(two_sided_p(s / math.sqrt(variance))), False)


def _changes(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    return np.concatenate(([True], values[1:] != values[:-1]))


def _tie_sizes(values: NDArray[np.generic]) -> NDArray[np.intp]:
    """Return how often each value stands in a sorted array."""
    starts = np.flatnonzero(_changes(values))
    return np.diff(np.append(starts, len(values)))


def _variance(k: int, ties_x: NDArray[np.intp], ties_y: NDArray[np.intp]) -> float:
    """Return the variance of S under independence; Kendall (1970), equation 4.4."""
    t, u = ties_x.astype(np.float64), ties_y.astype(np.float64)
    v0 = k * (k - 1) * (2 * k + 5)
    vt, vu = (float((z * (z - 1) * (2 * z + 5)).sum()) for z in (t, u))
    variance = (v0 - vt - vu) / 18
    t2, u2 = (float((z * (z - 1)).sum()) for z in (t, u))
    variance += t2 * u2 / (2 * k * (k - 1))
    if k > 2:
        t3, u3 = (float((z * (z - 1) * (z - 2)).sum()) for z in (t, u))
        variance += t3 * u3 / (9 * k * (k - 1) * (k - 2))
    return variance


def _inversions(ranks: NDArray[np.intp]) -> int:
    """Count pairs i < j with ranks[i] > ranks[j], one bit of the ranks at a time.

    Values are kept stably grouped by their higher bits; within a group each 0 is inverted with
    every 1 before it.
    """
    total = 0
    values = ranks.astype(np.int64)
    group = np.zeros(len(values), dtype=np.int64)
    for bit in range(int(values.max()).bit_length() - 1, -1, -1):
        one = (values >> bit) & 1
        ones = np.cumsum(one)
        starts = np.flatnonzero(_changes(group))
        before = (ones - one)[starts]
        sizes = np.diff(np.append(starts, len(values)))
        ones_in_group = ones - np.repeat(before, sizes)
        total += int(ones_in_group[one == 0].sum())
        group = group * 2 + one
        order = np.argsort(group, kind="stable")
        group, values = group[order], values[order]
    return total


def _exact_p(discordant: int, k: int) -> float:
    """Return the two-sided P value from the distribution of inversions of k ranks.

    A k-th rank adds 0 ... k - 1 inversions with equal probability. The distribution is
    symmetric: only its lower half is summed.
    """
    pairs = k * (k - 1) // 2
    q = min(discordant, pairs - discordant)
    density = np.zeros(q + 1)
    density[0] = 1.0
    for n in range(2, k + 1):
        sums = np.cumsum(density)
        sums[n:] -= sums[:-n].copy()
        density = sums / n
    return min(1.0, 2 * float(density.sum()))
