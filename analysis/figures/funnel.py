"""The funnel plot with contours of significance (Peters et al. 2008) and Egger's line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis import words
from analysis.effects import ONE_GROUP, is_ratio
from analysis.figures.asked import analysis_of
from analysis.figures.lettering import text_width, wrap
from analysis.figures.plane import Named, Plane
from analysis.figures.scale import Scale
from analysis.figures.sheet import Sheet
from analysis.figures.style import (
    BLUE,
    INK,
    MARGIN,
    PAPER,
    RULE,
    SMALL,
    SOFT,
    VERMILLION,
    WIDTH,
)
from analysis.terms import MEASURES, capitalised

if TYPE_CHECKING:
    from analysis.figures import FigureRequest
    from analysis.findings import AnalysisFinding, Findings, SmallStudyFinding
    from analysis.records import Review

# Two-sided P, its normal quantile, and the grey of the region within it; the region beyond
# the last is the lightest. Within the first is white: no significance.
CONTOURS = (
    (0.01, 2.5758293035489004, "#cbd3da"),
    (0.05, 1.959963984540054, "#b3bdc7"),
    (0.10, 1.6448536269514722, PAPER),
)
OUTSIDE = "#e0e5ea"
_LEGEND = (
    (PAPER, "P > 0.10"),
    ("#b3bdc7", "0.05 to 0.10"),
    ("#cbd3da", "0.01 to 0.05"),
    (OUTSIDE, "P < 0.01"),
)
_HEIGHT = 225.0
_RADIUS = 2.7
FAR = 1.959963984540054
MOST_NAMES = 20  # of more studies only those are named that lie far from the pooled effect


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out the effects of an analysis against their standard errors.

    Shading shows where a study's own two-sided P lies (of a proportion there is none, which has no
    value of no effect); the dashed line is the pooled effect;
    the solid one Egger's regression, where the plan has it. Studies are named where there is
    room; of more than 20, those alone that lie further from the pooled effect than 95% of true
    effects and errors would.

    Raises
    ------
    TemplateError : there is no such analysis.
    """
    analysis = analysis_of(request, findings)
    sheet = Sheet(request.name)
    plane = funnel_plane(sheet, analysis)
    if tested := analysis.measure not in ONE_GROUP:
        _shade(plane, analysis)
    egger = egger_of(analysis)
    _lines(plane, analysis, egger)
    named = draw_studies(plane, analysis)
    y = plane.draw_axes(effect_title(analysis), "Standard error" + scale_of(analysis))
    y = _legend(sheet, y + 5.0) if tested else y + 5.0
    for line in wrap(" ".join(_notes(analysis, egger, named)), WIDTH - 2 * MARGIN, SMALL):
        sheet.text(MARGIN, y, line, size=SMALL, colour=SOFT)
        y += 9.6
    return sheet.end(y - 1.0)


def scale_of(analysis: AnalysisFinding) -> str:
    """Return what a standard error of a ratio is of."""
    return f" (of log {analysis.measure})" if analysis.ratio else ""


def effect_title(analysis: AnalysisFinding, whose: str = "") -> str:
    """Return the title of an axis of effects."""
    name = words.in_unit(MEASURES[analysis.measure] + whose, analysis.unit)
    return capitalised(name) + (" (log scale)" if is_ratio(analysis.measure) else "")


def funnel_plane(
    sheet: Sheet, analysis: AnalysisFinding, least_se: float = 0.0, height: float = _HEIGHT
) -> Plane:
    """Return axes that show all studies: effects below, standard errors downwards from 0."""
    mu, rows = analysis.synthesis.mu, analysis.rows
    most = max([least_se, *(math.sqrt(row.vi) for row in rows)]) * 1.08
    null = 0.0 if analysis.measure in ONE_GROUP else abs(mu)  # how far no effect lies
    away = max([null, *(abs(row.yi - mu) for row in rows)]) * 1.1
    half = max(away, 1.96 * most)
    lo, hi = (_printed(analysis, mu + side * half) for side in (-1, 1))
    x = Scale(lo, hi, 44.0, WIDTH - MARGIN - 6.0, analysis.ratio)
    return Plane(sheet, x, Scale(most, 0.0, MARGIN + 5.0 + height, MARGIN + 5.0))


def _printed(analysis: AnalysisFinding, value: float) -> float:
    return math.exp(value) if analysis.ratio else value


