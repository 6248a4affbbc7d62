"""The same as `replay` for pools that are more than the sum of what each study gives.

Where counts are pooled, or a continuity correction depends on the other studies, the evidence
with some of its changes made is put together and the analysis run on it, coalition by coalition.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.changes import ELIGIBILITY, MODEL, QUESTION, Change
from analysis.errors import MethodError
from analysis.evidence import select
from analysis.plan import analyse
from analysis.records import AnalysisPlan, Review
from analysis.replay import QUANTITIES, Bits, Values

_BARE = {
    "subgroups": (),
    "regressions": (),
    "bayes": (),
    "small_study": (),
    "leave_one_out": False,
    "influence": False,
    "baujat": False,
    "radial": False,
    "gosh": None,
    "sequential": None,
    "rounding": False,
    "cumulative": None,
}


class WholeReplay:
    """The changes that bear on one analysis, and the pooled result of any set of them.

    Parameters as of `Replay`. A change of a study bears on the analysis if the plan takes the
    study on either side.
    """

    def __init__(
        self,
        reviews: tuple[Review, Review],
        plans: tuple[AnalysisPlan, AnalysisPlan],
        causes: Sequence[Change],
    ) -> None:
        self._before, self._after = reviews
        self._plans = plans
        taken = {
            one.study.id
            for review in reviews
            for plan in plans
            if any(outcome.id == plan.outcome for outcome in review.plan.outcomes)
            for one in select(review.plan, review.studies, plan).selected.taken
        }
        id_ = plans[1].id
        parts = {f"plan_{id_}_eligibility", f"plan_{id_}_model"}
        asked = [(r.plan.question.intervention, r.plan.question.comparator) for r in reviews]
        if asked[0] != asked[1]:
            parts.add("plan_question")
        self.players = [
            cause for cause in causes if cause.id in parts or not taken.isdisjoint(cause.studies)
        ]
        self._known: dict[bytes, tuple[float, ...] | str] = {}

    def worth(self, coalitions: Bits) -> Values:
        """Return QUANTITIES of each coalition, shape (m, 4); NaN where there is no answer."""
        found = np.full((len(coalitions), len(QUANTITIES)), np.nan)
        for row, coalition in enumerate(coalitions):
            answer = self._answer(coalition)
            if not isinstance(answer, str):
                found[row] = answer
        return found

    def why_not(self, coalition: Bits) -> str:
        """Return why a coalition, shape (players,), has no answer."""
        answer = self._answer(coalition)
        return answer if isinstance(answer, str) else "it has one"

    def _answer(self, coalition: Bits) -> tuple[float, ...] | str:
        key = coalition.tobytes()
        if key not in self._known:
            made = [c for c, there in zip(self.players, coalition, strict=True) if there]
            try:
                synthesis = analyse(*self._evidence(made)).synthesis
                self._known[key] = tuple(getattr(synthesis, name) for name in QUANTITIES)
            except MethodError as error:
                self._known[key] = str(error)
        return self._known[key]

    def _evidence(self, made: Sequence[Change]) -> tuple[Review, AnalysisPlan]:
        """Return the evidence before, and its analysis, with these changes made."""
        ids = {change.id for change in made}
        moved = {id_ for change in made for id_ in change.studies}
        studies = [one for one in self._before.studies if one.id not in moved]
        studies += [one for one in self._after.studies if one.id in moved]
        plan, analysis = self._before.plan, self._plans[0].model_copy(update=_BARE)
        for part, fields in (("eligibility", ELIGIBILITY), ("model", MODEL)):
            if f"plan_{analysis.id}_{part}" in ids:
                later = {field: getattr(self._plans[1], field) for field in fields}
                analysis = analysis.model_copy(update=later)
        if "plan_question" in ids:
            asked = {field: getattr(self._after.plan, field) for field in QUESTION}
            plan = plan.model_copy(update=asked)
        if all(outcome.id != analysis.outcome for outcome in plan.outcomes):
            raise MethodError(f"the outcome {analysis.outcome} is not declared")
        ordered = tuple(sorted(studies, key=lambda one: one.id))
        return self._before.model_copy(update={"plan": plan, "studies": ordered}), analysis


def is_whole(plans: Sequence[AnalysisPlan]) -> bool:
    """Say whether a pool is more than the sum of what each study gives under either plan."""
    first = plans[0]
    return any(
        plan.pooling != "inverse_variance"
        or plan.continuity.drop00
        or plan.continuity.to == "if0all"
        or plan.continuity != first.continuity
        for plan in plans
    )
