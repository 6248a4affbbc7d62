"""Pooling of 2×2 tables from their counts, as the plan declares it, with its omissions and groups.

Mantel-Haenszel and Peto give one common effect, which stands as a `Synthesis` with method EE and
test z, so that everything printed of a pooled result is there. Weights are percent: those of the
method itself (Mantel-Haenszel's b c / n for the odds ratio, Peto's V), not inverse variances.
"""

from __future__ import annotations

import numpy as np

from analysis.effects import Measure
from analysis.errors import MethodError
from analysis.findings import EffectRow, StepFinding
from analysis.group_routes import Table
from analysis.plan_method_checks import pooling_fault
from analysis.records import AnalysisPlan
from analysis.synthesis import Synthesis, direction, why_no_prediction
from analysis.table_pooling import TablePool, pool_mantel_haenszel, pool_peto
from analysis.two_by_two import Tables


def tables_of(rows: tuple[EffectRow, ...], tables: tuple[Table, ...]) -> Tables:
    """Return the tables of some rows, labelled by them."""
    return Tables(
        [row.label for row in rows],
        [float(table.ai) for table in tables],
        [float(table.bi) for table in tables],
        [float(table.ci) for table in tables],
        [float(table.di) for table in tables],
    )


def pool_tables(tables: Tables, analysis: AnalysisPlan, measure: Measure) -> Synthesis:
    """Pool counts as planned.

    Raises
    ------
    MethodError : the plan asks for another method than EE with z, or for another measure than
        the pooling gives; as `pool_mantel_haenszel` and `pool_peto`.
    """
    if fault := pooling_fault(analysis, measure):
        raise MethodError(f"pooling: {fault}")
    level = float(analysis.level)
    if analysis.pooling == "peto":
        return _synthesis(pool_peto(tables, level=level), tables, tables.v, analysis.pooling)
    plan = analysis.continuity
    found = pool_mantel_haenszel(
        tables,
        measure,  # type: ignore[arg-type]
        level=level,
        add=float(plan.add),
        to=plan.to,
    )
    n = tables.n
    weights = {
        "OR": tables.bi * tables.ci / n,
        "RR": tables.ci * tables.n1 / n,
        "RD": tables.n1 * tables.n0 / n,
    }[measure]
    return _synthesis(found, tables, weights, analysis.pooling)


def omissions_of_tables(
    rows: tuple[EffectRow, ...], tables: tuple[Table, ...], analysis: AnalysisPlan, measure: Measure
) -> tuple[StepFinding, ...]:
    """Pool the tables without each one; raises as `pool_tables`."""
    found = []
    for i, row in enumerate(rows):
        others = [j for j in range(len(rows)) if j != i]
        found.append(_step(row, rows, tables, others, analysis, measure, None))
    return tuple(found)


def cumulation_of_tables(
    rows: tuple[EffectRow, ...],
    tables: tuple[Table, ...],
    order: list[int],
    at: tuple[float, ...],
    analysis: AnalysisPlan,
    measure: Measure,
    unanswered: dict[str, str],
) -> tuple[StepFinding, ...]:
    """Pool the first table of the order, the first two, and so on.

    Steps without an answer, as that of a first table without events in one arm, are left out, and
    `unanswered` says why.

    Raises
    ------
    MethodError : no step has an answer.
    """
    found = []
    for n, i in enumerate(order):
        try:
            found.append(_step(rows[i], rows, tables, order[: n + 1], analysis, measure, at[n]))
        except MethodError as error:
            if n == len(order) - 1 and not found:
                raise
            unanswered[f"cumulative.{rows[i].study}"] = str(error)
    return tuple(found)


def _step(
    row: EffectRow,
    rows: tuple[EffectRow, ...],
    tables: tuple[Table, ...],
    members: list[int],
    analysis: AnalysisPlan,
    measure: Measure,
    at: float | None,
) -> StepFinding:
    chosen = tables_of(tuple(rows[i] for i in members), tuple(tables[i] for i in members))
    s = pool_tables(chosen, analysis, measure)
    return StepFinding(
        study=row.study,
        label=row.label,
        k=s.k,
        at=at,
        est=s.est,
        est_lb=s.est_lb,
        est_ub=s.est_ub,
        pval=s.pval,
        tau2=0.0,
        i2=s.i2,
        i2_q=s.i2_q,
        excludes_null=direction(s.ci_lb, s.ci_ub) != 0,
    )


def _synthesis(found: TablePool, tables: Tables, weights: np.ndarray, pooling: str) -> Synthesis:
    total = float(weights.sum())
    percent = 100.0 * weights / total if total > 0 else np.full(tables.k, 100.0 / tables.k)
    several = found.k_yi > 1
    return Synthesis(
        slab=tables.slab,
        k=tables.k,
        measure=found.measure,
        method="EE",
        test="z",
        level=found.level,
        prediction="t(k-2)",
        mu=found.mu,
        se=found.se,
        statistic=found.zval,
        df=None,
        pval=found.pval,
        ci_lb=found.ci_lb,
        ci_ub=found.ci_ub,
        est=found.est,
        est_lb=found.est_lb,
        est_ub=found.est_ub,
        pi_lb=None,
        pi_ub=None,
        pi_est_lb=None,
        pi_est_ub=None,
        pi_why=why_no_prediction(tables.k, "EE", "t(k-2)"),
        tau2=0.0,
        se_tau2=None,
        tau2_lb=None,
        tau2_ub=None,
        i2=found.i2 if several else 0.0,
        i2_q=found.i2 if several else 0.0,
        i2_lb=None,
        i2_ub=None,
        h2=found.h2,
        h2_lb=None,
        h2_ub=None,
        qe=found.qe,
        qe_df=found.df,
        qe_pval=found.qe_pval,
        weights=tuple(percent.tolist()),
        pooling=pooling,
    )
