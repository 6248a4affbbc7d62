"""Subgroups and meta-regressions as the plan declares them."""

from __future__ import annotations

from analysis.effects import Effects, is_ratio
from analysis.evidence import study_value
from analysis.findings import EffectRow, GroupFinding, RegressionFinding, SubgroupFinding
from analysis.moderators import Moderator, Regression, regress
from analysis.planned_effects import lacking, patients_of
from analysis.records import AnalysisPlan, ModeratorPlan, RegressionPlan, Review, SubgroupPlan
from analysis.subgroups import subgroups
from analysis.synthesis import Synthesis, pool
from analysis.tally import slug


def _levels(review: Review, field: str) -> dict[str, str]:
    """Return the declared levels of a grouping field with their labels, in their order."""
    declared = {"randomised": {"yes": "Randomised", "no": "Non-randomised"}}
    for characteristic in review.plan.characteristics:
        declared[characteristic.id] = {level.id: level.label for level in characteristic.levels}
    return declared.get(field, {})


def subgroup_finding(
    review: Review,
    analysis: AnalysisPlan,
    plan: SubgroupPlan,
    effects: Effects,
    rows: tuple[EffectRow, ...],
) -> SubgroupFinding:
    """Run one planned split; raises as `subgroups`."""
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
        "left_out": lacking(rows, values, plan.label),
    }

    def group(name: str, synthesis: Synthesis) -> GroupFinding:
        members = tuple(row for row, value in zip(rows, values, strict=True) if value == name)
        label = labels.get(name) or name[:1].upper() + name[1:]
        studies = tuple(row.study for row in members)
        return GroupFinding(slug(name), label, studies, patients_of(review, members), synthesis)

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


def columns_of(
    review: Review, plan: RegressionPlan, rows: tuple[EffectRow, ...]
) -> list[list[float | str | None]]:
    """Return the values of each moderator, one a row; None where a study does not report it."""
    return [
        [_moderator_value(review, row, moderator) for row in rows] for moderator in plan.moderators
    ]


def fitted(
    analysis: AnalysisPlan,
    plan: RegressionPlan,
    effects: Effects,
    columns: list[list[float | str | None]],
) -> Regression:
    """Fit a planned regression; raises as `regress`."""
    moderators = [
        Moderator(moderator.field, tuple(column), moderator.reference)
        for moderator, column in zip(plan.moderators, columns, strict=True)
    ]
    return regress(
        effects,
        moderators,
        plan.method or analysis.method,
        plan.test or analysis.test,
        float(analysis.level),
    )


def regression_finding(
    review: Review,
    analysis: AnalysisPlan,
    plan: RegressionPlan,
    effects: Effects,
    rows: tuple[EffectRow, ...],
) -> RegressionFinding:
    """Run one planned meta-regression; raises as `regress`."""
    columns = columns_of(review, plan, rows)
    found = fitted(analysis, plan, effects, columns)
    known = [None if None in values else 1.0 for values in zip(*columns, strict=True)]
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
        left_out=lacking(rows, known, plan.label),
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
