"""Run the planned analyses of a review: records in, findings out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.effects import Effects, is_ratio
from analysis.errors import MethodError, Problem
from analysis.evidence import LeftOut, Taken, candidates, study_value
from analysis.findings import (
    FORMAT,
    AnalysisFinding,
    EffectRow,
    Findings,
    GroupFinding,
    InfluenceRow,
    RegressionFinding,
    StepFinding,
    SubgroupFinding,
)
from analysis.measure import Comparison, measure
from analysis.moderators import Moderator, regress
from analysis.planned_tests import small_study
from analysis.records import (
    AnalysisPlan,
    ModeratorPlan,
    RegressionPlan,
    Review,
    Study,
    SubgroupPlan,
)
from analysis.robustness import Refits, cumulate, leave_one_out
from analysis.subgroups import subgroups
from analysis.synthesis import Synthesis, pool
from analysis.tally import count, flow, pools, slug


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


def effects_of(review: Review, analysis: AnalysisPlan) -> tuple[Effects, tuple[EffectRow, ...]]:
    """Return the effects that an analysis pools, and a row for each study (weights still 0).

    Raises
    ------
    MethodError : a result cannot be turned into an effect, or the plan does not settle which
        result to take.
    """
    question = review.plan.question
    comparison = Comparison(question.intervention, question.comparator)
    taken = sorted(candidates(review, analysis).taken, key=lambda one: place_in(review, one.study))
    rows = tuple(_row(one, comparison) for one in taken)
    effects = Effects(
        [row.label for row in rows],
        [row.yi for row in rows],
        [row.vi for row in rows],
        review.outcome(analysis.outcome).measure,
    )
    return effects, rows


def place_in(review: Review, study: Study) -> tuple[float, str]:
    """Return the sort key of a study in the review's order (`order` in review.yml)."""
    value = None if review.plan.order == "label" else study_value(study, review.plan.order)
    last = float("inf") if review.plan.order != "label" else 0.0
    return (value if isinstance(value, float) else last, study.label)


def analyse(review: Review, analysis: AnalysisPlan) -> AnalysisFinding:
    """Run one analysis of the plan with everything that it declares; raises as `find`."""
    effects, rows = effects_of(review, analysis)
    level = float(analysis.level)
    synthesis = pool(effects, analysis.method, analysis.test, level, analysis.prediction)
    rows = tuple(
        replace(row, weight=weight) for row, weight in zip(rows, synthesis.weights, strict=True)
    )
    order, by = _order(review, analysis, rows)
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
        patients=_patients(review, rows),
        subgroups={
            plan.id: _subgroup(review, analysis, plan, effects, rows) for plan in analysis.subgroups
        },
        regressions={
            plan.id: _regression(review, analysis, plan, effects, rows)
            for plan in analysis.regressions
        },
        small_study={
            test: small_study(test, effects, analysis.method, level)
            for test in analysis.small_study
        },
        leave_one_out=(
            _steps(leave_one_out(effects, *_model(analysis)), rows)
            if analysis.leave_one_out and effects.k > 1
            else ()
        ),
        cumulative=(
            _steps(
                cumulate(effects.take(order), range(len(order)), *_model(analysis)),
                tuple(rows[i] for i in order),
                by,
            )
            if order
            else ()
        ),
        cumulative_by=analysis.cumulative,
        influence=_influence(effects, analysis, rows) if analysis.influence else (),
    )


def _model(analysis: AnalysisPlan) -> tuple:  # type: ignore[type-arg]
    return (analysis.method, analysis.test, float(analysis.level), analysis.prediction)


