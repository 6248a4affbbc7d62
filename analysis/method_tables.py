"""Tables of what a plan asks for beside the pooled result."""

from __future__ import annotations

import math
from collections.abc import Iterable

from analysis import words
from analysis.errors import TemplateError
from analysis.findings import AnalysisFinding
from analysis.method_findings import SmallStudyFinding
from analysis.printed_pools import as_read
from analysis.result_tables import Heads, estimate_head
from analysis.tables import Asked, Column, Table, data, having, said
from analysis.trimming import ENOUGH_STUDIES, why_uninformative
from analysis.words import DASH, HARD, Keys, Words


def small_study(asked: Asked) -> Table:
    """Return every planned test of small-study effects, and every adjustment for them."""
    analyses = having(asked, "small_study")
    columns = [
        Column("Analysis", 18),
        Column("Test or adjustment", 27),
        Column("Statistic", 16, "r"),
        Column("P", 8, "r"),
        Column(f"Adjusted {estimate_head(analyses, pooled=True)}", 18),
        Column("Remark", 20),
    ]
    heads = Heads.over(analyses)
    rows = []
    for analysis in analyses:
        level = heads.level_of(analysis)
        for at, (name, test) in enumerate(analysis.small_study.items()):
            path = f"{analysis.id}.small_study.{name}"
            statistic = None
            # Trim and fill has a number of studies instead, which its remark gives.
            if test.statistic is not None and "missing" not in test.more:
                value = words.number(test.statistic, f"{path}.statistic")
                statistic = Words(f"{_sign(test)}{HARD}={HARD}", value)
            estimate = None
            if test.est is not None and test.est_lb is not None and test.est_ub is not None:
                values = (test.est, test.est_lb, test.est_ub)
                (est, lb, ub), measure, keyed = as_read(
                    asked.review, analysis, analysis.studies, values, Keys.under(path)
                )
                estimate = words.estimate_cell(
                    est, lb, ub, measure, keyed, named=heads.named, level=level
                )
            rows.append(
                [
                    data(analysis.title) if not at else "",
                    data(test.label),
                    said(statistic, DASH),
                    said(None if test.pval is None else words.p_number(test.pval, f"{path}.pval"),
                         DASH),
                    said(estimate, DASH),
                    said(_remark(test, path), ""),
                ]
            )  # fmt: skip
    return Table(columns, rows, _note_on_power(analyses))


def _sign(test: SmallStudyFinding) -> str:
    """Return the sign of a test's statistic."""
    if test.id == "begg":
        return f"Kendall’s{HARD}τ"
    if test.id == "selection_model":  # of the likelihood ratio
        return "χ²"
    return "z" if test.df is None else "t"


def _note_on_power(analyses: Iterable[AnalysisFinding]) -> list[str]:
    """Return of which analyses the tests have little power, if of any."""
    few = {
        analysis.title: test.k
        for analysis in analyses
        for test in analysis.small_study.values()
        if test.pval is not None and not test.informative
    }
    if not few:
        return []
    told = words.series(f"{title} ({words.count(k, 'study')})" for title, k in few.items())
    return [data(f"Tests of fewer than {ENOUGH_STUDIES} studies have little power: {told}.")]


def influence(asked: Asked) -> Table:
    """Return the deletion diagnostics of each study."""
    name = asked.text("analysis")
    analysis = asked.findings.analyses.get(name)
    if analysis is None or not analysis.influence:
        raise TemplateError(
            f"found no influence diagnostics of {name} for table {asked.id}, wanted an analysis "
            "with influence: true in its plan"
        )
    columns = [
        Column("Study", 21),
        Column("Residual", 11, "r"),
        Column("DFFITS", 10, "r"),
        Column("Cook’s D", 11, "r"),
        Column("Covariance ratio", 12, "r"),
        Column("τ² without", 11, "r"),
        Column("Q without", 11, "r"),
        Column("Weight (%)", 10, "r"),
        Column("Influential", 12),
    ]
    rows = []
    for row in analysis.influence:
        path = f"{analysis.id}.influence.{row.study}"
        numbers = [
            None if value is None else words.number(value, f"{path}.{field}")
            for field, value in (
                ("rstudent", row.rstudent),
                ("dffits", row.dffits),
                ("cook_d", row.cook_d),
                ("cov_r", row.cov_r),
            )
        ]
        rows.append(
            [
                data(row.label),
                *(said(value, "not defined") for value in numbers),
                said(words.tau2(row.tau2_del, f"{path}.tau2_del")),
                said(words.number(row.qe_del, f"{path}.qe_del", 1)),
                said(words.weight(row.weight, f"{path}.weight")),
                "yes" if row.influential else "no",
            ]
        )
    # The rules of `robustness.influence`, as metafor::influence has them (p = 1 coefficient).
    rule = (
        "Influential, by the rules of thumb of metafor: DFFITS beyond ±3√(1/(k − 1)), a weight "
        "above 3/k of the whole, DFBETAS (the change of the pooled effect in standard errors "
        "without the study) beyond ±1, or a Cook’s D above the median of χ² with 1 df."
    )
    return Table(columns, rows, [data(rule)])


