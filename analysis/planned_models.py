"""Subgroups and meta-regressions as the plan declares them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from analysis.effects import Effects, is_ratio
from analysis.errors import MethodError
from analysis.evidence import study_value
from analysis.findings import EffectRow, GroupFinding, RegressionFinding, SubgroupFinding
from analysis.group_routes import Table
from analysis.grouping import between, subgroups
from analysis.moderators import Moderator, Regression, regress
from analysis.paths import slug
from analysis.planned_effects import lacking, patients_of
from analysis.planned_tables import pool_tables, tables_of
from analysis.quantiles import chi2_upper
from analysis.records import AnalysisPlan, ModeratorPlan, RegressionPlan, Review, SubgroupPlan
from analysis.synthesis import Synthesis, pool
from analysis.terms import capitalised


def levels(review: Review, field: str) -> dict[str, str]:
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
    tables: tuple[Table, ...] = (),
) -> SubgroupFinding:
    """Run one planned split; raises as `subgroups`.

    With `tables` each group is pooled from its counts, unless the split has a method of its own.
    """
    method, test = plan.method or analysis.method, plan.test or analysis.test
    level = float(analysis.level)
    values = [study_value(review.by_id[row.study], plan.by) for row in rows]
    labels = levels(review, plan.by)
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
        label = labels.get(name) or capitalised(name)
        studies = tuple(row.study for row in members)
        return GroupFinding(slug(name), label, studies, patients_of(review, members), synthesis)

    nothing = dict.fromkeys(("between_statistic", "between_df", "between_df2", "between_pval"))
    if tables and plan.method is None:
        pooled = _pooled_counts(analysis, effects, rows, tables, names, values)
        groups = {slug(n): group(n, s) for n, s in zip(names, pooled, strict=True)}
        if len(names) < 2:
            return SubgroupFinding(groups=groups, **nothing, **common)  # type: ignore[arg-type]
        q, df = between(pooled), len(names) - 1
        return SubgroupFinding(
            groups=groups,
            between_statistic=q,
            between_df=df,
            between_df2=None,
            between_pval=float(chi2_upper(q, df)),
            **common,  # type: ignore[arg-type]
        )
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


def _pooled_counts(
    analysis: AnalysisPlan,
    effects: Effects,
    rows: tuple[EffectRow, ...],
    tables: tuple[Table, ...],
    names: Sequence[str],
    values: Sequence[float | str | None],
) -> list[Synthesis]:
    members = [[i for i, value in enumerate(values) if value == name] for name in names]
    return [
        pool_tables(
            tables_of(tuple(rows[i] for i in index), tuple(tables[i] for i in index)),
            analysis,
            effects.measure,
        )
        for index in members
    ]


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
    """Fit a planned regression.

    Raises
    ------
    MethodError : as `regress`; or counts are pooled, and the regression names no method.
    """
    if analysis.pooling != "inverse_variance" and plan.method is None:
        raise MethodError(
            f"regression: found pooling {analysis.pooling}, wanted a `method` of the regression's "
            "own: counts have no model for moderators"
        )
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
        plan.interactions,
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
    names = names_of(found.terms)
    known = [None if None in values else 1.0 for values in zip(*columns, strict=True)]
    first = columns[0]
    return RegressionFinding(
        id=plan.id,
        label=plan.label,
        origin=plan.origin,
        method=found.method,
        test=found.test,
        k=found.k,
        coefficients=dict(zip(names, found.coefficients, strict=True)),
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
        tau2_lb=found.tau2_lb,
        tau2_ub=found.tau2_ub,
        vif=dict(zip(names[1:], inflation(found), strict=True)) if found.p > 2 else {},
    )


def _moderator_value(review: Review, row: EffectRow, plan: ModeratorPlan) -> float | str | None:
    value = study_value(review.by_id[row.study], plan.field)
    if value is None:
        return None
    if plan.number and isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise MethodError(
                f"moderator {plan.field}: found {value!r} for {row.label}, wanted a number"
            ) from None
    if plan.level is not None:
        return 1.0 if value == plan.level else 0.0
    return value / plan.per if isinstance(value, float) else value


def names_of(terms: Sequence[str]) -> tuple[str, ...]:
    """Return the coefficients' names as parts of a path, each once.

    'nodal: n0' gives n0, an interaction of it n0_x_follow_up; where two would have one name, the
    whole term is the name.
    """
    short = [
        "_x_".join(slug(part.replace(":", " ").split()[-1]) for part in term.split(" × "))
        for term in terms
    ]
    whole = ["_".join(slug(term.replace(":", " ").replace("×", "x")).split("_")) for term in terms]
    return tuple(
        name if short.count(name) == 1 else re.sub("_+", "_", full)
        for name, full in zip(short, whole, strict=True)
    )


def inflation(found: Regression) -> list[float]:
    """Return the variance inflation factor of each coefficient but the intercept.

    The diagonal of the inverse of the coefficients' correlation matrix; agrees with
    metafor::vif.
    """
    vcov = np.array(found.vcov)[1:, 1:]
    se = np.sqrt(np.diag(vcov))
    inverse: list[float] = np.diag(np.linalg.inv(vcov / np.outer(se, se))).tolist()
    return inverse
