"""The table of pooled results."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import several_words, words
from analysis.findings import AnalysisFinding
from analysis.method_findings import SeveralFinding
from analysis.printed_pools import printed_pool
from analysis.result_tables import Heads, estimate_head, interval_head
from analysis.tables import Asked, Column, Table, data, said, without_repeats
from analysis.words import DASH, Words


def pooled(asked: Asked) -> Table:
    """Return each analysis by its planned method, sensitivity analyses below their own.

    Where studies give several estimates, the planned model of them stands below the pool of
    composites. A note names those that have no answer yet.
    """
    analyses = asked.families()
    columns = [
        Column("Analysis", 20),
        Column("Method", 23),
        Column("Studies", 8, "r"),
        Column(estimate_head(analyses, pooled=True), 15),
        Column(_head_of_prediction(analyses), 12),
        Column("P", 8, "r"),
        Column("τ²", 8, "r"),
        Column("I² (Q)", 8, "r"),
        Column("I² (τ²)", 8, "r"),
    ]
    heads = Heads.over(analyses)
    rows: list[list[str]] = []
    for analysis in analyses:
        rows.append(_pooled_row(asked, analysis, heads))
        if (of := several_words.beside(analysis)) is not None:
            rows.append(_planned_row(asked, analysis, of, heads))
    return Table(columns, without_repeats(rows), [*_notes(analyses), *asked.waiting()])


def _notes(analyses: Sequence[AnalysisFinding]) -> list[str]:
    """Return what composites are, what a three-level model has of τ², and which is not there."""
    given = [analysis for analysis in analyses if analysis.estimates]
    notes = []
    if given:
        notes.append("Composites: the mean of each study’s estimates, whose sampling errors are "
                     "assumed to correlate by ρ.")  # fmt: skip
    planned = filter(None, map(several_words.beside, given))
    if any(of.model == "three_level" for of in planned):
        notes.append("Of a three-level model, the variance between studies + that within studies "
                     "stands under τ², and the share of each under I².")  # fmt: skip
    whys = [(analysis.title, analysis.unanswered.get("several")) for analysis in given]
    lost = [f"{title} ({why})" for title, why in whys if why is not None]
    if lost:
        notes.append(f"Without its model of several estimates: {'; '.join(lost)}.")
    return [data(note) for note in notes]


def _head_of_prediction(analyses: Sequence[AnalysisFinding]) -> str:
    """Return the heading of prediction intervals: it says its level where a row has another."""
    levels = {analysis.level for analysis in analyses}
    return data(interval_head(analyses, "PI")) if len(levels) > 1 else "PI"


def _pooled_row(asked: Asked, analysis: AnalysisFinding, heads: Heads) -> list[str]:
    found, path = analysis.synthesis, analysis.id
    told, at = printed_pool(analysis)
    many = found.k > 1
    how = words.model_short(found.method, found.test, found.pooling)
    prediction = None
    if told.pi_est_lb is not None and told.pi_est_ub is not None:
        keys = (f"{at}.pi_est_lb", f"{at}.pi_est_ub")
        bounds = words.interval(told.pi_est_lb, told.pi_est_ub, told.measure, keys)
        prediction = Words(heads.level_of(analysis, "PI"), bounds)
    return [
        data(asked.title_of(analysis)),
        said(Words(how, several_words.composites(analysis))),
        said(words.count(found.k, key=f"{path}.k")),
        said(heads.cell(analysis, told, at)),
        # A common effect is that of every setting: there is nothing to predict.
        said(prediction, DASH if found.method == "EE" else "not estimable"),
        said(words.p_of_effect(found.pval, found.measure, f"{path}.pval")),
        said(words.tau2(found.tau2, f"{path}.tau2")) if many else DASH,
        said(words.percent(found.i2_q, f"{path}.i2_q")) if many else DASH,
        said(words.percent(found.i2, f"{path}.i2")) if many else DASH,
    ]


def _planned_row(
    asked: Asked, analysis: AnalysisFinding, of: SeveralFinding, heads: Heads
) -> list[str]:
    """Return the row of the planned model of several estimates."""
    path = f"{analysis.id}.several"
    unit = analysis.unit if heads.in_units else None
    level = heads.level_of(analysis)
    return [
        data(asked.title_of(analysis)),
        said(several_words.short(analysis, of)),
        said(words.count(of.clusters, key=f"{path}.clusters")),
        said(several_words.estimate(analysis, of, level, named=heads.named, unit=unit)),
        DASH,
        said(words.p_of_effect(of.pval, analysis.measure, f"{path}.pval")),
        said(several_words.variances(analysis, of), DASH),
        DASH,
        said(several_words.shares(analysis, of), DASH),
    ]
