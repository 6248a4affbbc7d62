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
from typing import Any

from analysis.effects import is_ratio
from analysis.errors import MethodError
from analysis.records import Result, Review, Study
from analysis.values import Bound, Printed

SWEEPS = 6  # one or two are enough in practice: the findings are nearly linear over so small a box
LEAST_SHARE = 1e-3  # a positive number printed as 0.00 still was one: this share of half a unit

Answer = Callable[[Review], float]
"""A finding of some evidence."""


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


def reach(review: Review, taken: Sequence[tuple[str, int]], answer: Answer) -> Reach:
    """Search the range of an answer over the rounding of the results that it rests on.

    Parameters
    ----------
    taken : study ids and the index of the result of each.
    answer : the finding, as a function of the evidence.

    Raises
    ------
    MethodError : the evidence as printed has no answer. Where only some setting of the knobs has
        none (an estimate outside its narrowest interval), that setting is passed over.
    """
    knobs = [knob for id_, i in taken for knob in knobs_of(review.by_id[id_], i)]
    base = answer(review)
    search = _Search(review, knobs, answer)
    alone = [
        {-1: search.value({i: -1}, base), 0: base, 1: search.value({i: 1}, base)}
        for i in range(len(knobs))
    ]
    low = search.extreme(alone, base, -1.0)
    high = search.extreme(alone, base, 1.0)
    return Reach(min(low, base), max(high, base))


class _Search:
    """The answers at settings of the knobs: -1 (low end), 0 (as printed), 1 (high end)."""

    def __init__(self, review: Review, knobs: Sequence[Knob], answer: Answer) -> None:
        self._review, self._knobs, self._answer = review, knobs, answer

    def value(self, setting: dict[int, int], otherwise: float) -> float:
        """Return the answer at a setting of some knobs, the rest as printed."""
        turned = [(self._knobs[i], end) for i, end in setting.items() if end]
        try:
            return self._answer(turn(self._review, turned))
        except MethodError:
            return otherwise

    def extreme(self, alone: list[dict[int, float]], base: float, sign: float) -> float:
        """Return the largest (sign 1) or smallest (-1) answer."""

        setting = {
            i: max((sign * value, end) for end, value in values.items())[1]
            for i, values in enumerate(alone)
        }
        best = self.value(setting, base)
        for _ in range(SWEEPS):
            before = best
            for i, end in list(setting.items()):
                for other in (-1, 1) if end == 0 else (-end,):
                    value = self.value({**setting, i: other}, best)
                    if sign * value > sign * best:
                        best, setting[i] = value, other
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
