"""Tables of the article that the review continues: its pools as printed, its numbers recomputed."""

from __future__ import annotations

from analysis import audit_words, words
from analysis.audit import AuditRow
from analysis.errors import TemplateError
from analysis.tables import Asked, Column, Table, data, said
from analysis.words import DASH, Words


def pools(asked: Asked) -> Table:
    """Return the pools that the article printed without their inputs."""
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
    given = asked.extra.get("audit")
    found: tuple[AuditRow, ...] | None = getattr(given, "rows", given)
    if found is None:
        raise TemplateError(f"found table {asked.id} without an audit, wanted data/published.yml")
    statuses = asked.names("statuses", dict.fromkeys(row.status for row in found))
    columns = [
        Column("Number", 25),
        Column("Place", 15),
        Column("Printed", 9, "r"),
        Column("Recomputed", 13, "r"),
        Column("Range by rounding", 13, "r"),
        Column("Verdict", 15),
        Column("Why", 30),
    ]
    return Table(columns, [_audit_row(row, asked) for row in found if row.status in statuses])


def _audit_row(row: AuditRow, asked: Asked) -> list[str]:
    return [
        data(row.quantity),
        data(row.place),
        said(audit_words.printed(row)),
        said(audit_words.recomputed(row, _same_finding(row, asked)), DASH),
        said(audit_words.span(row), DASH),
        row.verdict,
        data(row.reason, ""),
    ]


def _same_finding(row: AuditRow, asked: Asked) -> str | None:
    """Return the finding of a row, where this review's own evidence gives the same value.

    The audit recomputes from the article's evidence, which later editions go beyond, or where
    they lost a study no longer answer as it does.
    """
    if row.finding is None:
        return None
    try:
        value = asked.findings.value(row.finding)
    except TemplateError:
        return None
    return row.finding if value == row.value else None