def sequential(asked: Asked) -> Table:
    """Return the looks of a trial sequential analysis."""
    name = asked.text("analysis")
    analysis = asked.findings.analyses.get(name)
    found = None if analysis is None else analysis.sequential
    if found is None:
        raise TemplateError(
            f"found no sequential analysis of {name} for table {asked.id}, wanted an analysis with "
            "`sequential` in its plan"
        )
    columns = [
        Column("Added", 30),
        Column("Studies", 9, "r"),
        Column("Information", 15, "r"),
        Column("z", 12, "r"),
        Column("Boundary", 15, "r"),
        Column("Futility", 15, "r"),
    ]
    path = f"{name}.sequential"
    rows = [
        [
            data(look.label),
            said(words.count(look.k)),
            said(words.percent(min(100.0, 100 * look.fraction))),
            said(words.number(look.z)),
            said(None if look.bound is None else _bound(look.bound), DASH),
            said(None if look.futility is None else Words("±", words.number(look.futility)), DASH),
        ]
        for look in found.looks
    ]
    # Of whole events, rounded up: to the nearest could be fewer than are required.
    required = (
        words.count(math.ceil(found.required), key=f"{path}.required")
        if found.counted == "events"
        else words.significant(found.required, f"{path}.required")
    )
    events = found.counted == "events"
    whole = "events, of arms of equal size" if events else "as the sum of 1 / SE²"
    return Table(columns, rows, [f"All of the information: {said(required)} {whole}."])


def _bound(z: float) -> Words:
    """Return a boundary; beyond the largest, which nothing reaches, none was worked out."""
    from analysis.spending import LARGEST_BOUND  # few reviews have such an analysis

    if z >= LARGEST_BOUND:
        return Words("beyond ±", words.number(LARGEST_BOUND, decimals=0))
    return Words("±", words.number(z))


def _remark(test: SmallStudyFinding, path: str) -> Words | None:
    """Return what one test alone has; that it has little power, the table says once."""
    parts: list[Words] = []
    values = dict(test.more)
    note = (test.note or "").removesuffix(why_uninformative(test.k) or "").removesuffix("; ")
    if "missing" in values:
        side = "left" if values["side"] < 0 else "right"
        where = f", on the {side}" if values["missing"] else ""
        missing = words.count(round(values["missing"]), "study", key=f"{path}.more.missing")
        parts.append(Words(missing, f" filled in{where}"))
    if "peese" in values:
        chosen = "PEESE" if values["peese"] else "PET"
        parts.append(Words(f"estimate by {chosen}; the P value, of PET’s intercept, chose it"))
    if "observed" in values:
        parts.append(
            Words(words.number(round(values["observed"]), f"{path}.more.observed"),
                  " significant, ", words.number(values["expected"], f"{path}.more.expected", 1),
                  " expected")
        )  # fmt: skip
    if "weight" in values:
        parts.append(
            Words("results of a one-sided P above ", words.p_number(values["step"]),
                  " are published ", words.magnitude(values["weight"], f"{path}.more.weight"),
                  " times as often")
        )  # fmt: skip
    if note:
        parts.append(Words(note))
    return Words(parts[0], *(part for one in parts[1:] for part in ("; ", one))) if parts else None
