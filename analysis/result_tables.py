"""Tables of results: pooled effects, groups, regressions, pools as reported, the audit."""

from __future__ import annotations

from collections.abc import Iterable

from analysis import terms, words
from analysis.audit import AuditRow
from analysis.errors import TemplateError
from analysis.findings import AnalysisFinding, RegressionFinding
from analysis.moderators import Coefficient
from analysis.records import AnalysisPlan, RegressionPlan
from analysis.synthesis import Synthesis
from analysis.tables import Asked, Column, Table, data, said
from analysis.words import DASH, MINUS, Keys, Words


def pooled(asked: Asked) -> Table:
    """Return each analysis by its planned method; option `analyses`."""
    asked.only("analyses")
    analyses = asked.analyses()
    columns = [
        Column("Analysis", 24),
        Column("Method", 18),
        Column("Studies", 7, "r"),
        Column(estimate_head(analyses), 15),
        Column("PI", 12),
        Column("P", 7, "r"),
        Column("τ²", 8, "r"),
        Column("I² (Q)", 7, "r"),
        Column("I² (τ²)", 7, "r"),
    ]
    return Table(columns, [_pooled_row(analysis) for analysis in analyses])


def subgroups(asked: Asked) -> Table:
    """Return the groups of every planned split, with the test between them; option `analyses`."""
    asked.only("analyses")
    analyses = [analysis for analysis in asked.analyses() if analysis.subgroups]
    columns = [
        Column("Analysis", 20),
        Column("Group", 18),
        Column("Studies", 8, "r"),
        Column("Patients", 9, "r"),
        Column(estimate_head(analyses), 16),
        Column("I² (Q)", 8, "r"),
        Column("P between groups", 11, "r"),
    ]
    rows: list[list[str]] = []
    for analysis in analyses:
        for split in analysis.subgroups.values():
            path = f"{analysis.id}.subgroups.{split.id}"
            between = split.between_pval
            shown = None if between is None else words.p_number(between, f"{path}.between_pval")
            for at, (name, group) in enumerate(split.groups.items()):
                here, found = f"{path}.groups.{name}", group.synthesis
                head = f"{analysis.title}, {split.label}"
                rows.append(
                    [
                        data(head) if not at else "",
                        data(group.label),
                        said(words.count(found.k, key=f"{here}.k")),
                        said(words.count(group.patients, key=f"{here}.patients")),
                        said(_estimate(found, here)),
                        said(words.percent(found.i2_q, f"{here}.i2_q")) if found.k > 1 else DASH,
                        said(shown, DASH) if not at else "",
                    ]
                )
    return Table(columns, rows)


def regressions(asked: Asked) -> Table:
    """Return every planned meta-regression; option `analyses`."""
    asked.only("analyses")
    analyses = [analysis for analysis in asked.analyses() if analysis.regressions]
    measures = {analysis.measure for analysis in analyses}
    ratio = all(analysis.ratio for analysis in analyses)
    of = f"{measures.pop()}s" if len(measures) == 1 else "effects"
    columns = [
        Column("Analysis", 25),
        Column("Moderator", 23),
        Column("Origin", 13),
        Column("Method", 18),
        Column("Studies", 8, "r"),
        Column(f"Ratio of {of} (95% CI)" if ratio else "Difference (95% CI)", 17),
        Column("P", 8, "r"),
    ]
    rows = [
        row
        for analysis in analyses
        for found in analysis.regressions.values()
        for row in _regression_rows(asked, analysis, found)
    ]
    return Table(columns, rows)


def leave_one_out(asked: Asked) -> Table:
    """Return the pooled result with each study left out, of the analyses side by side.

    Option `analyses`: without it, every analysis that leaves studies out.
    """
    asked.only("analyses")
    analyses = [analysis for analysis in asked.analyses() if analysis.leave_one_out]
    if not analyses:
        raise TemplateError(f"found nothing left out for table {asked.id}, wanted leave_one_out")
    several = len(analyses) > 1
    columns = [Column("Left out", 22)]
    for analysis in analyses:
        how = words.model_short(analysis.synthesis.method, analysis.synthesis.test)
        name = f"{data(how)}: " if several else ""
        columns.append(Column(f"{name}{estimate_head([analysis])}", 24))
        columns += [Column("P", 9, "r"), Column("I² (Q)", 9, "r")]
    left_out = {step.study: step.label for each in analyses for step in each.leave_one_out}
    rows = [
        [data(label), *(cell for analysis in analyses for cell in _step_cells(analysis, study))]
        for study, label in left_out.items()
    ]
    return Table(columns, rows)


