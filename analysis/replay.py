"""The pooled result of evidence with some of its changes made and others not.

A `Replay` holds what each study gives an analysis in every version of the study and of the
plan; a coalition (which changes are made) selects one of these for each study. The code is the
same for every coalition, so a change of code is never a cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from analysis.changes import MODEL, Change
from analysis.compared_arms import compared
from analysis.errors import MethodError
from analysis.estimates import estimates
from analysis.evidence import select
from analysis.planned_effects import counting_of, effect_of
from analysis.records import AnalysisPlan, Review
from analysis.sums import Studies

QUANTITIES = ("mu", "ci_lb", "ci_ub", "tau2")
CHUNK = 4096  # coalitions pooled at once

Bits = NDArray[np.bool_]
Values = NDArray[np.float64]

Given = tuple[float, float] | str | None
"""What a study gives an analysis: yi and vi; nothing; or why that cannot be told."""
Axis = tuple[int, int, int]
"""Version of the evidence, of the question, of the analysis' eligibility: 0 before, 1 after."""
_AXES: tuple[Axis, ...] = tuple(product((0, 1), (0, 1), (0, 1)))
_PLANS: tuple[tuple[int, int], ...] = tuple(product((0, 1), (0, 1)))


@dataclass(frozen=True)
class _Slot:
    """What one study gives where `wanted` holds: for a cause, whether it is made."""

    study: str
    cohort: str | None
    given: tuple[float, float] | str
    wanted: Mapping[int, bool]