def _row(taken: Taken, comparison: Comparison) -> EffectRow:
    study, result = taken.study, taken.result
    try:
        effect = measure(result, comparison)
    except MethodError as error:
        raise MethodError(f"{study.label}, results[{taken.index}]: {error}") from error
    source = study.sources[result.source]
    printed = result.estimate, result.ci
    as_printed = printed[0] is not None and printed[1] is not None and not effect.inverted
    if as_printed:
        est, (lb, ub) = float(result.estimate or 0), map(float, result.ci or (0, 0))
    else:
        half = 1.959963984540054 * effect.sei
        scale = np.exp if is_ratio(result.measure) else float
        est, lb, ub = (float(scale(effect.yi + step)) for step in (0.0, -half, half))
    arms = {group.arm: group.n for group in study.arms.groups} if study.arms else {}
    return EffectRow(
        study=study.id,
        label=study.label,
        citation=study.citation,
        n=(arms.get(comparison.intervention), arms.get(comparison.comparator)),
        est=est,
        lb=lb,
        ub=ub,
        yi=effect.yi,
        vi=effect.vi,
        weight=0.0,
        route=effect.route,
        adjustment=result.adjustment,
        result=taken.index,
        place=source.place,
        access=source.access,
        as_printed=as_printed,
        inverted=effect.inverted,
    )


def _patients(review: Review, rows: tuple[EffectRow, ...]) -> int | None:
    counts = [review.by_id[row.study].patients for row in rows]
    known = [n for n in counts if n is not None]
    return sum(known) if len(known) == len(counts) else None


def _levels(review: Review, field: str) -> dict[str, str]:
    """Return the declared levels of a grouping field with their labels, in their order."""
    declared = {"randomised": {"yes": "Randomised", "no": "Non-randomised"}}
    for characteristic in review.plan.characteristics:
        declared[characteristic.id] = {level.id: level.label for level in characteristic.levels}
    return declared.get(field, {})


def _subgroup(
    review: Review,
    analysis: AnalysisPlan,
    plan: SubgroupPlan,
    effects: Effects,
    rows: tuple[EffectRow, ...],
) -> SubgroupFinding:
    method, test = plan.method or analysis.method, plan.test or analysis.test
    level = float(analysis.level)
    values = [study_value(review.by_id[row.study], plan.by) for row in rows]
    labels = _levels(review, plan.by)
    present = {str(value) for value in values if value is not None}
    names = [*(name for name in labels if name in present), *sorted(present - set(labels))]
    common = {
        "id": plan.id,
        "label": plan.label,
        "by": plan.by,
        "origin": plan.origin,
        "method": method,
        "test": test,
        "tau2_model": plan.tau2,
        "left_out": _lacking(rows, values, plan.label),
    }

    def group(name: str, synthesis: Synthesis) -> GroupFinding:
        members = tuple(row for row, value in zip(rows, values, strict=True) if value == name)
        label = labels.get(name) or name[:1].upper() + name[1:]
        studies = tuple(row.study for row in members)
        return GroupFinding(slug(name), label, studies, _patients(review, members), synthesis)

    if len(names) < 2:
        # One group, or none: it is shown, and there is nothing to test it against.
        alone = [
            pool(
                effects.take([value == name for value in values]),
                method,
                test if values.count(name) > 1 else "z",
                level,
                analysis.prediction,
            )
            for name in names
        ]
        groups = {slug(n): group(n, s) for n, s in zip(names, alone, strict=True)}
        nothing = dict.fromkeys(("between_statistic", "between_df", "between_df2", "between_pval"))
        return SubgroupFinding(groups=groups, **nothing, **common)  # type: ignore[arg-type]
    texts = [None if value is None else str(value) for value in values]
    split = subgroups(effects, texts, method, test, level, plan.tau2, analysis.prediction)
    by_name = {one.name: one.synthesis for one in split.groups}
    return SubgroupFinding(
        groups={slug(name): group(name, by_name[name]) for name in names},
        between_statistic=split.q_between,
        between_df=split.df,
        between_df2=split.df2,
        between_pval=split.pval,
        **common,  # type: ignore[arg-type]
    )


