"""The table of pooled results."""

from __future__ import annotations

from collections.abc import Sequence

from analysis import words
from analysis.findings import AnalysisFinding
from analysis.printed_pools import printed_pool
from analysis.result_tables import Heads, estimate_head, interval_head
from analysis.tables import Asked, Column, Table, data, said, without_repeats
from analysis.words import DASH, Words


def pooled(asked: Asked) -> Table:
    """Return each analysis by its planned method, sensitivity analyses below their own.

    A note names those that have no answer yet.
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
    rows = without_repeats(_pooled_row(asked, each, heads) for each in analyses)
    return Table(columns, rows, asked.waiting())


def _head_of_prediction(analyses: Sequence[AnalysisFinding]) -> str:
    """Return the heading of prediction intervals: it says its level where a row has another."""
    levels = {analysis.level for analysis in analyses}
    return data(interval_head(analyses, "PI")) if len(levels) > 1 else "PI"


def _pooled_row(asked: Asked, analysis: AnalysisFinding, heads: Heads) -> list[str]:
    found, path = analysis.synthesis, analysis.id
    told, at = printed_pool(analysis)
    many = found.k > 1
    prediction = None
    if told.pi_est_lb is not None and told.pi_est_ub is not None:
        keys = (f"{at}.pi_est_lb", f"{at}.pi_est_ub")
        bounds = words.interval(told.pi_est_lb, told.pi_est_ub, told.measure, keys)
        prediction = Words(heads.level_of(analysis, "PI"), bounds)
    return [
        data(asked.title_of(analysis)),
        said(words.model_short(found.method, found.test, found.pooling)),
        said(words.count(found.k, key=f"{path}.k")),
        said(heads.cell(analysis, told, at)),
        # A common effect is that of every setting: there is nothing to predict.
        said(prediction, DASH if found.method == "EE" else "not estimable"),
        said(words.p_of_effect(found.pval, found.measure, f"{path}.pval")),
        said(words.tau2(found.tau2, f"{path}.tau2")) if many else DASH,
        said(words.percent(found.i2_q, f"{path}.i2_q")) if many else DASH,
        said(words.percent(found.i2, f"{path}.i2")) if many else DASH,
    ]
