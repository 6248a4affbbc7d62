"""The cumulative plot: the pooled result as studies came in, one after the other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis import words
from analysis.figures.asked import analysis_of, nothing_to_draw
from analysis.figures.forest import axis_title
from analysis.figures.leave_one_out import crossing, i2_head, key_of, method_alone, step_row
from analysis.figures.natural import on_natural
from analysis.figures.row_drawing import draw_rows
from analysis.figures.rows import Table
from analysis.planned_effects import sizes_of_groups

if TYPE_CHECKING:
    from analysis.figures import FigureRequest
    from analysis.figures.sheet import Sheet
    from analysis.findings import Findings, StepFinding
    from analysis.records import Review

HEADS = {
    "recruitment_start": "Recruited from",
    "recruitment_mid": "Mid-recruitment",
    "recruitment_end": "Recruited until",
    "year": "Published",
    "follow_up": "Follow-up, months",
}
YEARS = ("recruitment_start", "recruitment_mid", "recruitment_end", "year")


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out the pooled result of the studies up to each, with the year that orders them.

    Raises
    ------
    TemplateError : there is no such analysis, or its plan has no cumulative analysis.
    """
    analysis = analysis_of(request, findings)
    steps = analysis.cumulative
    if not steps or analysis.cumulative_by is None:
        wanted = "cumulative: with a field in its plan, and studies that report it"
        raise nothing_to_draw(request, f"no cumulative analysis of {analysis.id}", wanted)
    field = analysis.cumulative_by
    own = {one.id: one.label for one in review.plan.characteristics}
    head = HEADS.get(field) or own.get(field, field)
    waiting = sum(part.startswith("cumulative.") for part in analysis.unanswered)
    left_out = len(analysis.rows) - len(steps) - waiting
    notes = [*crossing(analysis, steps), method_alone(analysis)]
    if waiting:
        notes.append(f"It begins with {steps[0].k} studies: fewer have no pooled result.")
    if left_out:
        notes.append(f"Not in it: {words.count(left_out, 'study')} without “{head.lower()}”.")
    s = analysis.synthesis
    table = Table(
        name=request.name,
        rows=tuple(step_row(step, (_at(step, field), str(step.k))) for step in steps),
        measure=analysis.measure,
        level=analysis.level,
        axis_title=axis_title(analysis),
        favours=review.outcome(analysis.outcome).favours,
        label_head="Study added",
        left_heads=(head, "Studies"),
        right_heads=(i2_head(analysis), "P"),
        line_at=s.est if not left_out else None,
        notes=tuple(notes),
    )
    path = f"{analysis.id}.cumulative"
    pooled = {key_of(step): findings.studies_of(f"{path}.{step.study}") for step in steps}
    return draw_rows(on_natural(table, sizes_of_groups(review, analysis.rows), pooled))


def _at(step: StepFinding, field: str) -> str:
    if step.at is None:
        return "–"
    return str(math.floor(step.at)) if field in YEARS else f"{step.at:g}"