def _regression(
    review: Review,
    analysis: AnalysisPlan,
    plan: RegressionPlan,
    effects: Effects,
    rows: tuple[EffectRow, ...],
) -> RegressionFinding:
    columns = [
        [_moderator_value(review, row, moderator) for row in rows] for moderator in plan.moderators
    ]
    moderators = [
        Moderator(moderator.field, tuple(column), moderator.reference)
        for moderator, column in zip(plan.moderators, columns, strict=True)
    ]
    found = regress(
        effects,
        moderators,
        plan.method or analysis.method,
        plan.test or analysis.test,
        float(analysis.level),
    )
    lacking = [None if None in values else 1.0 for values in zip(*columns, strict=True)]
    first = columns[0]
    return RegressionFinding(
        id=plan.id,
        label=plan.label,
        origin=plan.origin,
        method=found.method,
        test=found.test,
        k=found.k,
        coefficients={_term(c.term): c for c in found.coefficients},
        qm=found.qm,
        qm_df=found.qm_df,
        qm_df2=found.qm_df2,
        qm_pval=found.qm_pval,
        tau2=found.tau2,
        i2=found.i2,
        r2=found.r2,
        qe=found.qe,
        qe_df=found.qe_df,
        qe_pval=found.qe_pval,
        ratio=is_ratio(effects.measure),
        values={
            row.study: value
            for row, value in zip(rows, first, strict=True)
            if isinstance(value, float)
        },
        left_out=_lacking(rows, lacking, plan.label),
    )


def _moderator_value(review: Review, row: EffectRow, plan: ModeratorPlan) -> float | str | None:
    value = study_value(review.by_id[row.study], plan.field)
    if value is None:
        return None
    if plan.level is not None:
        return 1.0 if value == plan.level else 0.0
    return value / plan.per if isinstance(value, float) else value


def _term(term: str) -> str:
    """Return a coefficient's name as part of a path: 'nodal n0' gives n0."""
    return slug(term.replace(":", " ").split()[-1])


def _lacking(
    rows: tuple[EffectRow, ...], values: list[float | str | None] | list[float | None], what: str
) -> tuple[LeftOut, ...]:
    return tuple(
        LeftOut(row.study, row.label, f"{what}: not reported", "selection")
        for row, value in zip(rows, values, strict=True)
        if value is None
    )


def _order(
    review: Review, analysis: AnalysisPlan, rows: tuple[EffectRow, ...]
) -> tuple[list[int], tuple[float, ...]]:
    """Return the order of the cumulation and its values; studies without one are left out."""
    if analysis.cumulative is None:
        return [], ()
    field = analysis.cumulative
    values = [study_value(review.by_id[row.study], field) for row in rows]
    dated = [(value, i) for i, value in enumerate(values) if isinstance(value, float)]
    dated.sort(key=lambda pair: (pair[0], rows[pair[1]].study))
    return [i for _, i in dated], tuple(value for value, _ in dated)


def _steps(
    refits: Refits, rows: tuple[EffectRow, ...], at: tuple[float, ...] = ()
) -> tuple[StepFinding, ...]:
    return tuple(
        StepFinding(
            study=row.study,
            label=row.label,
            k=refits.k[i],
            at=at[i] if at else None,
            est=refits.est[i],
            est_lb=refits.est_lb[i],
            est_ub=refits.est_ub[i],
            pval=refits.pval[i],
            tau2=refits.tau2[i],
            i2=refits.i2[i],
            i2_q=refits.i2_q[i],
            excludes_null=refits.excludes_null[i],
        )
        for i, row in enumerate(rows)
    )


def _influence(
    effects: Effects, analysis: AnalysisPlan, rows: tuple[EffectRow, ...]
) -> tuple[InfluenceRow, ...]:
    from analysis.influence import influence

    if effects.k < 3:
        return ()
    found = influence(effects, analysis.method, analysis.test)
    return tuple(
        InfluenceRow(
            study=row.study,
            label=row.label,
            rstudent=found.rstudent[i],
            dffits=found.dffits[i],
            cook_d=found.cook_d[i],
            cov_r=found.cov_r[i],
            tau2_del=found.tau2_del[i],
            qe_del=found.qe_del[i],
            hat=found.hat[i],
            weight=found.weight[i],
            influential=found.influential[i],
        )
        for i, row in enumerate(rows)
    )


def _with_agreement(finding: AnalysisFinding, found: dict[str, AnalysisFinding]) -> AnalysisFinding:
    """Say whether the analysis and its sensitivity analyses place the null alike."""
    others = [one for one in found.values() if one.sensitivity_of == finding.id]
    if not others:
        return finding
    directions = {one.synthesis.direction for one in (finding, *others)}
    return replace(finding, methods_agree=len(directions) == 1)
