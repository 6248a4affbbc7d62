"""Trim and fill: what the pooled effect would be if a funnel were completed to symmetry.

Duval & Tweedie (2000).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.heterogeneity import Method, estimate_tau2
from analysis.moderators import Moderator, regress
from analysis.sums import Studies
from analysis.synthesis import Prediction, Synthesis, Test, pool

FloatArray = NDArray[np.float64]
Estimator = Literal["L0", "R0"]
Side = Literal["left", "right"]

# The smallest k for which tests of funnel asymmetry are recommended; Sterne et al. (2011).
ENOUGH_STUDIES = 10

MAXIMUM_ROUNDS = 100


def why_uninformative(k: int) -> str | None:
    """Return why a test of small-study effects says little with k studies, or None."""
    if k >= ENOUGH_STUDIES:
        return None
    return f"fewer than {ENOUGH_STUDIES} studies ({k}): the test has little power"


@dataclass(frozen=True)
class TrimAndFill:
    """A funnel completed with `k0` mirrored studies on its `side`.

    `se_k0` is the standard error of k0, None where its formula gives a negative variance (effects
    that lean to the other side); `pval`, for R0 alone, tests that none is missing.
    `filled` is the pooled effect with the mirrored studies, whose effects and variances are
    `filled_yi`, `filled_vi`; `original` without them.
    """

    k: int
    side: Side
    estimator: Estimator
    k0: int
    se_k0: float | None
    pval: float | None
    filled_yi: tuple[float, ...]
    filled_vi: tuple[float, ...]
    filled: Synthesis
    original: Synthesis
    informative: bool
    why: str | None


def trim_and_fill(
    effects: Effects,
    method: Method = "REML",
    estimator: Estimator = "L0",
    side: Side | None = None,
    test: Test = "z",
    level: float = 0.95,
    prediction: Prediction = "t(k-2)",
) -> TrimAndFill:
    """Estimate the studies missing on one side of the funnel, add their mirror images, and pool.

    Parameters
    ----------
    estimator : L0 (linear in the Wilcoxon statistic) or R0 (length of the rightmost run).
    side : where studies are missing; by default, the side that the slope of the regression of
        the effects on their standard errors points to.

    Raises
    ------
    MethodError : fewer than three studies; studies of one size and no side; no convergence.

    References
    ----------
    Agrees with metafor::trimfill, given `test` and `level`: where it fills studies in, it does not
    take those of the model.
    """
    if estimator not in get_args(Estimator):
        raise MethodError(f"trim and fill: found estimator {estimator!r}, wanted one of L0, R0")
    if side is not None and side not in get_args(Side):
        raise MethodError(f"trim and fill: found side {side!r}, wanted one of left, right")
    if effects.k < 3:
        found = "no studies" if effects.k == 0 else "1 study" if effects.k == 1 else "2 studies"
        raise MethodError(f"trim and fill: found {found}, wanted at least 3")
    original = pool(effects, method, test, level, prediction)
    side = _side(effects, method) if side is None else side
    sign = -1.0 if side == "right" else 1.0
    order = np.argsort(sign * effects.yi, kind="stable")
    y, v = sign * effects.yi[order], effects.vi[order]
    k0, se_k0, centre = _missing(y, v, method, estimator)
    # The k0 largest effects, mirrored at the centre of the trimmed studies.
    beyond = slice(effects.k - k0, effects.k)
    filled_yi, filled_vi = sign * (2 * centre - y[beyond]), v[beyond]
    filled = original
    if k0:
        filled = pool(
            Effects(
                (*effects.slab, *(f"Filled {i + 1}" for i in range(k0))),
                np.concatenate((effects.yi, filled_yi)),
                np.concatenate((effects.vi, filled_vi)),
                effects.measure,
            ),
            method, test, level, prediction,
        )  # fmt: skip
    why = why_uninformative(effects.k)
    return TrimAndFill(
        k=effects.k,
        side=side,
        estimator=estimator,
        k0=k0,
        se_k0=se_k0,
        pval=0.5 ** (k0 + 1) if estimator == "R0" else None,
        filled_yi=tuple(filled_yi.tolist()),
        filled_vi=tuple(filled_vi.tolist()),
        filled=filled,
        original=original,
        informative=why is None,
        why=why,
    )


def _side(effects: Effects, method: Method) -> Side:
    sei = effects.sei
    if np.ptp(sei) <= 1e-12 * sei.max():
        raise MethodError(
            "trim and fill: found the same standard error in every study, wanted a side (left or "
            "right): the funnel has no slope to read it from"
        )
    slope = regress(effects, [Moderator("sei", tuple(sei.tolist()))], method).coefficients[1].b
    return "right" if slope < 0 else "left"


def _missing(
    y: FloatArray, v: FloatArray, method: Method, estimator: Estimator
) -> tuple[int, float | None, float]:
    """Return k0, its standard error and the centre, for effects sorted from low to high."""
    k, k0 = len(y), 0
    for _ in range(MAXIMUM_ROUNDS):
        kept = Studies(y[: k - k0], v[: k - k0])
        centre = float(kept.at(estimate_tau2(kept, method)).mu)
        before = k0
        k0, se_k0 = _count(y - centre, estimator)
        if k0 == before:
            return k0, se_k0, centre
    raise MethodError(
        f"trim and fill: found no convergence after {MAXIMUM_ROUNDS} rounds, wanted a stable "
        "number of missing studies"
    )


def _count(deviation: FloatArray, estimator: Estimator) -> tuple[int, float | None]:
    """Return the estimated number of missing studies and its standard error."""
    k = len(deviation)
    ranks = np.empty(k)
    ranks[np.argsort(np.abs(deviation), kind="stable")] = np.arange(1, k + 1)
    if estimator == "R0":
        below = ranks[deviation < 0]
        # None lies below the centre only where all lie on it: nothing is missing.
        k0 = max(0, k - 1 - int(below.max())) if len(below) else 0
        return k0, math.sqrt(2 * k0 + 2)
    s = float(ranks[deviation > 0].sum())
    x = (4 * s - k * (k + 1)) / (2 * k - 1)
    variance = (
        k * (k + 1) * (2 * k + 1)
        + 10 * x**3 + 27 * x**2 + 17 * x - 18 * k * x**2 - 18 * k * x + 6 * k**2 * x
    ) / 24  # fmt: skip
    se_k0 = None if variance < 0 else 4 * math.sqrt(variance) / (2 * k - 1)
    return max(0, round(x)), se_k0