class Replay:
    """The changes that bear on one analysis, and the pooled result of any set of them.

    Parameters
    ----------
    reviews : the evidence before and after.
    plans : the entry of the plan before and after.
    causes : `changes` of the reviews. `players` are those of them that bear on the result.

    Raises
    ------
    MethodError : what is pooled differs in a way that none of the causes names.
    """

    def __init__(
        self,
        reviews: tuple[Review, Review],
        plans: tuple[AnalysisPlan, AnalysisPlan],
        causes: Sequence[Change],
    ) -> None:
        self._plans = plans
        given = {axis: _given(reviews, plans, axis) for axis in _AXES}
        studies = sorted({study for found in given.values() for study in found})
        moved = [
            study
            for study in studies
            if any(given[0, *rest].get(study) != given[1, *rest].get(study) for rest in _PLANS)
        ]
        owners = {study: c for c in causes for study in c.studies if study in moved}
        names = {"question": "plan_question", "eligibility": f"plan_{plans[1].id}_eligibility"}
        by_plan = {
            "question": any(given[v, 0, e] != given[v, 1, e] for v, e in _PLANS),
            "eligibility": any(given[v, q, 0] != given[v, q, 1] for v, q in _PLANS),
        }
        by_id = {cause.id: cause for cause in causes}
        lacking = [study for study in moved if study not in owners]
        lacking += [name for part, name in names.items() if by_plan[part] and name not in by_id]
        if lacking:
            raise MethodError(
                f"analysis {plans[1].id}: found a difference in {', '.join(lacking)} among what is "
                "pooled, wanted it among the causes"
            )
        model = f"plan_{plans[1].id}_model"
        bearing = {cause.id for cause in owners.values()}
        bearing |= {name for part, name in names.items() if by_plan[part]}
        if any(getattr(plans[0], field) != getattr(plans[1], field) for field in MODEL):
            bearing.add(model)
        self.players = [cause for cause in causes if cause.id in bearing]
        at = {cause.id: index for index, cause in enumerate(self.players)}
        self._model = at.get(model)
        plan_bits = [at.get(names[part]) for part in ("question", "eligibility")]
        self._slots = []
        for study in studies:
            bits = [at[owners[study].id] if study in owners else None, *plan_bits]
            for axis in _AXES:
                if any(bit is None and side for bit, side in zip(bits, axis, strict=True)):
                    continue  # nothing that differs along this axis
                found = given[axis].get(study)
                if found is not None:
                    wanted = {b: bool(s) for b, s in zip(bits, axis, strict=True) if b is not None}
                    cohort = reviews[axis[0]].by_id[study].cohort
                    self._slots.append(_Slot(study, cohort, found, wanted))
        numbers = [s.given if not isinstance(s.given, str) else (0.0, 1.0) for s in self._slots]
        self._yi = np.array([yi for yi, _ in numbers])
        self._vi = np.array([vi for _, vi in numbers])

    def worth(self, coalitions: Bits) -> Values:
        """Return QUANTITIES of each coalition, shape (m, 4); NaN where there is no answer.

        coalitions : bool, shape (m, players): whether each change is made.
        """
        return np.concatenate(
            [
                self._worth(coalitions[start : start + CHUNK])
                for start in range(0, len(coalitions), CHUNK)
            ]
        )

    def why_not(self, coalition: Bits) -> str:
        """Return why a coalition, shape (players,), has no answer."""
        include = self._include(coalition[None])[0]
        taken = [slot for slot, there in zip(self._slots, include, strict=True) if there]
        for slot in taken:
            if isinstance(slot.given, str):
                return slot.given
        for i, slot in enumerate(taken):
            for other in taken[:i]:
                if slot.cohort is not None and slot.cohort == other.cohort:
                    return f"{other.study} and {slot.study} share patients"
        if not taken:
            return "no study would be left"
        return "the interval is undefined for what would be left"

    def _worth(self, coalitions: Bits) -> Values:
        include = self._include(coalitions)
        answers = include.any(axis=1) & ~self._refused(include)
        found = np.full((len(coalitions), len(QUANTITIES)), np.nan)
        after = coalitions[:, self._model] if self._model is not None else np.ones_like(answers)
        for side, plan in enumerate(self._plans):
            mine = answers & (after == bool(side))
            if mine.any():
                found[mine] = self._pool(include[mine], plan)
        return np.where(np.isnan(found).any(axis=1)[:, None], np.nan, found)

    def _include(self, coalitions: Bits) -> Bits:
        include = np.ones((len(coalitions), len(self._slots)), dtype=np.bool_)
        for column, slot in enumerate(self._slots):
            for bit, made in slot.wanted.items():
                include[:, column] &= coalitions[:, bit] == made
        return include

    def _refused(self, include: Bits) -> Bits:
        """Say which coalitions hold what cannot be told, or pool shared patients twice."""
        untold = [i for i, slot in enumerate(self._slots) if isinstance(slot.given, str)]
        refused = np.asarray(include[:, untold].any(axis=1))
        for cohort in {slot.cohort for slot in self._slots if slot.cohort is not None}:
            members = [i for i, slot in enumerate(self._slots) if slot.cohort == cohort]
            refused |= include[:, members].sum(axis=1) > 1
        return refused

    def _pool(self, include: Bits, plan: AnalysisPlan) -> Values:
        with np.errstate(invalid="ignore"):  # an interval that is undefined is NaN, by contract
            result = estimates(
                Studies(self._yi, self._vi, include),
                plan.method,
                plan.test,
                float(plan.level),
                plan.prediction,
            )
        return np.stack(
            [np.broadcast_to(getattr(result, name), len(include)) for name in QUANTITIES], axis=1
        )


def _given(
    reviews: tuple[Review, Review], plans: tuple[AnalysisPlan, AnalysisPlan], axis: Axis
) -> dict[str, Given]:
    """Return what each study gives with the versions of `axis`; who gives nothing is left out."""
    evidence, plan, analysis = reviews[axis[0]], reviews[axis[1]].plan, plans[axis[2]]
    if all(outcome.id != analysis.outcome for outcome in plan.outcomes):
        why = f"the outcome {analysis.outcome} is not declared"
        return {study.id: why for study in evidence.studies}
    settled = select(plan, evidence.studies, analysis)
    comparison = compared(plan.question)
    found: dict[str, Given] = {
        one.study.id: f"the plan does not settle which result of {one.study.label} to take"
        for one in settled.ambiguous
    }
    counting = counting_of(analysis, settled.selected.taken, comparison)
    for taken in settled.selected.taken:
        try:
            effect = effect_of(taken, comparison, counting, analysis)
            found[taken.study.id] = (effect.yi, effect.vi)
        except MethodError as error:
            found[taken.study.id] = f"{taken.study.label}: {error}"
    return found
