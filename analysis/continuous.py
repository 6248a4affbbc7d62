"""Effects from means, proportions, rates and correlations, one study at a time or many.

Arguments are floats or arrays of shape (k,); so are the results, `(yi, vi)`. The formulas are
those of metafor::escalc with its default variances.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import poch

from analysis.effect_sizes import Measured
from analysis.effects import FloatArray
from analysis.errors import MethodError

Pair = tuple[FloatArray, FloatArray]


def mean_difference(
    m1i: ArrayLike,
    sd1i: ArrayLike,
    n1i: ArrayLike,
    m2i: ArrayLike,
    sd2i: ArrayLike,
    n2i: ArrayLike,
    *,
    pooled: bool = False,
) -> Pair:
    """MD, group 1 minus group 2, with sd²/n summed over the groups as its variance.

    `pooled` assumes one standard deviation for both groups (metafor's vtype "HO").

    Raises
    ------
    MethodError : a standard deviation is not positive, or a group has fewer than 2.
    """
    m1, s1, n1, m2, s2, n2 = _groups("MD", m1i, sd1i, n1i, m2i, sd2i, n2i)
    if pooled:
        vi = _pooled_sd(s1, n1, s2, n2) ** 2 * (1 / n1 + 1 / n2)
    else:
        vi = s1**2 / n1 + s2**2 / n2
    return m1 - m2, vi


def standardised_mean_difference(
    m1i: ArrayLike,
    sd1i: ArrayLike,
    n1i: ArrayLike,
    m2i: ArrayLike,
    sd2i: ArrayLike,
    n2i: ArrayLike,
) -> Pair:
    """Hedges' g with the exact correction J, vi = 1/n1 + 1/n2 + g² / (2 (n1 + n2)).

    J(m) = Γ(m/2) / (sqrt(m/2) Γ((m - 1)/2)), m = n1 + n2 - 2 (Hedges 1981, equation 6e).
    Raises as `mean_difference`.
    """
    m1, s1, n1, m2, s2, n2 = _groups("SMD", m1i, sd1i, n1i, m2i, sd2i, n2i)
    g = hedges_j(n1 + n2 - 2) * (m1 - m2) / _pooled_sd(s1, n1, s2, n2)
    return g, 1 / n1 + 1 / n2 + g**2 / (2 * (n1 + n2))


def hedges_j(m: ArrayLike) -> FloatArray:
    """Exact small-sample correction of a standardised mean difference with m >= 2 df."""
    m = np.asarray(m, dtype=np.float64)
    if not (m >= 2).all():
        raise MethodError(f"Hedges' g: found {m.min():g} degrees of freedom, wanted 2 or more")
    # Γ(x + 1/2) / Γ(x) as one function: the difference of two logarithms of gamma loses digits.
    ratio: FloatArray = poch((m - 1) / 2, 0.5)
    return ratio / np.sqrt(m / 2)


def ratio_of_means(
    m1i: ArrayLike,
    sd1i: ArrayLike,
    n1i: ArrayLike,
    m2i: ArrayLike,
    sd2i: ArrayLike,
    n2i: ArrayLike,
) -> Pair:
    """ROM on the log scale: log(m1 / m2), vi = sd1²/(n1 m1²) + sd2²/(n2 m2²).

    Raises as `mean_difference`, and where two means are not of the same sign.
    """
    m1, s1, n1, m2, s2, n2 = _groups("ROM", m1i, sd1i, n1i, m2i, sd2i, n2i)
    if not (m1 * m2 > 0).all():
        j = int(np.flatnonzero(~(m1 * m2 > 0))[0])
        raise MethodError(
            f"ROM: found means {m1.flat[j]:g} and {m2.flat[j]:g}, wanted both above (or both "
            "below) 0"
        )
    return np.log(m1 / m2), s1**2 / (n1 * m1**2) + s2**2 / (n2 * m2**2)


def logit_proportion(xi: ArrayLike, ni: ArrayLike, *, add: float = 0.5) -> Pair:
    """PLO: log(x / (n - x)), vi = 1/x + 1/(n - x); `add` to both where one of them is 0.

    Raises
    ------
    MethodError : not 0 <= x <= n with n > 0; or x is 0 or n, and `add` is 0.
    """
    x, n = _proportion("PLO", xi, ni)
    zero = (x == 0) | (x == n)
    if zero.any() and not add > 0:
        raise MethodError(
            "PLO: found a proportion of 0 or 1 without a continuity correction, wanted one, since "
            "its logit is not finite"
        )
    more = np.where(zero, add, 0.0)
    yes, no = x + more, n - x + more
    return np.log(yes / no), 1 / yes + 1 / no


def freeman_tukey(xi: ArrayLike, ni: ArrayLike) -> Pair:
    """PFT, the double arcsine (Freeman & Tukey 1950), halved as in metafor; vi = 1/(4n + 2).

    Raises as `logit_proportion`; zeros need no correction.
    """
    x, n = _proportion("PFT", xi, ni)
    yi = (np.arcsin(np.sqrt(x / (n + 1))) + np.arcsin(np.sqrt((x + 1) / (n + 1)))) / 2
    return yi, 1 / (4 * n + 2)


def freeman_tukey_inverse(yi: ArrayLike, ni: ArrayLike) -> FloatArray:
    """Proportions of PFT values (Miller 1978), for samples of size `ni`.

    Values that no sample of that size reaches give 0 or 1, as in metafor::transf.ipft. Of a
    pooled value see `pooled_proportion`.
    """
    y = np.asarray(yi, dtype=np.float64)
    n = np.asarray(ni, dtype=np.float64)
    if not (n > 0).all():
        raise MethodError(f"PFT: found a sample of {n.min():g}, wanted it positive")
    twice = 2 * y
    # The transform runs from these values at x = 0 to those at x = n.
    low = np.arcsin(np.sqrt(1 / (n + 1))) / 2
    high = (np.arcsin(np.sqrt(n / (n + 1))) + np.pi / 2) / 2
    inside = (y > low) & (y < high)
    sine = np.where(inside, np.sin(twice), 1.0)
    root = np.sqrt(np.maximum(1 - (sine + (sine - 1 / sine) / n) ** 2, 0.0))
    p = (1 - np.sign(np.cos(twice)) * root) / 2
    return np.where(inside, p, np.where(y <= low, 0.0, 1.0))


def harmonic_mean(ni: ArrayLike) -> float:
    """Harmonic mean of sample sizes, all > 0."""
    n = np.asarray(ni, dtype=np.float64)
    if n.size == 0 or not (n > 0).all():
        raise MethodError("harmonic mean: found no sizes or one not positive, wanted all positive")
    return float(n.size / (1 / n).sum())


def pooled_proportion(y: ArrayLike, ni: ArrayLike) -> FloatArray:
    """Proportions of PFT values pooled over samples of the sizes `ni`, at their harmonic mean.

    As metafor::transf.ipft.hm (Miller 1978). Raises as `harmonic_mean`.
    """
    return freeman_tukey_inverse(y, harmonic_mean(ni))


def rate_ratio(x1i: ArrayLike, t1i: ArrayLike, x2i: ArrayLike, t2i: ArrayLike) -> Pair:
    """IRR on the log scale from events and person-time; vi = 1/x1 + 1/x2; 1/2 for each of none.

    As metafor::escalc: a study with a zero count has 1/2 added to both.

    Raises
    ------
    MethodError : a count is negative, or person-time is not positive.
    """
    x1, t1, x2, t2 = (np.asarray(v, dtype=np.float64) for v in (x1i, t1i, x2i, t2i))
    if not ((x1 >= 0).all() and (x2 >= 0).all() and (t1 > 0).all() and (t2 > 0).all()):
        raise MethodError(
            "IRR: found a negative count or person-time that is not positive, wanted counts of 0 "
            "or more over person-time above 0"
        )
    more = np.where((x1 == 0) | (x2 == 0), 0.5, 0.0)
    x1, x2 = x1 + more, x2 + more
    return np.log(x1 / t1) - np.log(x2 / t2), 1 / x1 + 1 / x2


def fisher_z(ri: ArrayLike, ni: ArrayLike) -> Pair:
    """ZCOR: atanh(r), vi = 1 / (n - 3).

    Raises
    ------
    MethodError : not -1 < r < 1, or n <= 3.
    """
    r, n = np.asarray(ri, dtype=np.float64), np.asarray(ni, dtype=np.float64)
    if not (np.abs(r) < 1).all():
        raise MethodError("ZCOR: found a correlation not between -1 and 1, wanted it inside")
    if not (n > 3).all():
        raise MethodError(f"ZCOR: found a sample of {n.min():g}, wanted more than 3")
    return np.arctanh(r), 1 / (n - 3)


Route = Literal[
    "means", "proportion", "proportion_corrected", "rates", "rates_corrected", "correlation"
]


def measured(pair: Pair, route: Route) -> Measured:
    """One study's `(yi, vi)` with its route."""
    yi, vi = pair
    return Measured(float(yi), float(vi), route)


def _groups(
    name: str,
    m1i: ArrayLike,
    sd1i: ArrayLike,
    n1i: ArrayLike,
    m2i: ArrayLike,
    sd2i: ArrayLike,
    n2i: ArrayLike,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    m1, s1, n1, m2, s2, n2 = (
        np.asarray(v, dtype=np.float64) for v in (m1i, sd1i, n1i, m2i, sd2i, n2i)
    )
    if not (np.isfinite(m1).all() and np.isfinite(m2).all()):
        raise MethodError(f"{name}: found a mean that is not finite, wanted a number")
    for sd in (s1, s2):
        if not (np.isfinite(sd) & (sd > 0)).all():
            raise MethodError(
                f"{name}: found a standard deviation of {sd.min():g}, wanted it positive"
            )
    for n in (n1, n2):
        if not (n >= 2).all():
            raise MethodError(f"{name}: found a group of {n.min():g}, wanted 2 or more")
    return m1, s1, n1, m2, s2, n2


def _pooled_sd(s1: FloatArray, n1: FloatArray, s2: FloatArray, n2: FloatArray) -> FloatArray:
    return np.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2))


def _proportion(name: str, xi: ArrayLike, ni: ArrayLike) -> Pair:
    x, n = np.asarray(xi, dtype=np.float64), np.asarray(ni, dtype=np.float64)
    if not ((n > 0) & (x >= 0) & (x <= n)).all():
        raise MethodError(f"{name}: found events outside 0 to n, wanted 0 <= x <= n with n > 0")
    return x, n
