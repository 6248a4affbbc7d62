"""How far the rounding of the printed inputs lets a pooled interval move, where planned."""

from __future__ import annotations

from analysis.answers_of_effects import of_pools
from analysis.compared_arms import compared
from analysis.errors import MethodError
from analysis.findings import EffectRow
from analysis.method_findings import RoundingFinding
from analysis.records import AnalysisPlan, Review
from analysis.rounding import Box, reaches


def rounding_finding(
    review: Review, analysis: AnalysisPlan, rows: tuple[EffectRow, ...], measure: str
) -> RoundingFinding:
    """Return the range of both ends of a pooled interval over the rounding of its inputs.

    Raises
    ------
    MethodError : studies enter with several estimates, or counts are pooled, which nobody rounds.
    """
    question = review.plan.question
    comparison = compared(question)
    ends = ("est_lb", "est_ub")
    answers = of_pools(analysis, measure, ends)
    if analysis.several is not None or answers is None:
        raise MethodError(
            "rounding: found tables of counts or several estimates of a study, wanted one printed "
            "result a study"
        )
    box = Box(review, [(row.study, row.result) for row in rows], comparison)
    lower, upper = reaches(box, answers, len(ends))
    return RoundingFinding(lower.low, lower.high, upper.low, upper.high)
