"""Run the planned analyses of a review: records in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from analysis.absences import absent
from analysis.conventions import conventions
from analysis.effects import WITH_UNIT
from analysis.errors import IdenticalEffectsError, MethodError, Problem
from analysis.evidence import candidates, too_few
from analysis.findings import FORMAT, AnalysisFinding, Findings, SmallStudyFinding
from analysis.planned_effects import (
    Contributions,
    contributions,
    patients_of,
    place_in,
)
from analysis.planned_methods import bayes_finding, natural_finding, several_finding
from analysis.planned_models import regression_finding, subgroup_finding
from analysis.planned_plots import (
    baujat_points,
    gosh_finding,
    radial_points,
    sequential_finding,
)
from analysis.planned_robustness import (
    cumulation_rows,
    influence_rows,
    omission_rows,
    order_of,
)
from analysis.planned_rounding import rounding_finding
from analysis.planned_tables import pool_tables, tables_of
from analysis.planned_tests import small_study, tested
from analysis.records import AnalysisPlan, Review
from analysis.summary import absolute, certainty
from analysis.synthesis import Synthesis, pool
from analysis.tally import count, flow, pools

__all__ = ["analyse", "find", "finding_of", "place_in", "pooled"]

Part = TypeVar("Part")
Planned = Any


def find(
    review: Review, analyse_one: Callable[[Review, AnalysisPlan], AnalysisFinding] | None = None
) -> Findings:
    """Run every analysis of the plan on the evidence of `review`.

    Parameters
    ----------
    analyse_one : runs one analysis; by default `analyse`.

    Raises
    ------
    MethodError : a pooled result has no answer; the message names it and says why. An analysis
        that no study enters, or too few, or of identical effects where Hartung-Knapp is planned,
        is listed in `Findings.unanswered`, any other part without an answer in
        `AnalysisFinding.unanswered`.
    """
    found: dict[str, AnalysisFinding] = {}
    unanswered: dict[str, str] = {}
    problems: list[Problem] = []
    for analysis in review.plan.analyses:
        try:
            selected = candidates(review, analysis)
            if not selected.taken:
                # As of an earlier day, of some of the studies, or in a review that is only begun.
                unanswered[analysis.id] = "no study of this evidence has a result for it"
                continue
            if why := too_few(analysis, selected):
                unanswered[analysis.id] = why
                continue
            found[analysis.id] = (analyse_one or analyse)(review, analysis)
        except IdenticalEffectsError as error:
            # An accident of the data, as one study alone is: it stops no other analysis.
            unanswered[analysis.id] = str(error)
        except MethodError as error:
            problems.append(Problem("data/review.yml", f"analyses.{analysis.id}", str(error)))
    if problems:
        raise MethodError(problems)
    found = {id_: _with_agreement(finding, found) for id_, finding in found.items()}
    effects, without = absolute(review, found)
    return Findings(
        format=FORMAT,
        evidence=review.evidence,
        analyses=found,
        counts=count(review),
        flow=flow(review),
        pools=pools(review),
        absolute=effects,
        certainty=certainty(review, found),
        unanswered={**unanswered, **without},
        absent=absent(review, found),
    )


def analyse(review: Review, analysis: AnalysisPlan) -> AnalysisFinding:
    """Run one analysis of the plan with everything that it declares; raises as `find`."""
    return finding_of(review, analysis, contributions(review, analysis))


def finding_of(
    review: Review, analysis: AnalysisPlan, of: Contributions, *, receipt: bool = True
) -> AnalysisFinding:
    """Run one analysis on what its studies contribute; raises as `find`.

    Without `receipt` it is not worked out what other programs would print.
    """
    effects, rows = of.effects, of.rows
    outcome = review.outcome(analysis.outcome)
    level = float(analysis.level)
    synthesis = pooled(analysis, of)
    rows = tuple(
        replace(row, weight=weight) for row, weight in zip(rows, synthesis.weights, strict=True)
    )
    unanswered: dict[str, str] = {}

    def part(path: str, call: Callable[[], Part]) -> Part | None:
        """Return a part, or None where this evidence has no answer to it."""
        try:
            return call()
        except MethodError as error:
            unanswered[path] = str(error)
            return None

    def parts(
        name: str, plans: Iterable[Planned], call: Callable[[Planned], Part]
    ) -> dict[str, Part]:
        found = {plan.id: part(f"{name}.{plan.id}", partial(call, plan)) for plan in plans}
        return {id_: one for id_, one in found.items() if one is not None}

    tests: dict[str, SmallStudyFinding] = {}
    if analysis.small_study:
        material = tested(review, analysis, effects, rows)
        tests = {test: small_study(test, material) for test in analysis.small_study}
    several, subsets, looks = analysis.several, analysis.gosh, analysis.sequential
    better = outcome.better == "lower"
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
        left_out=of.left_out,
        synthesis=synthesis,
        patients=patients_of(review, rows),
        subgroups=parts(
            "subgroups",
            analysis.subgroups,
            lambda plan: subgroup_finding(review, analysis, plan, effects, rows, of.tables),
        ),
        regressions=parts(
            "regressions",
            analysis.regressions,
            lambda plan: regression_finding(review, analysis, plan, effects, rows),
        ),
        small_study=tests,
        leave_one_out=(
            part("leave_one_out", lambda: omission_rows(analysis, effects, rows, of.tables)) or ()
            if analysis.leave_one_out
            else ()
        ),
        cumulative=(
            part("cumulative", lambda: cumulation_rows(analysis, of, rows, order, by, unanswered))
            or ()
            if analysis.cumulative
            else ()
        ),
        cumulative_by=analysis.cumulative,
        influence=(
            part("influence", lambda: influence_rows(effects, analysis, rows)) or ()
            if analysis.influence
            else ()
        ),
        pooling=analysis.pooling,
        unit=outcome.unit if effects.measure in WITH_UNIT else None,
        natural=natural_finding(review, rows, synthesis),
        several=(
            part("several", lambda: several_finding(several, analysis, of.estimates, synthesis))
            if several
            else None
        ),
        estimates=of.estimates,
        bayes=parts(
            "bayes",
            analysis.bayes,
            lambda plan: bayes_finding(effects, analysis, plan, lower_is_better=better),
        ),
        gosh=(
            part("gosh", lambda: gosh_finding(effects, rows, analysis, subsets))
            if subsets
            else None
        ),
        baujat=part("baujat", lambda: baujat_points(effects, rows, analysis)) or ()
        if analysis.baujat
        else (),
        radial=part("radial", lambda: radial_points(effects, rows, analysis)) or ()
        if analysis.radial
        else (),
        sequential=(
            part("sequential", lambda: sequential_finding(review, effects, rows, analysis, looks))
            if looks
            else None
        ),
        rounding=(
            part("rounding", lambda: rounding_finding(review, analysis, rows, effects.measure))
            if analysis.rounding
            else None
        ),
        conventions=conventions(effects, analysis, synthesis, tests) if receipt else {},
        unanswered=unanswered,
    )


def pooled(analysis: AnalysisPlan, of: Contributions) -> Synthesis:
    """Pool what the studies of an analysis contribute, as planned.

    Raises
    ------
    MethodError : as `pool`; where counts are pooled, as `pool_tables`.
    """
    if analysis.pooling != "inverse_variance":
        return pool_tables(tables_of(of.rows, of.tables), analysis, of.effects.measure)
    return pool(
        of.effects, analysis.method, analysis.test, float(analysis.level), analysis.prediction
    )


def _with_agreement(finding: AnalysisFinding, found: dict[str, AnalysisFinding]) -> AnalysisFinding:
    """Say whether the analysis and its sensitivity analyses place the null alike."""
    others = [one for one in found.values() if one.sensitivity_of == finding.id]
    if not others:
        return finding
    directions = {one.synthesis.direction for one in (finding, *others)}
    return replace(finding, methods_agree=len(directions) == 1)
