"""The forest plot: studies, their weights, and what they come to together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from analysis import words
from analysis.effects import ONE_GROUP
from analysis.evidence import SILENT
from analysis.figures.arm_cells import ArmCells
from analysis.figures.asked import analysis_of, ids_of, one_of, subgroup_of, tool_of
from analysis.figures.funnel import effect_title
from analysis.figures.marks import judgement_of, legend_of_concern
from analysis.figures.natural import on_natural
from analysis.figures.row_columns import most_rows
from analysis.figures.row_drawing import draw_rows
from analysis.figures.rows import NOT_REPORTED, Row, SignColumn, Table, relative
from analysis.figures.style import VERMILLION
from analysis.planned_effects import sizes_of_groups
from analysis.several_words import below_a_figure, beside, short
from analysis.terms import POOLINGS, PREDICTIONS, capitalised

if TYPE_CHECKING:
    from analysis.figures import FigureRequest
    from analysis.figures.sheet import Sheet
    from analysis.findings import AnalysisFinding, EffectRow, Findings, SubgroupFinding
    from analysis.records import Review, Tool
    from analysis.synthesis import Synthesis

INDENT = 7.0
SHORT = 12  # letters of a tool's label that head a column; the legend has any label whole


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out the forest plot of an analysis.

    Before the plot stand the patients of each arm, or, where every study gave them, its events or
    means. A table of counts that tells nothing of the effect is named below.

    Options: `subgroup`, the id of a subgroup analysis that groups the studies; `beside`, ids
    of analyses whose pooled results are shown as further diamonds; `quality`, the id of a tool
    whose overall judgement gets a column; `part`, '1', '2' … of a plot longer than a page (see
    `parts`).

    Raises
    ------
    TemplateError : the request names an analysis, subgroup, tool or part that is not there.
    """
    table = _table(request, review, findings)
    if request.options.get("part") is None:
        return draw_rows(table)
    pages = _pages(table)
    wanted = one_of(request, "part", [str(i + 1) for i in range(len(pages))])
    return draw_rows(pages[int(wanted) - 1])


def parts(request: FigureRequest, review: Review, findings: Findings) -> int:
    """Return over how many pages a forest plot goes; raises as `layout`."""
    return len(_pages(_table(request, review, findings)))


def _table(request: FigureRequest, review: Review, findings: Findings) -> Table:
    analysis = analysis_of(request, findings)
    split = subgroup_of(request, analysis)
    tool = tool_of(request, "quality", review)
    outcome = review.outcome(analysis.outcome)
    cells = ArmCells(analysis, review)
    studies = list(_study_rows(analysis, split, cells))
    rows = (*studies, *pooled_rows(analysis, _others(request, findings)))
    counted = any(n != NOT_REPORTED for row in rows for n in row.left)
    if not counted:
        rows = tuple(replace(row, left=()) for row in rows)
    table = Table(
        name=request.name,
        rows=rows,
        measure=analysis.measure,
        level=analysis.level,
        axis_title=axis_title(analysis),
        favours=outcome.favours,
        left_heads=cells.heads if counted else (),
        left_over=cells.head,
        right_heads=("Weight",),
        line_at=analysis.synthesis.est,
        line_to="pooled",
        notes=tuple(_notes(analysis, split, rows)),
        signs=_signs(tool, review) if tool else None,
    )
    groups = split.groups if split is not None else {}
    pooled = {f"subtotal:{id_}": group.studies for id_, group in groups.items()}
    return on_natural(table, sizes_of_groups(review, analysis.rows), pooled)


def _others(request: FigureRequest, findings: Findings) -> list[AnalysisFinding]:
    known = findings.analyses
    return [known[id_] for id_ in ids_of(request, "beside", known)]


def _signs(tool: Tool, review: Review) -> SignColumn:
    return SignColumn(
        tool.label if len(tool.label) <= SHORT else tool.id.upper(),
        lambda sheet, study, x, y: judgement_of(sheet, review, tool, study, x, y),
        lambda sheet, x, y: legend_of_concern(sheet, f"{tool.label}, overall:", tool.overall, x, y),
    )


