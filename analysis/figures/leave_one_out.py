"""The leave-one-out plot: the pooled result without each of the studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import words
from analysis.effects import ONE_GROUP
from analysis.figures.asked import analysis_of, nothing_to_draw
from analysis.figures.forest import axis_title, method
from analysis.figures.natural import on_natural
from analysis.figures.row_drawing import draw_rows
from analysis.figures.rows import Row, Table
from analysis.planned_effects import sizes_of_groups

if TYPE_CHECKING:
    from analysis.figures import FigureRequest
    from analysis.figures.sheet import Sheet
    from analysis.findings import AnalysisFinding, Findings, StepFinding
    from analysis.records import Review

_NO_INTERVAL = "(no interval)"


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out the pooled result without each of the studies, the full result as a band behind.

    Raises
    ------
    TemplateError : there is no such analysis, or its plan has no leave-one-out.
    """
    analysis = analysis_of(request, findings)
    if not analysis.leave_one_out:
        wanted = "leave_one_out: true in its plan, and two studies"
        raise nothing_to_draw(request, f"no leave-one-out of {analysis.id}", wanted)
    steps = analysis.leave_one_out
    s = analysis.synthesis
    right = (str(words.percent(s.i2_q)), str(words.p_number(s.pval)))
    full = Row(
        "pooled", "None (all studies)", (), s.est, s.est_lb, s.est_ub, right,
        mark="diamond", bold=True, rule=True,
    )  # fmt: skip
    table = Table(
        name=request.name,
        rows=(*(step_row(step, ()) for step in steps), full),
        measure=analysis.measure,
        level=analysis.level,
        axis_title=axis_title(analysis),
        favours=review.outcome(analysis.outcome).favours,
        label_head="Study left out",
        right_heads=(i2_head(analysis), "P"),
        line_at=s.est,
        line_to="pooled",
        band=(s.est_lb, s.est_ub),
        notes=(
            *crossing(analysis, steps),
            f"Shaded: {words.confidence(s.level)} confidence interval of all studies.",
            method_alone(analysis),
        ),
    )
    path = f"{analysis.id}.leave_one_out"
    pooled = {key_of(step): findings.studies_of(f"{path}.{step.study}") for step in steps}
    return draw_rows(on_natural(table, sizes_of_groups(review, analysis.rows), pooled))


def key_of(step: StepFinding) -> str:
    """Return the key of the line of a refit."""
    return f"without:{step.study}"


def step_row(step: StepFinding, left: tuple[str, ...]) -> Row:
    """Return the line of one refit; hollow where its interval includes no effect."""
    printed = None
    if step.est_lb is None or step.est_ub is None:
        printed = (f"{step.est:.2f}", _NO_INTERVAL)
    pval = "–" if step.pval is None else str(words.p_number(step.pval))
    return Row(
        key_of(step),
        step.label,
        left,
        step.est,
        step.est_lb,
        step.est_ub,
        (str(words.percent(step.i2_q)) if step.k > 1 else "–", pval),
        mark="disc",
        hollow=step.excludes_null is False,
        study=step.study,
        printed=printed,
    )


def i2_head(analysis: AnalysisFinding) -> str:
    """Return the heading of a column of I² from Q."""
    return "I²" if analysis.synthesis.method == "DL" else "I² (Q)"


def crossing(analysis: AnalysisFinding, steps: tuple[StepFinding, ...]) -> tuple[str, ...]:
    """Return what a hollow mark means, if there is one."""
    if analysis.measure in ONE_GROUP or all(step.excludes_null is not False for step in steps):
        return ()
    null = "1" if analysis.ratio else "0"
    return (f"Hollow: the interval includes the null, {null}.",)


def method_alone(analysis: AnalysisFinding) -> str:
    """Return the model without its prediction interval, which is not drawn."""
    return method(analysis.synthesis).partition("; prediction")[0].rstrip(".") + "."
