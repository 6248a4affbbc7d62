"""Tables of the article that the review continues: its pools as printed, its numbers recomputed."""

from __future__ import annotations

import math

from analysis import words
from analysis.audit import AuditRow
from analysis.errors import TemplateError
from analysis.numbers import MOST_DECIMALS
from analysis.tables import Asked, Column, Table, data, said
from analysis.words import DASH, MINUS, Words


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
    percent = "%" if row.percent else ""
    return [
        data(row.quantity),
        data(row.place),
        said(words.fixed(_digits(row.printed.as_printed()) + percent)),
        said(_recomputed(row, percent, _same_finding(row, asked)), DASH),
        DASH if row.reach is None else said(_range(row, percent)),
        row.verdict,
        data(row.reason, ""),
    ]


def _recomputed(row: AuditRow, percent: str, key: str | None) -> Words | None:
    """Return the recomputed value as precise as the printed one: 0.89; 1.00 (0.9986).

    Where that makes it 1 or 0, which it is not, the value stands behind it.
    """
    if row.recomputed is None or row.value is None:
        return None
    shown = words.fixed(_digits(row.recomputed) + percent, key)
    bare = row.recomputed.lstrip("<>")
    exact = bare != row.recomputed or float(bare) not in (0.0, 1.0) or float(bare) == row.value
    return shown if exact else Words(shown, " (", words.significant(row.value, key, 4), ")")


def _same_finding(row: AuditRow, asked: Asked) -> str | None:
    """Return the finding of a row, where this review's own evidence gives the same value.

    The audit recomputes from the article's evidence, which later editions go beyond.
    """
    if row.finding is None:
        return None
    return row.finding if asked.findings.value(row.finding) == row.value else None


def _range(row: AuditRow, percent: str) -> Words:
    """Return the range that the rounding of the inputs allows: 0.050–0.088, 77.0–81.6%.

    Its width has two significant digits, or as many more as show whether what is printed lies
    in it.
    """
    assert row.reach is not None  # noqa: S101 - the caller has seen that there is one
    low, high, printed = row.reach.low, row.reach.high, float(row.printed)
    width = high - low
    digits = 1 - math.floor(math.log10(width)) if width > 0 else row.printed.decimals + 1
    for decimals in range(max(0, digits), MOST_DECIMALS + 1):
        shown = f"{low:.{decimals}f}", f"{high:.{decimals}f}"
        if (low <= printed <= high) == (float(shown[0]) <= printed <= float(shown[1])):
            break
    return words.printed_interval(shown[0], shown[1] + percent)


def _digits(text: str) -> str:
    """Return a printed number with its thousands apart: 12705 becomes 12,705."""
    head, point, tail = text.lstrip("<-").partition(".")
    sign = text[: len(text) - len(text.lstrip("<-"))].replace("-", MINUS)
    return f"{sign}{int(head or 0):,}{point}{tail}"
