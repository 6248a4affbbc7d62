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

from collections.abc import Callable, Generator, Sequence
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
Answers = Callable[[FloatArray, FloatArray], FloatArray]
"""Several findings of the same effects and variances, shape (findings, m)."""


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
    (found,) = reaches(box, lambda yi, vi: answer(yi, vi)[None], 1)
    return found


def reaches(box: Box, answers: Answers, count: int) -> list[Reach]:
    """Search the ranges of so many answers, which are computed together; raises as `reach`."""
    knobs = len(box.knobs)
    eye = np.eye(knobs, dtype=np.int64)
    as_printed = np.zeros((1, knobs), dtype=np.int64)
    values = _values(box, answers, count, np.concatenate((as_printed, -eye, eye)))
    bases = values[:, 0].tolist()
    if np.isnan(bases).any():
        raise MethodError("rounding: found no value for the inputs as printed, wanted one")
    climbs = []
    for base, turned in zip(bases, values[:, 1:], strict=True):
        lows, highs = np.where(np.isnan(turned), base, turned).reshape(2, knobs)
        # Answers with each knob alone at -1, 0, 1: shape (3, knobs).
        alone = np.stack((lows, np.full(knobs, base), highs))
        climbs += [_climb(alone, base, sign) for sign in (-1.0, 1.0)]
    ends = _together(box, answers, climbs)
    return [
        Reach(min(low, base), max(high, base))
        for base, low, high in zip(bases, ends[::2], ends[1::2], strict=True)
    ]


def _values(box: Box, answers: Answers, count: int, settings: NDArray[np.int64]) -> FloatArray:
    """Return so many answers at m settings, shape (count, m)."""
    values = np.full((count, len(settings)), np.nan)
    yi, vi = box.effects(settings)
    whole = np.isfinite(vi).all(axis=1)
    if whole.any():
        values[:, whole] = answers(yi[whole], vi[whole])
    return values


Climb = Generator[NDArray[np.int64], FloatArray, float]
"""Yields settings, is sent the answer at each, and returns the highest or lowest met."""


def _together(box: Box, answers: Answers, climbs: Sequence[Climb]) -> list[float]:
    """Run climbs side by side, two on each answer: one call computes a step of them all."""
    ends = [np.nan] * len(climbs)
    asked = {i: next(climb) for i, climb in enumerate(climbs)}
    while asked:
        rows = np.concatenate(list(asked.values()))
        values = _values(box, answers, len(climbs) // 2, rows)
        stop, told, asked = 0, asked, {}
        for i, settings in told.items():
            start, stop = stop, stop + len(settings)
            try:
                asked[i] = climbs[i].send(values[i // 2, start:stop])
            except StopIteration as reached:
                ends[i] = reached.value
    return ends


def _climb(alone: FloatArray, base: float, sign: float) -> Climb:
    """Climb to the largest (sign 1) or smallest (-1) answer."""
    # Of equal answers the higher end.
    setting = 1 - np.argmax(sign * alone[::-1], axis=0)
    turns = _turns(setting)
    found = yield np.concatenate((setting[None], _turned(setting, turns)))
    best, values = float(found[0]), found[1:]
    best = base if np.isnan(best) else best
    for _ in range(SWEEPS):
        before = best
        # The first turn that helps is kept, and the rest tried anew from there.
        while len(better := np.flatnonzero(sign * values > sign * best)):  # NaN is not
            first = int(better[0])
            setting, best = _turned(setting, turns[first : first + 1])[0], float(values[first])
            turns = turns[first + 1 :]
            values = yield _turned(setting, turns)
        if best == before:
            break
        turns = _turns(setting)
        values = yield _turned(setting, turns)
    return best


def _turns(setting: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return every knob with each end that it is not at."""
    return [
        (i, other)
        for i, end in enumerate(setting.tolist())
        for other in ((-1, 1) if end == 0 else (-end,))
    ]


def _turned(setting: NDArray[np.int64], turns: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """Return the setting with one knob turned, for each of the turns: shape (turns, knobs)."""
    tried = np.repeat(setting[None], len(turns), axis=0)
    if turns:
        knobs, ends = zip(*turns, strict=True)
        tried[np.arange(len(turns)), knobs] = ends
    return tried


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
