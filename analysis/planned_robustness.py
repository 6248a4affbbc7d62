"""What single studies do to a planned result: omissions, cumulation, influence."""

from __future__ import annotations

from analysis import words
from analysis.effects import Effects
from analysis.errors import MethodError
from analysis.estimates import Prediction, Test
from analysis.evidence import number_value
from analysis.findings import EffectRow, InfluenceRow, StepFinding
from analysis.group_routes import Table
from analysis.plan_method_checks import refuse_counts
from analysis.planned_effects import Contributions
from analysis.planned_tables import cumulation_of_tables, omissions_of_tables
from analysis.records import AnalysisPlan, Review
from analysis.robustness import Refits, cumulate, leave_one_out
from analysis.tau2 import Method


def order_of(
    review: Review, analysis: AnalysisPlan, rows: tuple[EffectRow, ...]
) -> tuple[list[int], tuple[float, ...]]:
    """Return the order of the cumulation and its values; studies without one are left out."""
    if analysis.cumulative is None:
        return [], ()
    field = analysis.cumulative
    values = [number_value(review.by_id[row.study], field) for row in rows]
    dated = [(value, i) for i, value in enumerate(values) if value is not None]
    dated.sort(key=lambda pair: (pair[0], rows[pair[1]].study))
    return [i for _, i in dated], tuple(value for value, _ in dated)


def step_findings(
    refits: Refits, rows: tuple[EffectRow, ...], at: tuple[float, ...] = ()
) -> tuple[StepFinding, ...]:
    """Return the refits as findings, one a row; `at` is what orders a cumulation."""
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


def omission_rows(
    analysis: AnalysisPlan,
    effects: Effects,
    rows: tuple[EffectRow, ...],
    tables: tuple[Table, ...],
) -> tuple[StepFinding, ...]:
    """Return the pooled result without each study; nothing with fewer than two."""
    if effects.k < 2:
        return ()
    if tables:
        return omissions_of_tables(rows, tables, analysis, effects.measure)
    return step_findings(leave_one_out(effects, *_model(analysis)), rows)


def cumulation_rows(
    analysis: AnalysisPlan,
    of: Contributions,
    rows: tuple[EffectRow, ...],
    order: list[int],
    at: tuple[float, ...],
    unanswered: dict[str, str],
) -> tuple[StepFinding, ...]:
    """Return the pooled result of the first study of the order, of the first two, and so on.

    Where counts are pooled, a step may have no answer: `unanswered` takes why, by its path.

    Raises
    ------
    MethodError : no study has a value of what orders them.
    """
    if not order:
        field = analysis.cumulative
        raise MethodError(f"cumulative: found no study with a value of {field}, wanted one")
    if of.tables:
        measure = of.effects.measure
        return cumulation_of_tables(rows, of.tables, order, at, analysis, measure, unanswered)
    refits = cumulate(of.effects.take(order), range(len(order)), *_model(analysis))
    return step_findings(refits, tuple(rows[i] for i in order), at)


def _model(analysis: AnalysisPlan) -> tuple[Method, Test, float, Prediction]:
    return (analysis.method, analysis.test, float(analysis.level), analysis.prediction)


def influence_rows(
    effects: Effects, analysis: AnalysisPlan, rows: tuple[EffectRow, ...]
) -> tuple[InfluenceRow, ...]:
    """Return what each study does to the pooled result.

    Raises
    ------
    MethodError : counts are pooled, or there are fewer than three studies.
    """
    from analysis.diagnostics import influence

    refuse_counts(analysis.pooling, "influence", "the diagnostics are those of its weights")
    if effects.k < 3:
        raise MethodError(f"influence: found {words.count(effects.k, 'study')}, wanted at least 3")
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
            dfbs=found.dfbs[i],
        )
        for i, row in enumerate(rows)
    )
