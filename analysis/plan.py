"""Run the planned analyses of a review: records in, findings out."""

from __future__ import annotations

from dataclasses import replace

from analysis.effects import Effects
from analysis.errors import MethodError, Problem
from analysis.evidence import candidates
from analysis.findings import FORMAT, AnalysisFinding, EffectRow, Findings
from analysis.planned_effects import effects_of, patients_of, place_in
from analysis.planned_models import regression_finding, subgroup_finding
from analysis.planned_robustness import influence_rows, order_of, step_findings
from analysis.planned_tests import small_study
from analysis.records import AnalysisPlan, Review
from analysis.robustness import cumulate, leave_one_out
from analysis.synthesis import pool
from analysis.tally import count, flow, pools

__all__ = ["analyse", "effects_of", "find", "finding_of", "place_in"]


def find(review: Review) -> Findings:
    """Run every analysis of the plan on the evidence of `review`.

    Raises
    ------
    MethodError : an analysis has no answer; the message names it and says why.
    """
    found: dict[str, AnalysisFinding] = {}
    problems: list[Problem] = []
    for analysis in review.plan.analyses:
        try:
            found[analysis.id] = analyse(review, analysis)
        except MethodError as error:
            problems.append(Problem("data/review.yml", f"analyses.{analysis.id}", str(error)))
    if problems:
        raise MethodError(problems)
    return Findings(
        format=FORMAT,
        evidence=review.evidence,
        analyses={id_: _with_agreement(finding, found) for id_, finding in found.items()},
        counts=count(review),
        flow=flow(review),
        pools=pools(review),
    )


def analyse(review: Review, analysis: AnalysisPlan) -> AnalysisFinding:
    """Run one analysis of the plan with everything that it declares; raises as `find`."""
    return finding_of(review, analysis, *effects_of(review, analysis))


def finding_of(
    review: Review, analysis: AnalysisPlan, effects: Effects, rows: tuple[EffectRow, ...]
) -> AnalysisFinding:
    """Run one analysis on the effects of its rows, in their order; raises as `find`."""
    level = float(analysis.level)
    synthesis = pool(effects, analysis.method, analysis.test, level, analysis.prediction)
    rows = tuple(
        replace(row, weight=weight) for row, weight in zip(rows, synthesis.weights, strict=True)
    )
    order, by = order_of(review, analysis, rows)
    return AnalysisFinding(
        id=analysis.id,
        title=analysis.title,
        outcome=analysis.outcome,
        measure=effects.measure,
        role=analysis.role,
        origin=analysis.origin,
        sensitivity_of=analysis.sensitivity_of,
        reason=analysis.reason,
        level=level,
        rows=rows,
        left_out=candidates(review, analysis).left_out,
        synthesis=synthesis,
        patients=patients_of(review, rows),
        subgroups={
            plan.id: subgroup_finding(review, analysis, plan, effects, rows)
            for plan in analysis.subgroups
        },
        regressions={
            plan.id: regression_finding(review, analysis, plan, effects, rows)
            for plan in analysis.regressions
        },
        small_study={
            test: small_study(test, effects, analysis.method, level)
            for test in analysis.small_study
        },
        leave_one_out=(
            step_findings(leave_one_out(effects, *_model(analysis)), rows)
            if analysis.leave_one_out and effects.k > 1
            else ()
        ),
        cumulative=(
            step_findings(
                cumulate(effects.take(order), range(len(order)), *_model(analysis)),
                tuple(rows[i] for i in order),
                by,
            )
            if order
            else ()
        ),
        cumulative_by=analysis.cumulative,
        influence=influence_rows(effects, analysis, rows) if analysis.influence else (),
    )


def _model(analysis: AnalysisPlan) -> tuple:  # type: ignore[type-arg]
    return (analysis.method, analysis.test, float(analysis.level), analysis.prediction)


def _with_agreement(finding: AnalysisFinding, found: dict[str, AnalysisFinding]) -> AnalysisFinding:
    """Say whether the analysis and its sensitivity analyses place the null alike."""
    others = [one for one in found.values() if one.sensitivity_of == finding.id]
    if not others:
        return finding
    directions = {one.synthesis.direction for one in (finding, *others)}
    return replace(finding, methods_agree=len(directions) == 1)
