"""How far the rounding of printed inputs lets a finding move.

A study printed 0.89 (0.79–1.00): its estimate lay anywhere from 0.885 to 0.895, and so on. Each
printed number is a *knob* with two ends; all knobs together span a box, and over that box a
finding has a smallest and a largest value. Findings are no simple function of it (tau² is bent,
and 0 from a point on), so the ends are searched for: every knob is turned alone, both ways; then
all are set as suits best, and one after the other is turned again for as long as that helps.
Every value met belongs to inputs that would print as the article has them, and in between the
finding moves without jumps: what lies inside the range is truly possible. The true range may be
a little wider, as the search follows one knob at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.compared_arms import Comparison
from analysis.effects import is_ratio
from analysis.errors import MethodError
from analysis.measure import measure_in
from analysis.records import Result, Review, Study
from analysis.values import Bound, Printed

SWEEPS = 6  # one or two are enough in practice: the findings are nearly linear over so small a box
LEAST_SHARE = 1e-3  # a positive number printed as 0.00 still was one: this share of half a unit

FloatArray = NDArray[np.float64]
Answer = Callable[[FloatArray, FloatArray], FloatArray]
"""A finding of effects and variances, shape (m, k): one number a row, NaN where there is none."""


@dataclass(frozen=True)
class Knob:
    """A printed number of a result and the two ends of what it may have been.

    The limits of an interval are one knob, from its narrowest to its widest: the variance
    depends on its width alone, and the effect on the estimate alone, so the two turn freely.
    """

    study: str
    result: int
    field: str
    low: Any
    high: Any


@dataclass(frozen=True)
class Reach:
    """The smallest and the largest value that the rounding of the inputs allows."""

    low: float
    high: float


class Box:
    """The results that a finding rests on, at every setting of their knobs.

    A setting has one number a knob: -1 (low end), 0 (as printed), 1 (high end). What a result
    gives depends on its own knobs alone, so each is measured once for each setting of those.

    Parameters
    ----------
    taken : study ids and the index of the result of each.
    """

    def __init__(
        self, review: Review, taken: Sequence[tuple[str, int]], comparison: Comparison
    ) -> None:
        self.knobs: list[Knob] = []
        measured: list[tuple[float, float]] = []  # yi and vi by setting, result after result
        begins: list[int] = []  # where those of each result begin
        digits: list[tuple[int, int, int]] = []  # knob, result, what a step of the knob skips
        for j, (id_, index) in enumerate(taken):
            study = review.by_id[id_]
            own = knobs_of(study, index)
            begins.append(len(measured))
            measured += [
                _measured(study, index, own, ends, comparison)
                for ends in product((-1, 0, 1), repeat=len(own))
            ]
            last = len(self.knobs) + len(own) - 1
            digits += [(last - i, j, 3**i) for i in range(len(own))]
            self.knobs += own
        self._yi, self._vi = np.array(measured, dtype=float).reshape(-1, 2).T.copy()
        self._steps = np.zeros((len(self.knobs), len(begins)), dtype=np.int64)
        for knob, j, step in digits:
            self._steps[knob, j] = step
        # The setting 0 of every knob is the middle of what its result has.
        self._printed = np.array(begins, dtype=np.int64) + self._steps.sum(axis=0)

    def effects(self, settings: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
        """Return yi and vi, shape (m, k), at m settings; NaN where a result cannot be measured."""
        places = self._printed + settings @ self._steps
        return self._yi[places], self._vi[places]


def _measured(
    study: Study, index: int, knobs: Sequence[Knob], ends: Sequence[int], comparison: Comparison
) -> tuple[float, float]:
    turned = [(knob, end) for knob, end in zip(knobs, ends, strict=True) if end]
    changes = {knob.field: knob.low if end < 0 else knob.high for knob, end in turned}
    try:
        result = study.results[index].model_copy(update=changes)
        found = measure_in(study, result, comparison)
    except MethodError:
        return np.nan, np.nan
    return found.yi, found.vi


def reach(box: Box, answer: Answer) -> Reach:
    """Search the range of an answer over the rounding of the results that it rests on.

    Raises
    ------
    MethodError : the evidence as printed has no answer. Where only some setting of the knobs has
        none (an estimate outside its narrowest interval), that setting is passed over.
    """
    return _Search(box, answer).reach()


class _Search:
    """The answers at settings of the knobs, many at a time."""

    def __init__(self, box: Box, answer: Answer) -> None:
        self._box, self._answer = box, answer
        self._count = len(box.knobs)

    def reach(self) -> Reach:
        as_printed = np.zeros((1, self._count), dtype=np.int64)
        (base,) = self._values(as_printed)
        if np.isnan(base):
            raise MethodError("rounding: found no value for the inputs as printed, wanted one")
        eye = np.eye(self._count, dtype=np.int64)
        values = self._values(np.concatenate((-eye, eye)))
        values = np.where(np.isnan(values), base, values)
        # Answers with each knob alone at -1, 0, 1: shape (3, knobs).
        alone = np.stack((values[: self._count], np.full(self._count, base), values[self._count :]))
        low, high = (self._extreme(alone, float(base), sign) for sign in (-1.0, 1.0))
        return Reach(min(low, float(base)), max(high, float(base)))

    def _values(self, settings: NDArray[np.int64]) -> FloatArray:
        values = np.full(len(settings), np.nan)
        yi, vi = self._box.effects(settings)
        whole = np.isfinite(vi).all(axis=1)
        if whole.any():
            values[whole] = self._answer(yi[whole], vi[whole])
        return values

    def _extreme(self, alone: FloatArray, base: float, sign: float) -> float:
        """Return the largest (sign 1) or smallest (-1) answer."""
        # Of equal answers the higher end.
        setting = 1 - np.argmax(sign * alone[::-1], axis=0)
        best = float(self._values(setting[None])[0])
        best = base if np.isnan(best) else best
        for _ in range(SWEEPS):
            before = best
            turns = [
                (i, other)
                for i, end in enumerate(setting.tolist())
                for other in ((-1, 1) if end == 0 else (-end,))
            ]
            while turns:
                tried = np.repeat(setting[None], len(turns), axis=0)
                for row, (i, other) in zip(tried, turns, strict=True):
                    row[i] = other
                values = self._values(tried)
                better = np.flatnonzero(sign * values > sign * best)  # NaN is not
                if not len(better):
                    break
                # The first that helps is kept, and the rest tried anew from there.
                first = int(better[0])
                setting, best = tried[first], float(values[first])
                turns = turns[first + 1 :]
            if best == before:
                break
        return best


def turn(review: Review, turned: Sequence[tuple[Knob, int]]) -> Review:
    """Return the evidence with knobs set to their low (-1) or high (1) end."""
    changes: dict[str, dict[int, dict[str, Any]]] = {}
    for knob, end in turned:
        value = knob.low if end < 0 else knob.high
        changes.setdefault(knob.study, {}).setdefault(knob.result, {})[knob.field] = value
    studies = tuple(
        _changed(study, changes[study.id]) if study.id in changes else study
        for study in review.studies
    )
    return review.model_copy(update={"studies": studies})


def _changed(study: Study, results: dict[int, dict[str, Any]]) -> Study:
    new = tuple(
        result.model_copy(update=results[i]) if i in results else result
        for i, result in enumerate(study.results)
    )
    return study.model_copy(update={"results": new})


def knobs_of(study: Study, index: int) -> list[Knob]:
    """Return the knobs of a result; counts are exact and have none."""
    result = study.results[index]
    knobs = []
    for field in ("estimate", "se", "p", "o_minus_e", "variance"):
        number = getattr(result, field)
        if number is not None and not isinstance(number, Bound):
            knobs.append(Knob(study.id, index, field, *_ends(number, field, result)))
    if result.ci is not None:
        (lb_low, lb_high), (ub_low, ub_high) = (_ends(n, "ci", result) for n in result.ci)
        knobs.append(Knob(study.id, index, "ci", (lb_high, ub_low), (lb_low, ub_high)))
    return knobs


def _ends(number: Printed, field: str, result: Result) -> tuple[Printed, Printed]:
    half = number.half_unit
    low, high = float(number) - half, float(number) + half
    ratio = is_ratio(result.measure) and field in ("estimate", "ci")
    if ratio or field in ("se", "p", "variance"):
        low = max(low, min(float(number), half * LEAST_SHARE))
    if field == "p":
        high = min(high, 1.0)
    return Printed(low, number.decimals), Printed(high, number.decimals)
