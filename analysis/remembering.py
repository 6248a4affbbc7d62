"""`find` for two states of the evidence in a row: what did not change is not computed again."""

from __future__ import annotations

from dataclasses import replace

from analysis.evidence import candidates
from analysis.findings import AnalysisFinding, Findings
from analysis.plan import analyse, find
from analysis.records import AnalysisPlan, Plan, Review


class RememberingFind:
    """Runs the plan as `find` does, and takes over each analysis that has the same answer.

    An analysis is taken over from the review before where its entry of the plan, the question
    and its terms, and every study with the result that it takes are equal.
    """

    def __init__(self) -> None:
        self._before: tuple[Review, Findings] | None = None
        self._same_terms = False

    def __call__(self, review: Review) -> Findings:
        """Return `find(review)`; raises as it does."""
        before = self._before
        self._same_terms = before is not None and _terms(before[0].plan) == _terms(review.plan)
        found = find(review, self._analyse)
        self._before = (review, found)
        return found

    def _analyse(self, review: Review, analysis: AnalysisPlan) -> AnalysisFinding:
        if self._before is None or not self._same_terms:
            return analyse(review, analysis)
        earlier, findings = self._before
        same = next((one for one in earlier.plan.analyses if one.id == analysis.id), None)
        found = findings.analyses.get(analysis.id)
        if found is None or same != analysis:
            return analyse(review, analysis)
        now = candidates(review, analysis)
        if now.taken != candidates(earlier, analysis).taken:
            return analyse(review, analysis)
        # Whom it leaves out, and whether others agree with it, may differ all the same.
        return replace(found, left_out=now.left_out, methods_agree=None)


def _terms(plan: Plan) -> Plan:
    return plan.model_copy(update={"analyses": ()})
