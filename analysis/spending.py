"""Group sequential boundaries from spending functions, by recursive numerical integration.

Z_j = S_j / sqrt(t_j), S a Brownian motion with drift theta looked at at the information
fractions t_j (Armitage, McPherson & Rowe 1969; Lan & DeMets 1983, Biometrika 70:659; Reboussin
et al. 2000, Control Clin Trials 21:190).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from scipy.special import ndtr, ndtri

from analysis.effects import FloatArray
from analysis.errors import MethodError
from analysis.roots import bracketed_root

LEAST_STEP = 1e-4
"""Looks must be at least this fraction of the information apart."""
LARGEST_BOUND = 8.0
"""Bounds are cut off here: beyond it a normal deviate has a probability of 6e-16."""
_ORDER = 16
_X, _W = np.polynomial.legendre.leggauss(_ORDER)


def obrien_fleming_spent(t: float, alpha: float) -> float:
    """Share of `alpha` (of one side) spent at fraction t: 2 (1 - Phi(z_(alpha/2) / sqrt t)).

    Lan & DeMets (1983); all of it from t = 1 on.
    """
    if t >= 1:
        return alpha
    return 2 * float(ndtr(ndtri(alpha / 2) / math.sqrt(t))) if t > 0 else 0.0


def efficacy_bounds(fractions: Sequence[float], alpha: float = 0.05) -> tuple[float, ...]:
    """Two-sided symmetric O'Brien-Fleming-type bounds of |Z|.

    Each side spends alpha / 2 by `obrien_fleming_spent`. Bounds above 8 are given as 8.

    Parameters
    ----------
    fractions : rising, above 0, 0.0001 or more apart; only the last may be 1 or more.
    alpha : two-sided type I error, inside (0, 1).

    Raises
    ------
    MethodError : fractions or alpha not as above.
    """
    times = _checked(fractions)
    _check_share("alpha", alpha)
    walk = _Walk(times, drift=0.0)
    bounds: list[float] = []
    spent = 0.0
    for j, t in enumerate(times):
        due = obrien_fleming_spent(t, alpha / 2) - spent
        bound = _bound_for(partial(walk.above, j), due)
        # A bound that is cut off spends less than is due; the rest stays for later looks.
        spent += walk.above(j, bound)
        bounds.append(bound)
        walk.go_on(j, -bound, bound)
    return tuple(bounds)


def futility_bounds(
    fractions: Sequence[float], bounds: Sequence[float], *, alpha: float = 0.05, beta: float = 0.1
) -> tuple[float | None, ...]:
    """Non-binding inner bounds: |Z| below them makes the anticipated effect unlikely.

    Under the drift z_(alpha/2) + z_beta, with which a single look at t = 1 has power 1 - beta,
    the probability to fall below them spends `beta` as `obrien_fleming_spent`. None where the
    bound is not above 0 (no value of |Z| is futile yet). They never exceed the outer bounds,
    and efficacy does not count on stopping for them.

    Raises
    ------
    MethodError : as `efficacy_bounds`; not as many bounds as fractions.
    """
    times = _checked(fractions)
    _check_share("alpha", alpha)
    _check_share("beta", beta)
    if len(bounds) != len(times):
        raise MethodError(
            f"futility: found {len(bounds)} bounds for {len(times)} fractions, wanted as many"
        )
    walk = _Walk(times, drift=-float(ndtri(alpha / 2) + ndtri(beta)))
    inner: list[float | None] = []
    spent = 0.0
    for j, (t, outer) in enumerate(zip(times, bounds, strict=True)):
        due = obrien_fleming_spent(t, beta) - spent
        least = -LARGEST_BOUND
        if walk.below(j, outer) <= due:
            bound = outer
        elif walk.below(j, least) >= due:
            bound = least
        else:
            bound = _root_of(partial(walk.below, j), due, least, outer)
        spent += walk.below(j, bound)
        inner.append(bound if bound > 0 else None)
        if bound >= outer:
            # Nothing goes on between the bounds.
            inner += [None] * (len(times) - j - 1)
            break
        walk.go_on(j, bound, outer)
    return tuple(inner)


class _Walk:
    """The density of S at a look, of those paths that have not left before."""

    def __init__(self, times: tuple[float, ...], drift: float) -> None:
        self._times = times
        self._steps = np.diff([0.0, *times])
        self._drift = drift
        # Before the first look all paths are at S = 0.
        self._nodes: FloatArray = np.zeros(1)
        self._mass: FloatArray = np.ones(1)

    def above(self, j: int, z: float) -> float:
        """Probability of Z_j > z."""
        return float(self._mass @ ndtr(-self._standardised(j, z)))

    def below(self, j: int, z: float) -> float:
        """Probability of Z_j < z."""
        return float(self._mass @ ndtr(self._standardised(j, z)))

    def go_on(self, j: int, low: float, high: float) -> None:
        """Keep the paths with low < Z_j < high."""
        if j + 1 == len(self._times):
            return
        root, step = math.sqrt(self._times[j]), float(self._steps[j])
        # Both this look's density and the next step's kernel are smooth over two of their
        # standard deviations, which 16 Gauss points integrate to 1e-12.
        width = 2 * math.sqrt(min(step, float(self._steps[j + 1])))
        # Beyond nine standard deviations of all paths there is nothing.
        centre, far = self._drift * self._times[j], 9 * root
        start, end = max(low * root, centre - far), min(high * root, centre + far)
        panels = max(1, math.ceil((end - start) / width))
        edges = np.linspace(start, end, panels + 1)
        half = (end - start) / panels / 2
        nodes = (edges[:-1, None] + half * (1 + _X)).ravel()
        weights = np.tile(half * _W, panels)
        gap = nodes[:, None] - self._nodes - self._drift * step
        kernel = np.exp(-0.5 * gap**2 / step) / math.sqrt(2 * math.pi * step)
        self._mass = weights * (kernel @ self._mass)
        self._nodes = nodes

    def _standardised(self, j: int, z: float) -> FloatArray:
        step = float(self._steps[j])
        place = z * math.sqrt(self._times[j]) - self._drift * step
        result: FloatArray = (place - self._nodes) / math.sqrt(step)
        return result


def _bound_for(above: Callable[[float], float], due: float) -> float:
    if due <= 0 or above(LARGEST_BOUND) >= due:
        return LARGEST_BOUND
    return _root_of(above, due, -LARGEST_BOUND, LARGEST_BOUND)


def _root_of(chance: Callable[[float], float], due: float, low: float, high: float) -> float:
    return bracketed_root(lambda z: chance(z) - due, low, high)


def _checked(fractions: Sequence[float]) -> tuple[float, ...]:
    times = tuple(map(float, fractions))
    if not times or not all(math.isfinite(t) for t in times):
        raise MethodError("spending: found no information fractions, wanted at least one number")
    for before, t in zip((0.0, *times), times, strict=False):
        if not t >= before + LEAST_STEP * (1 - 1e-9):
            raise MethodError(
                f"spending: found information fraction {t:g} after {before:g}, wanted at least "
                f"{LEAST_STEP:g} more"
            )
        if before >= 1:
            raise MethodError(
                f"spending: found information fraction {t:g} after {before:g}, wanted no look "
                "after the information is complete"
            )
    return times


def _check_share(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise MethodError(f"spending: found {name} = {value}, wanted it between 0 and 1")