def draw_studies(plane: Plane, analysis: AnalysisFinding) -> int:
    """Draw each study as a disc; return how many there was room to name."""
    s = analysis.synthesis
    points = []
    for row in analysis.rows:
        x, y = plane.at(_printed(analysis, row.yi), math.sqrt(row.vi))
        plane.sheet.disc(x, y, _RADIUS, fill=BLUE, edge=PAPER, width=0.6, key=f"study:{row.study}")
        points.append(Named(row.study, row.label, x, y, _RADIUS))
    plane.mark(points)
    return plane.name(
        [
            point
            for point, row in zip(points, analysis.rows, strict=True)
            if len(points) <= MOST_NAMES or abs(row.yi - s.mu) > FAR * math.sqrt(row.vi + s.tau2)
        ]
    )


def _shade(plane: Plane, analysis: AnalysisFinding) -> None:
    sheet = plane.sheet
    left, top, right, bottom = plane.box
    sheet.box(left, top, right, bottom, fill=OUTSIDE, under=True)
    most = plane.y.lo
    for p, z, grey in CONTOURS:
        corners = [
            plane.at(_printed(analysis, side * z * se), se)
            for side, se in ((-1, most), (-1, 0.0), (1, 0.0), (1, most))
        ]
        shape = plane.clipped(corners)
        sheet.polygon(shape, fill=grey, edge=RULE, width=0.4, key=f"contour:{p}", under=True)


def _lines(plane: Plane, analysis: AnalysisFinding, egger: SmallStudyFinding | None) -> None:
    sheet, most = plane.sheet, plane.y.lo
    for value, key, colour, dash in (
        (analysis.null, "null", INK, None),
        (analysis.synthesis.est, "pooled", VERMILLION, (3.0, 2.0)),
    ):
        if key == "null" and analysis.measure in ONE_GROUP:
            continue
        ends = [plane.at(value, 0.0), plane.at(value, most)]
        sheet.line(ends, colour=colour, width=0.8 if dash else 0.5, dash=dash, key=key)
        plane.avoid(*ends)
    if egger is not None and egger.intercept is not None and egger.slope is not None:
        start, end = (
            plane.at(_printed(analysis, egger.intercept + egger.slope * se), se)
            for se in (0.0, most)
        )
        line = plane.segment(start, end)
        if line:
            sheet.line(line, colour=BLUE, width=1.1, key="egger")
            plane.avoid(*line)


def egger_of(analysis: AnalysisFinding) -> SmallStudyFinding | None:
    """Return Egger's test, the classic one before the mixed-effects one."""
    for name in ("egger_classic", "egger_mixed"):
        found = analysis.small_study.get(name)
        if found is not None and found.slope is not None:
            return found
    return None


def _legend(sheet: Sheet, y: float) -> float:
    x = MARGIN
    title = "A study’s own P value:"
    sheet.text(x, y, title, size=SMALL, colour=SOFT)
    x += text_width(title, SMALL) + 8.0
    for grey, text in _LEGEND:
        sheet.box(x, y - 3.6, x + 11.0, y + 3.6, fill=grey, edge=RULE, width=0.5)
        sheet.text(x + 15.0, y, text, size=SMALL, colour=SOFT)
        x += 15.0 + text_width(text, SMALL) + 12.0
    return y + 11.0


def _notes(analysis: AnalysisFinding, egger: SmallStudyFinding | None, named: int) -> list[str]:
    notes = [f"Dashed line: pooled effect ({words.model_short(*_model(analysis))})."]
    if named and len(analysis.rows) > MOST_NAMES:
        notes.append("Named: studies further from the pooled effect than 1.96 √(se² + τ²).")
    if egger is not None and egger.pval is not None and egger.statistic is not None:
        name = "t" if egger.df is not None else "z"
        df = f", df = {egger.df:g}" if egger.df is not None else ""
        test = f"{name} = {words.number(egger.statistic)}{df}, {words.p(egger.pval)}"
        notes.append(f"Solid line: {egger.label}, {test}.")
        if not egger.informative:
            notes.append(f"With {words.count(egger.k, 'study')} the test says little.")
    return notes


def _model(analysis: AnalysisFinding) -> tuple[str, str, str]:
    s = analysis.synthesis
    return s.method, s.test, s.pooling
