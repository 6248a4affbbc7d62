"""What it would take: which result of one new study would change what a pooled interval says.

The numbers of the extended funnel plot (Langan, Higgins, Gregory & Sutton 2012, J Clin
Epidemiol 65:511-519): the pooled result computed anew, with the planned model, for a new study
of any effect and standard error. With a random-effects model a study that is too extreme
widens the interval again, so what is needed is a range of effects, not a threshold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.differences import I2_CLASSES
from analysis.errors import MethodError
from analysis.estimates import estimates
from analysis.findings import AnalysisFinding
from analysis.many import ManyStudies
from analysis.plan_method_checks import refuse_counts
from analysis.synthesis import printed

FloatArray = NDArray[np.float64]
Place = Literal["below", "around", "above"]
PLACES: tuple[Place, ...] = ("below", "around", "above")

SCAN = 241  # effects tried for each standard error before the ends of ranges are refined
REACH = 6.0  # they lie within sinh(6) = 200 spreads of the pooled effect, densest near it
BISECTIONS = 45
NO_COUNTS = "a standard error alone tells no counts of the new study"
_AT_ONCE = 1_000  # new studies pooled in one go: more need memory, and gain nothing


@dataclass(frozen=True)
class Region:
    """What the pooled result would be with a new study of each effect and standard error.

    `effects` (E,) and `errors` (S,) span a grid; `lb`, `ub` (interval, analysis scale) and `i2`
    (percent, from Q) are of shape (S, E).
    """

    effects: FloatArray
    errors: FloatArray
    lb: FloatArray
    ub: FloatArray
    i2: FloatArray

    @property
    def place(self) -> NDArray[np.int_]:
        """−1 where the interval would lie below no effect, 1 above it, 0 around it."""
        return np.where(self.ub < 0, -1, np.where(self.lb > 0, 1, 0))


@dataclass(frozen=True)
class Range:
    """Effects of a new study from `low` to `high`, on the printed scale; None: without end."""

    low: float | None
    high: float | None


@dataclass(frozen=True)
class Needed:
    """What a new study of one standard error would have to find.

    `below`, `around`, `above`: the effects with which the pooled interval would lie below no
    effect, include it, lie above it. `i2_above`: those with which I² would exceed `i2_bound`.
    """

    error: float
    below: tuple[Range, ...]
    around: tuple[Range, ...]
    above: tuple[Range, ...]
    i2_above: tuple[Range, ...]
    i2_bound: float


def region(analysis: AnalysisFinding, effects: FloatArray, errors: FloatArray) -> Region:
    """Pool the studies of an analysis with one more, for each point of a grid.

    Parameters
    ----------
    effects : shape (E,), on the analysis scale. errors : shape (S,), all > 0.

    Raises
    ------
    MethodError : counts are pooled; a standard error is not positive.
    """
    _refuse_counts(analysis)
    if not (errors > 0).all():
        raise MethodError(
            f"what-if: found a standard error of {errors.min():g}, wanted more than 0"
        )
    grid = np.meshgrid(effects, errors)
    found = _updated(analysis, grid[0].ravel(), grid[1].ravel())
    return Region(effects, errors, *(values.reshape(grid[0].shape) for values in found))


def needed(
    analysis: AnalysisFinding, errors: Sequence[float], i2_bound: float | None = None
) -> tuple[Needed, ...]:
    """Return what a new study of each standard error would have to find.

    Parameters
    ----------
    i2_bound : percent; by default the next class of I² above what it is (see `I2_CLASSES`).

    Raises
    ------
    MethodError : counts are pooled; a standard error is not positive, or the bound not from 0
        to 100.
    """
    _refuse_counts(analysis)
    bound = i2_bound if i2_bound is not None else next_bound(analysis)
    if not 0 <= bound < 100:
        raise MethodError(f"what-if: found a bound of I² of {bound:g}, wanted 0 to below 100")
    found = []
    for error, crossings in zip(errors, _crossings(analysis, errors, bound), strict=True):
        by = {
            name: sorted(x for of, x in crossings if of in ofs)
            for name, ofs in (("place", ("lb", "ub")), ("i2", ("i2",)))
        }
        places = _between(analysis, error, by["place"])
        ranges = {p: _ranges(by["place"], [q[0] == p for q in places], analysis) for p in PLACES}
        above = [i2 > bound for _, i2 in _between(analysis, error, by["i2"])]
        found.append(
            Needed(error, **ranges, i2_above=_ranges(by["i2"], above, analysis), i2_bound=bound)
        )
    return tuple(found)


def next_bound(analysis: AnalysisFinding) -> float:
    """Return the next class of I² above that of an analysis, the highest if it is there."""
    i2 = analysis.synthesis.i2_q
    return next((bound for bound in I2_CLASSES if bound > i2), I2_CLASSES[-1])


def events_of(error: float) -> float:
    """Return the events of two equal arms whose log hazard ratio has this standard error.

    4 / se²: the variance of a log hazard ratio is 4 / D for D events in equal arms (Tierney et
    al. 2007, Trials 8:16).
    """
    return 4.0 / error**2


def error_of(events: float) -> float:
    """Return the standard error of a log hazard ratio from D events in two equal arms: 2 / √D."""
    return 2.0 / math.sqrt(events)


def _refuse_counts(analysis: AnalysisFinding) -> None:
    refuse_counts(analysis.pooling, "what-if", NO_COUNTS)


# --- the pooled result with one more study -------------------------------------------------


def _updated(
    analysis: AnalysisFinding, new_yi: FloatArray, errors: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return lb, ub and I² (from Q) with each of the new studies; arrays of shape (m,)."""
    yi = np.array([row.yi for row in analysis.rows])
    vi = np.array([row.vi for row in analysis.rows])
    s = analysis.synthesis
    found = np.empty((3, len(new_yi)))
    for start in range(0, len(new_yi), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        m = len(new_yi[part])
        # Each problem holds the studies there are, and its own new one beside them.
        problem = ManyStudies(
            np.column_stack([np.tile(yi, (m, 1)), new_yi[part]]),
            np.column_stack([np.tile(vi, (m, 1)), errors[part] ** 2]),
        )
        each = estimates(problem, s.method, s.test, s.level, s.prediction)
        q = problem.at0.q
        i2 = 100.0 * np.maximum(0.0, 1.0 - len(yi) / np.maximum(q, 1e-300))
        found[:, part] = each.ci_lb, each.ci_ub, i2
    return found[0], found[1], found[2]


_Crossing = tuple[str, float]


def _crossings(
    analysis: AnalysisFinding, errors: Sequence[float], bound: float
) -> list[list[_Crossing]]:
    """Return for each error where lb or ub is 0 or I² its bound: which, and where."""
    s = analysis.synthesis
    yi = np.array([row.yi for row in analysis.rows])
    vi = np.array([row.vi for row in analysis.rows])
    steps = np.sinh(np.linspace(-REACH, REACH, SCAN))
    # The scale on which a new effect matters: the spread of what is there and its own error.
    spread = [math.sqrt(float(vi.max() + np.ptp(yi) ** 2) + e**2) for e in errors]
    effects = np.array([s.mu + one * steps for one in spread]).reshape(-1)
    grid = np.repeat(np.array(errors, dtype=np.float64), SCAN)
    if not (grid > 0).all():
        raise MethodError(f"what-if: found a standard error of {grid.min():g}, wanted more than 0")
    values = _targets(analysis, effects, grid, bound)
    found: list[list[_Crossing]] = [[] for _ in errors]
    for of, value in zip(("lb", "ub", "i2"), values, strict=True):
        sign = value > 0
        at = np.flatnonzero(sign[1:] != sign[:-1])
        at = at[(at + 1) % SCAN != 0]  # the last effect of one error, the first of the next
        row = ("lb", "ub", "i2").index(of)
        low, high, rising = effects[at], effects[at + 1], sign[at + 1]
        for _ in range(BISECTIONS if len(at) else 0):
            middle = (low + high) / 2
            up = _targets(analysis, middle, grid[at], bound)[row] > 0
            high, low = np.where(up == rising, middle, high), np.where(up == rising, low, middle)
        for i, x in zip(at // SCAN, (low + high) / 2, strict=True):
            found[int(i)].append((of, float(x)))
    return found


def _targets(
    analysis: AnalysisFinding, effects: FloatArray, errors: FloatArray, bound: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    lb, ub, i2 = _updated(analysis, effects, errors)
    return lb, ub, i2 - bound


def _between(
    analysis: AnalysisFinding, error: float, ends: Sequence[float]
) -> list[tuple[Place, float]]:
    """Return the place of the interval, and I², in each of the ranges that `ends` bound."""
    far = 100.0 * math.sqrt(max(row.vi for row in analysis.rows) + error**2)
    outer = [ends[0] - far, *ends, ends[-1] + far] if ends else [-far, far]
    middles = np.array([(a + b) / 2 for a, b in pairwise(outer)])
    lb, ub, i2 = _updated(analysis, middles, np.full(len(middles), error))
    places: list[Place] = [
        "below" if high < 0 else "above" if low > 0 else "around"
        for low, high in zip(lb, ub, strict=True)
    ]
    return list(zip(places, map(float, i2), strict=True))


def _ranges(
    ends: Sequence[float], inside: Sequence[bool], analysis: AnalysisFinding
) -> tuple[Range, ...]:
    """Return the ranges between `ends` that are inside, neighbours joined, on the printed scale."""
    bounds = [None, *(printed(x, analysis.measure) for x in ends), None]
    found: list[Range] = []
    for (low, high), there in zip(pairwise(bounds), inside, strict=True):
        if there and found and found[-1].high == low and low is not None:
            found[-1] = Range(found[-1].low, high)
        elif there:
            found.append(Range(low, high))
    return tuple(found)