def pools(asked: Asked) -> Table:
    """Return the pools that the article printed without their inputs; option `families`."""
    asked.only("families")
    found = asked.findings.pools
    families = asked.names("families", dict.fromkeys(pool.family for pool in found.values()))
    outcomes = {outcome.id: outcome for outcome in asked.review.plan.outcomes}
    columns = [
        Column("Split by", 17),
        Column("Group", 20),
        Column("Outcome", 9),
        Column("Estimate (95% CI)", 19),
        Column("P", 8, "r"),
        Column("Where printed", 13),
        Column("Inputs", 24),
    ]
    rows = []
    for pool in (pool for pool in found.values() if pool.family in families):
        est, lb, ub = (f"{value:.{pool.decimals}f}" for value in (pool.est, pool.lb, pool.ub))
        path = f"pools.{pool.id}"
        bounds = words.printed_interval(lb, ub, (f"{path}.lb", f"{path}.ub"))
        estimate = Words(f"{pool.measure} ", words.fixed(est, f"{path}.est"), " (", bounds, ")")
        rows.append(
            [
                data(pool.family),
                data(pool.label),
                data(outcomes[pool.outcome].short),
                said(estimate),
                said(None if pool.p is None else words.fixed(pool.p, f"{path}.p")),
                data(pool.place),
                data(pool.inputs),
            ]
        )
    return Table(columns, rows)


def audit(asked: Asked) -> Table:
    """Return every printed number of the article, recomputed: `extra["audit"]`, or its `rows`."""
    asked.only("statuses")
    given = asked.extra.get("audit")
    found: tuple[AuditRow, ...] | None = getattr(given, "rows", given)
    if found is None:
        raise TemplateError(f"found table {asked.id} without an audit, wanted data/published.yml")
    statuses = asked.names("statuses", dict.fromkeys(row.status for row in found))
    columns = [
        Column("Number", 28),
        Column("Place", 14),
        Column("Printed", 9, "r"),
        Column("Recomputed", 11, "r"),
        Column("Range by rounding", 12),
        Column("Verdict", 13),
        Column("Why", 34),
    ]
    return Table(columns, [_audit_row(row, asked) for row in found if row.status in statuses])


def _pooled_row(analysis: AnalysisFinding) -> list[str]:
    found, path = analysis.synthesis, analysis.id
    many = found.k > 1
    prediction = None
    if found.pi_est_lb is not None and found.pi_est_ub is not None:
        keys = (f"{path}.pi_est_lb", f"{path}.pi_est_ub")
        prediction = words.interval(found.pi_est_lb, found.pi_est_ub, found.measure, keys)
    return [
        data(analysis.title),
        said(words.model_short(found.method, found.test)),
        said(words.count(found.k, key=f"{path}.k")),
        said(_estimate(found, path)),
        said(prediction, "not estimable"),
        said(words.p_number(found.pval, f"{path}.pval")),
        said(words.tau2(found.tau2, f"{path}.tau2")) if many else DASH,
        said(words.percent(found.i2_q, f"{path}.i2_q")) if many else DASH,
        said(words.percent(found.i2, f"{path}.i2")) if many else DASH,
    ]


def _estimate(found: Synthesis, path: str) -> Words:
    return words.estimate_cell(
        found.est, found.est_lb, found.est_ub, found.measure, Keys.under(path)
    )


def estimate_head(analyses: Iterable[AnalysisFinding]) -> str:
    """Return the heading of estimates: HR (95% CI), where all have one measure and level."""
    found = list(analyses)
    measures = {analysis.measure for analysis in found}
    levels = {analysis.synthesis.level for analysis in found}
    level = f"{words.confidence(levels.pop())} CI" if len(levels) == 1 else "interval"
    return data(f"{measures.pop() if len(measures) == 1 else 'Estimate'} ({level})")


