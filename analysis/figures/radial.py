"""The radial (Galbraith) plot: how far each study lies from the pooled effect, by precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import words
from analysis.figures.asked import analysis_of, nothing_to_draw
from analysis.figures.plane import Named, Plane
from analysis.figures.scale import Scale
from analysis.figures.sheet import Sheet
from analysis.figures.style import BLUE, INK, MARGIN, PAPER, RULE, TINT, WIDTH

if TYPE_CHECKING:
    from analysis.figures import FigureRequest
    from analysis.findings import Findings
    from analysis.records import Review

_HEIGHT = 205.0
_RADIUS = 2.7
_BAND = 1.96
_ROOM = 1.08


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out standardised effects against precisions, Galbraith (1988).

    A line through the origin has the pooled effect as its slope; most of the studies lie
    within the band of 1.96 around it.

    Raises
    ------
    TemplateError : there is no such analysis, or its plan has no radial plot.
    """
    analysis = analysis_of(request, findings)
    points = [point for point in analysis.radial if point.y is not None]
    if not points:
        raise nothing_to_draw(request, f"no radial plot of {analysis.id}", "radial in its plan")
    mu = analysis.synthesis.mu
    far = max(point.x for point in points) * _ROOM
    heights = [point.y for point in points if point.y is not None]
    ends = [*heights, 0.0, mu * far, mu * far + _BAND, mu * far - _BAND, _BAND, -_BAND]
    low, high = min(ends), max(ends)
    room = 0.05 * (high - low)
    sheet = Sheet(request.name)
    x = Scale(0.0, far, 44.0, WIDTH - MARGIN - 6.0)
    y_axis = Scale(low - room, high + room, MARGIN + 5.0 + _HEIGHT, MARGIN + 5.0)
    plane = Plane(sheet, x, y_axis)
    band = [
        plane.at(0.0, _BAND),
        plane.at(far, mu * far + _BAND),
        plane.at(far, mu * far - _BAND),
        plane.at(0.0, -_BAND),
    ]
    sheet.polygon(plane.clipped(band), fill=TINT, edge=RULE, width=0.5, key="band")
    start, end = plane.at(0.0, 0.0), plane.at(far, mu * far)
    sheet.line([start, end], colour=INK, width=0.9, key="pooled")
    plane.avoid(start, end)
    named = []
    for point in points:
        place = plane.at(point.x, point.y or 0.0)
        sheet.disc(*place, _RADIUS, fill=BLUE, edge=PAPER, width=0.6, key=f"study:{point.study}")
        named.append(Named(point.study, point.label, *place, _RADIUS))
    plane.mark(named)
    outside = [one for one, point in zip(named, points, strict=True)
               if abs((point.y or 0.0) - mu * point.x) > _BAND]  # fmt: skip
    plane.name([*outside, *(one for one in named if one not in outside)][:15])
    y = plane.draw_axes("Precision (1 / standard error)", "Effect / standard error") + 6.0
    s = analysis.synthesis
    estimate = words.estimate(s.est, s.est_lb, s.est_ub, s.measure, s.level)
    note = (
        f"Line: the pooled effect, {estimate}, as slope; band: 1.96 standard errors to either "
        "side. Standard errors include τ²."
    )
    return sheet.end_with(note, y)