# --- rows ----------------------------------------------------------------------------------


def _study_rows(
    analysis: AnalysisFinding, split: SubgroupFinding | None, cells: ArmCells
) -> Iterator[Row]:
    weights = [row.weight for row in analysis.rows]
    drawn = relative([study_row(row, cells) for row in analysis.rows], weights)
    if split is None:
        yield from drawn
        return
    by_study = {row.study: row for row in analysis.rows}
    lines = {row.study: replace(row, indent=INDENT) for row in drawn}
    for id_, group in split.groups.items():
        yield Row(f"group:{id_}", group.label, bold=True)
        yield from (lines.pop(study) for study in group.studies)
        if len(group.studies) > 1:
            s, members = group.synthesis, [by_study[study] for study in group.studies]
            weight = sum(row.weight for row in members)
            yield Row(
                f"subtotal:{id_}",
                f"Subtotal ({s.k} studies)",
                cells.totals(members),
                s.est,
                s.est_lb,
                s.est_ub,
                (f"{words.weight(weight)}%",),
                mark="diamond",
                bold=True,
                indent=INDENT,
            )
            yield Row(f"heterogeneity:{id_}", heterogeneity(s), soft=True, indent=INDENT)
        yield _gap(id_)
    if lines:
        yield Row("group:none", f"{split.label} not reported", bold=True)
        yield from lines.values()
        yield _gap("none")


def _gap(id_: str) -> Row:
    return Row(f"gap:{id_}", "", height=0.5)


def study_row(row: EffectRow, cells: ArmCells) -> Row:
    """Return the line of one study; its box still as large as any."""
    return Row(
        f"study:{row.study}",
        row.label,
        cells.of(row),
        row.est,
        row.lb,
        row.ub,
        (f"{words.weight(row.weight)}%",),
        study=row.study,
        mark_of_note="*" if row.corrected else "",
    )


def pooled_rows(analysis: AnalysisFinding, others: Sequence[AnalysisFinding]) -> Iterator[Row]:
    """Return the pooled result, its prediction interval, and the results of other analyses."""
    s = analysis.synthesis
    label = model_label(s) if s.k > 1 else "One study alone"
    yield Row(
        "pooled", label, (), s.est, s.est_lb, s.est_ub, ("100%",),
        mark="diamond", bold=True, rule=True,
    )  # fmt: skip
    if s.pi_est_lb is not None and s.pi_est_ub is not None:
        label = f"{words.confidence(s.level)} prediction interval"
        yield Row(
            "prediction", label, (), s.est, s.pi_est_lb, s.pi_est_ub,
            mark="bar", colour=VERMILLION,
        )  # fmt: skip
    for other in others:
        planned, o = beside(other), other.synthesis
        label = model_label(o) if planned is None else str(short(other, planned))
        shown = planned or o
        if o.level != s.level:  # the heading tells that of the analysis
            label += f", {words.confidence(o.level)} CI"
        yield Row(
            f"beside:{other.id}", label, (), shown.est, shown.est_lb, shown.est_ub,
            mark="diamond", hollow=True,
        )  # fmt: skip


# --- words ---------------------------------------------------------------------------------


def model_label(s: Synthesis) -> str:
    """Return the model in a few words, as 'Random effects (DerSimonian-Laird, Wald)'."""
    if s.method == "EE":
        named = "" if s.pooling == words.WEIGHTED else f" ({POOLINGS[s.pooling]})"
        return f"Common effect{named}"
    return f"Random effects ({words.model_short(s.method, s.test)})"


def heterogeneity(s: Synthesis) -> str:
    """Return the heterogeneity of one pool in a line."""
    tau2 = "" if s.method == "EE" else f"τ² = {words.tau2(s.tau2)}; "
    test = f"Q = {words.number(s.qe)}, df = {s.qe_df}, {words.p(s.qe_pval)}"
    return f"{test}; {tau2}I² = {i_squared(s)}"


