"""The table of pooled results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis import words
from analysis.findings import AnalysisFinding
from analysis.printed_pools import printed_pool
from analysis.result_tables import Heads, estimate_head, interval_head
from analysis.tables import Asked, Column, Table, data, said, without_repeats
from analysis.words import DASH, Keys, Words


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
    rows = without_repeats(row for each in analyses for row in _rows(asked, each, heads))
    return Table(columns, rows, asked.waiting())


def _rows(asked: Asked, analysis: AnalysisFinding, heads: Heads) -> Iterator[list[str]]:
    """Yield the pooled result and, of several estimates a study, the planned model below it."""
    yield _pooled_row(asked, analysis, heads)
    found = analysis.several
    if found is None or found.model == "composite":
        return
    path = f"{analysis.id}.several"
    tau2 = None
    if found.sigma2_between is not None and found.sigma2_within is not None:
        between = words.tau2(found.sigma2_between, f"{path}.sigma2_between")
        within = words.tau2(found.sigma2_within, f"{path}.sigma2_within")
        tau2 = Words(between, " between, ", within, " within studies")
    yield [
        data(asked.title_of(analysis)),
        said(words.of_several(found.model, found.rho)),
        said(words.count(found.clusters, key=f"{path}.clusters")),
        said(
            words.estimate_cell(
                found.est, found.est_lb, found.est_ub, analysis.measure, Keys.under(path),
                named=heads.named, unit=analysis.unit if heads.in_units else None,
                level=heads.level_of(analysis),
            )
        ),
        DASH,
        said(words.p_of_effect(found.pval, analysis.measure, f"{path}.pval")),
        said(tau2, DASH),
        DASH,
        DASH,
    ]  # fmt: skip


def _head_of_prediction(analyses: Sequence[AnalysisFinding]) -> str:
    """Return the heading of prediction intervals: it says its level where a row has another."""
    levels = {analysis.level for analysis in analyses}
    return data(interval_head(analyses, "PI")) if len(levels) > 1 else "PI"


def _method(analysis: AnalysisFinding) -> Words:
    """Return the model of a pooled result, with what stood for several estimates of a study."""
    s, several = analysis.synthesis, analysis.several
    named = words.model_short(s.method, s.test, s.pooling)
    return Words(named, "; ", words.of_several("composite", several.rho)) if several else named


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
        said(_method(analysis)),
        said(words.count(found.k, key=f"{path}.k")),
        said(heads.cell(analysis, told, at)),
        # A common effect is that of every setting: there is nothing to predict.
        said(prediction, DASH if found.method == "EE" else "not estimable"),
        said(words.p_of_effect(found.pval, found.measure, f"{path}.pval")),
        said(words.tau2(found.tau2, f"{path}.tau2")) if many else DASH,
        said(words.percent(found.i2_q, f"{path}.i2_q")) if many else DASH,
        said(words.percent(found.i2, f"{path}.i2")) if many else DASH,
    ]