def _step_cells(analysis: AnalysisFinding, study: str) -> list[str]:
    step = next((each for each in analysis.leave_one_out if each.study == study), None)
    if step is None:
        return [DASH] * 3
    path = f"{analysis.id}.leave_one_out.{study}"
    keys, lb, ub = Keys.under(path), step.est_lb, step.est_ub
    if lb is None or ub is None:
        estimate = words.effect(step.est, analysis.measure, keys.est)
    else:
        estimate = words.estimate_cell(step.est, lb, ub, analysis.measure, keys)
    return [
        said(estimate),
        DASH if step.pval is None else said(words.p_number(step.pval, keys.pval)),
        said(words.percent(step.i2_q, f"{path}.i2_q")) if step.k > 1 else DASH,
    ]


def _regression_rows(
    asked: Asked, analysis: AnalysisFinding, found: RegressionFinding
) -> list[list[str]]:
    planned = _plan_of(asked, analysis.id, found.id)
    path = f"{analysis.id}.regressions.{found.id}"
    rows = []
    for name, coefficient in found.coefficients.items():
        if name == "intercept":
            continue
        here = f"{path}.coefficients.{name}"
        rows.append(
            [
                data(analysis.title),
                data(_moderator(planned, coefficient)),
                terms.ORIGINS[found.origin],
                said(words.model_short(found.method, found.test)),
                said(words.count(found.k, key=f"{path}.k")),
                said(_coefficient(coefficient, found, here)),
                said(words.p_number(coefficient.pval, f"{here}.pval")),
            ]
        )
    return rows


def _coefficient(found: Coefficient, regression: RegressionFinding, path: str) -> Words:
    if regression.ratio:
        bounds = (found.est, found.est_lb, found.est_ub)
        return words.estimate_cell(*bounds, "HR", Keys.under(path))
    keys = Keys(f"{path}.b", f"{path}.ci_lb", f"{path}.ci_ub")
    return words.estimate_cell(found.b, found.ci_lb, found.ci_ub, "GEN", keys)


def _moderator(planned: RegressionPlan, coefficient: Coefficient) -> str:
    """Return what a coefficient is of: the planned label; with several, the term as well."""
    if len(planned.moderators) == 1:
        return planned.moderators[0].label
    for moderator in planned.moderators:
        if coefficient.term == moderator.field:
            return moderator.label
    return coefficient.term


def _plan_of(asked: Asked, analysis: str, regression: str) -> RegressionPlan:
    plans: dict[str, AnalysisPlan] = {plan.id: plan for plan in asked.review.plan.analyses}
    return next(plan for plan in plans[analysis].regressions if plan.id == regression)


def _audit_row(row: AuditRow, asked: Asked) -> list[str]:
    percent = "%" if row.percent else ""
    recomputed = None if row.recomputed is None else _digits(row.recomputed) + percent
    return [
        data(row.quantity),
        data(row.place),
        said(words.fixed(_digits(row.printed.as_printed()) + percent)),
        DASH if recomputed is None else said(words.fixed(recomputed, _same_finding(row, asked))),
        DASH if row.reach is None else said(_range(row)),
        row.status,
        data(row.reason, ""),
    ]


def _same_finding(row: AuditRow, asked: Asked) -> str | None:
    """Return the finding of a row, where this review's own evidence gives the same value.

    The audit recomputes from the article's evidence, which later editions go beyond.
    """
    if row.finding is None:
        return None
    return row.finding if asked.findings.value(row.finding) == row.value else None


def _range(row: AuditRow) -> Words:
    """Return the range that the rounding of the inputs allows, one decimal finer than printed."""
    assert row.reach is not None  # noqa: S101 - the caller has seen that there is one
    decimals = row.printed.decimals + 1
    low, high = (f"{value:.{decimals}f}" for value in (row.reach.low, row.reach.high))
    return words.printed_interval(low, high)


def _digits(text: str) -> str:
    """Return a printed number with its thousands apart: 12705 becomes 12,705."""
    head, point, tail = text.lstrip("<-").partition(".")
    sign = text[: len(text) - len(text.lstrip("<-"))].replace("-", MINUS)
    return f"{sign}{int(head or 0):,}{point}{tail}"
