"""The table of meta-regressions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from analysis import terms, words
from analysis.contrasts import contrasts
from analysis.effects import COMPARES_NOTHING, CORRELATION
from analysis.findings import AnalysisFinding, RegressionFinding
from analysis.moderators import Coefficient
from analysis.result_tables import Heads, interval_head, omnibus, unit_head
from analysis.tables import Asked, Column, Table, data, said, without_repeats
from analysis.words import DASH, Keys, Words

_SCALES = {
    "PLO": "log odds",
    "PFT": "double arcsines",
    CORRELATION: "Fisher’s z",
    "GEN": "effects",
}
"""What a coefficient is a difference of, where that is not the measure as it is printed."""


def regressions(asked: Asked) -> Table:
    """Return every planned meta-regression.

    R² is the share of τ² that the moderators explain, with few studies an unreliable one
    (López-López et al. 2014, Br J Math Stat Psychol 67:30); VIF, with several moderators, by how
    much a coefficient's variance is inflated since they go together.
    """
    analyses = [analysis for analysis in asked.families() if analysis.regressions]
    heads = Heads.over(analyses)
    kinds = {_kind(analysis) for analysis in analyses}
    apart = len(kinds) > 1 or heads.in_units
    # Collinearity, where a regression has several moderators.
    inflated = any(found.vif for each in analyses for found in each.regressions.values())
    columns = [
        Column("Analysis", 20),
        Column("Moderator", 27),
        Column("Origin", 14),
        Column("Method", 18),
        Column("Studies", 8, "r"),
        Column(data(f"{_head(analyses)} ({interval_head(analyses)})"), 17),
        Column("P", 8, "r"),
        Column("R²", 8, "r"),
        *([Column("VIF", 7, "r")] if inflated else []),
    ]
    planned = [(each, found) for each in analyses for found in each.regressions.values()]
    rows = (
        row
        for analysis, found in planned
        for row in _regression_rows(asked, analysis, found, heads, inflated=inflated, apart=apart)
    )
    notes = [data("R²: the share of τ² that the moderator explains, unreliable with few studies.")]
    shared = Counter(found.label for _, found in planned if _several(found))
    notes += [
        _together(found, each, named=shared[found.label] > 1)
        for each, found in planned
        if _several(found)
    ]
    if any(found.r2 is None for _, found in planned):
        notes.append(data("–: not estimable, as there is no τ² to explain."))
    return Table(columns, without_repeats(rows), notes + asked.lost("regressions"))


def _kind(analysis: AnalysisFinding) -> str:
    """Return what the coefficients of an analysis are: ratio of ORs, difference of log odds."""
    if analysis.ratio:
        return f"ratio of {analysis.measure}s"
    return f"difference of {_SCALES.get(analysis.measure, f'{analysis.measure}s')}"


def _head(analyses: Sequence[AnalysisFinding]) -> str:
    """Return what heads the coefficients; of several kinds, each row tells its own."""
    kinds = {_kind(analysis) for analysis in analyses}
    if len(kinds) == 1 and (analyses[0].ratio or analyses[0].measure in COMPARES_NOTHING):
        return terms.capitalised(kinds.pop())
    ratios = {analysis.ratio for analysis in analyses}
    if ratios == {False}:
        return words.in_unit("Difference", unit_head(analyses))
    return "Ratio or difference" if False in ratios else "Ratio of effects"


def _several(found: RegressionFinding) -> bool:
    """Say whether a regression has more than one coefficient beside its intercept."""
    return len(found.coefficients) > 2


def _together(found: RegressionFinding, analysis: AnalysisFinding, *, named: bool) -> str:
    """Return the test of all moderators of a regression at once.

    Parameters
    ----------
    named : tell the analysis too, where several have a regression of this label.
    """
    dfs, path = (found.qm_df, found.qm_df2), f"{analysis.id}.regressions.{found.id}.qm"
    test = omnibus(found.qm, dfs, found.qm_pval, path, path)
    of = f" of {analysis.title}" if named else ""
    return data(f"All coefficients of “{found.label}”{of} together: ") + said(Words(test, "."))


def _regression_rows(
    asked: Asked,
    analysis: AnalysisFinding,
    found: RegressionFinding,
    heads: Heads,
    *,
    inflated: bool,
    apart: bool,
) -> list[list[str]]:
    named = contrasts(asked.review, analysis, found)
    title = asked.title_of(analysis)
    path = f"{analysis.id}.regressions.{found.id}"
    rows = []
    for name, coefficient in found.coefficients.items():
        if name == "intercept":
            continue
        here = f"{path}.coefficients.{name}"
        rows.append(
            [
                data(f"{title}: {found.label}" if _several(found) else title),
                data(named[name]),
                terms.ORIGINS[found.origin],
                said(words.model_short(found.method, found.test)),
                said(words.count(found.k, key=f"{path}.k")),
                said(
                    _coefficient(coefficient, analysis, here, heads.level_of(analysis), apart=apart)
                ),
                said(words.p_number(coefficient.pval, f"{here}.pval")),
                said(None if found.r2 is None else words.percent(found.r2, f"{path}.r2"), DASH),
                *([_inflation(found, name, path)] if inflated else []),
            ]
        )
    return rows


def _inflation(found: RegressionFinding, name: str, path: str) -> str:
    value = found.vif.get(name)
    return DASH if value is None else said(words.number(value, f"{path}.vif.{name}"))


def _coefficient(
    found: Coefficient, analysis: AnalysisFinding, path: str, level: Words, *, apart: bool
) -> Words:
    """Return a coefficient with its interval; `apart`, with what it is and its unit."""
    unit = analysis.unit if apart else None
    if analysis.ratio:
        bounds = (found.est, found.est_lb, found.est_ub)
        cell = words.estimate_cell(*bounds, "HR", Keys.under(path), unit=unit, level=level)
    else:
        keys = Keys(f"{path}.b", f"{path}.ci_lb", f"{path}.ci_ub")
        bounds = (found.b, found.ci_lb, found.ci_ub)
        cell = words.estimate_cell(*bounds, "GEN", keys, unit=unit, level=level)
    return Words(f"{_kind(analysis)}: ", cell) if apart else cell
