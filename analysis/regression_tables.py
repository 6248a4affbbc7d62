"""The table of meta-regressions."""

from __future__ import annotations

from analysis import terms, words
from analysis.contrasts import contrasts
from analysis.findings import AnalysisFinding, RegressionFinding
from analysis.moderators import Coefficient
from analysis.result_tables import interval_head, omnibus, unit_head
from analysis.tables import Asked, Column, Table, data, said, without_repeats
from analysis.words import DASH, Keys, Words


def regressions(asked: Asked) -> Table:
    """Return every planned meta-regression.

    R² is the share of τ² that the moderators explain, with few studies an unreliable one
    (López-López et al. 2014, Br J Math Stat Psychol 67:30); VIF, with several moderators, by how
    much a coefficient's variance is inflated since they go together.
    """
    analyses = [analysis for analysis in asked.families() if analysis.regressions]
    measures = {analysis.measure for analysis in analyses}
    ratio = all(analysis.ratio for analysis in analyses)
    of = f"{measures.pop()}s" if len(measures) == 1 else "effects"
    what = f"Ratio of {of}" if ratio else words.in_unit("Difference", unit_head(analyses))
    # Collinearity, where a regression has several moderators.
    inflated = any(found.vif for each in analyses for found in each.regressions.values())
    columns = [
        Column("Analysis", 20),
        Column("Moderator", 27),
        Column("Origin", 14),
        Column("Method", 18),
        Column("Studies", 8, "r"),
        Column(data(f"{what} ({interval_head(analyses)})"), 17),
        Column("P", 8, "r"),
        Column("R²", 8, "r"),
        *([Column("VIF", 7, "r")] if inflated else []),
    ]
    planned = [(each, found) for each in analyses for found in each.regressions.values()]
    rows = (
        row
        for analysis, found in planned
        for row in _regression_rows(asked, analysis, found, inflated=inflated)
    )
    notes = [data("R²: the share of τ² that the moderator explains, unreliable with few studies.")]
    notes += [_together(found, each.id) for each, found in planned if _several(found)]
    if any(found.r2 is None for _, found in planned):
        notes.append(data("–: not estimable, as there is no τ² to explain."))
    return Table(columns, without_repeats(rows), notes)


def _several(found: RegressionFinding) -> bool:
    """Say whether a regression has more than one coefficient beside its intercept."""
    return len(found.coefficients) > 2


def _together(found: RegressionFinding, analysis: str) -> str:
    """Return the test of all moderators of a regression at once."""
    dfs, path = (found.qm_df, found.qm_df2), f"{analysis}.regressions.{found.id}.qm"
    test = omnibus(found.qm, dfs, found.qm_pval, path, path)
    return said(Words(f"All coefficients of “{found.label}” together: ", test, "."))


def _regression_rows(
    asked: Asked, analysis: AnalysisFinding, found: RegressionFinding, *, inflated: bool
) -> list[list[str]]:
    named = contrasts(asked.review, analysis, found)
    title = asked.base_of(analysis).title
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
                said(_coefficient(coefficient, found, here)),
                said(words.p_number(coefficient.pval, f"{here}.pval")),
                said(None if found.r2 is None else words.percent(found.r2, f"{path}.r2"), DASH),
                *([_inflation(found, name, path)] if inflated else []),
            ]
        )
    return rows


def _inflation(found: RegressionFinding, name: str, path: str) -> str:
    value = found.vif.get(name)
    return DASH if value is None else said(words.number(value, f"{path}.vif.{name}"))


def _coefficient(found: Coefficient, regression: RegressionFinding, path: str) -> Words:
    if regression.ratio:
        bounds = (found.est, found.est_lb, found.est_ub)
        return words.estimate_cell(*bounds, "HR", Keys.under(path))
    keys = Keys(f"{path}.b", f"{path}.ci_lb", f"{path}.ci_ub")
    return words.estimate_cell(found.b, found.ci_lb, found.ci_ub, "GEN", keys)