def i_squared(s: Synthesis) -> str:
    """Return I², by both conventions where they print differently."""
    from_tau2, from_q = str(words.percent(s.i2)), str(words.percent(s.i2_q))
    return from_q if from_tau2 == from_q else f"{from_q} (from Q; {from_tau2} from τ²)"


def effect_test(s: Synthesis) -> str:
    """Return the test of the pooled effect."""
    df = f", df = {s.df}" if s.df is not None else ""
    name = "z" if s.test == "z" else "t"
    return f"Pooled effect: {name} = {words.number(s.statistic)}{df}, {words.p(s.pval)}."


def axis_title(analysis: AnalysisFinding) -> str:
    """Return the title of an axis of effects that have a unit; a ratio needs none."""
    return "" if analysis.unit is None else effect_title(analysis)


def method(s: Synthesis) -> str:
    """Return a sentence that names the model, the estimator, the test and the intervals."""
    by = POOLINGS[s.pooling]
    model = f"{capitalised(by)}, {words.model(s.method, s.test)}"
    if s.pi_lb is None:
        return f"{model}."
    return f"{model}; prediction interval from {PREDICTIONS[s.prediction]}."


def _notes(
    analysis: AnalysisFinding, split: SubgroupFinding | None, rows: Sequence[Row]
) -> Iterator[str]:
    s = analysis.synthesis
    if s.k > 1:
        yield f"Heterogeneity: {heterogeneity(s)}."
    if s.measure not in ONE_GROUP:  # of no value would a proportion be no effect
        yield effect_test(s)
    if split is not None and split.between_pval is not None:
        yield _between(split, split.between_pval)
    yield method(s)
    yield from below_a_figure(analysis)
    if any(row.mark_of_note for row in rows):
        yield "*: with a continuity correction, so not quite what its counts alone give."
    if split is not None:
        yield "Weights are those of the pool of all studies."
    if any(NOT_REPORTED in row.left for row in rows):
        yield f"{NOT_REPORTED}, not reported."
    if empty := [one.label for one in analysis.left_out if one.reason == SILENT]:
        yield f"Left out, with {SILENT}: {', '.join(empty)}."


def _between(split: SubgroupFinding, pval: float) -> str:
    statistic = words.number(split.between_statistic or 0.0)
    if split.between_df2 is None:
        what = f"Q = {statistic}, df = {split.between_df}"
    else:
        what = f"F = {statistic}, df = {split.between_df} and {split.between_df2:g}"
    tau2 = " (a common τ²)" if split.tau2_model == "common" else " (separate τ²)"
    if split.method == "EE":
        tau2 = ""
    return f"Difference between groups: {what}, {words.p(pval)}{tau2}."


# --- pages ---------------------------------------------------------------------------------


def _pages(table: Table) -> list[Table]:
    """Return a table over as many pages as it needs; the last has the pooled result."""
    room = most_rows(table.notes, table.signs is not None)
    if sum(row.height for row in table.rows) <= room:
        return [table]
    pages: list[list[Row]] = [[]]
    heading: Row | None = None
    for row in table.rows:
        if row.key.startswith("group:"):
            heading = row
        elif row.rule:
            heading = None
        taken = sum(r.height for r in pages[-1])
        # A heading never stands alone at the foot of a page.
        need = 2.0 if row.key.startswith("group:") else row.height
        if taken + need > room - 1:
            again = heading if heading is not None and heading is not row else None
            label = f"{again.label} (continued)" if again else ""
            pages.append([replace(again, key=f"{again.key}:again", label=label)] if again else [])
        pages[-1].append(row)
    note = "Continued on the next page."
    tables = [replace(table, rows=tuple(rows), span=table.rows) for rows in pages]
    return [
        *(replace(one, notes=(note,), line_to=None) for one in tables[:-1]),
        tables[-1],
    ]
