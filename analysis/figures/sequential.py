"""Trial sequential analysis: the cumulative z against the boundaries; supplementary."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from analysis import words
from analysis.figures.asked import analysis_of, nothing_to_draw
from analysis.figures.plane import Named, Plane
from analysis.figures.scale import Scale
from analysis.figures.sheet import Sheet
from analysis.figures.style import (
    BLUE,
    MARGIN,
    ORANGE,
    PAPER,
    RULE,
    SOFT,
    VERMILLION,
    WIDTH,
)
from analysis.terms import SHORT

if TYPE_CHECKING:
    from analysis.figures import FigureRequest
    from analysis.findings import Findings
    from analysis.method_findings import SequentialFinding
    from analysis.records import Review

_HEIGHT = 215.0
_RADIUS = 2.4
_TALLEST = 8.0  # boundaries of the first looks lie far beyond
VERDICTS = {
    "crossed": "The outer boundary was crossed.",
    "complete": "The required information is there, and no boundary was crossed.",
    "futile": "The latest look lies within the futility boundary.",
    "open": "No boundary was crossed, and the required information is not there.",
}


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out the looks, the boundaries of O'Brien-Fleming type, and futility.

    Raises
    ------
    TemplateError : there is no such analysis, or its plan has no sequential analysis.
    """
    analysis = analysis_of(request, findings)
    found = analysis.sequential
    if found is None:
        raise nothing_to_draw(
            request, f"no sequential analysis of {analysis.id}", "sequential in its plan"
        )
    sheet = Sheet(request.name)
    farthest = max(1.0, found.fraction) * 1.05
    tall = min(_TALLEST, max(4.0, *(1.15 * abs(look.z) for look in found.looks)))
    x = Scale(0.0, 100 * farthest, 40.0, WIDTH - MARGIN - 6.0)
    plane = Plane(sheet, x, Scale(-tall, tall, MARGIN + 5.0 + _HEIGHT, MARGIN + 5.0))
    zero = [plane.at(0.0, 0.0), plane.at(100 * farthest, 0.0)]
    sheet.line(zero, colour=RULE, width=0.6, key="zero")
    edge = [plane.at(100.0, -tall), plane.at(100.0, tall)]
    sheet.line(edge, colour=SOFT, width=0.7, dash=(3.0, 2.0), key="required")
    bounds = [(100 * one.fraction, one.bound) for one in found.looks if one.bound is not None]
    inner = [(100 * one.fraction, one.futility) for one in found.looks if one.futility is not None]
    if found.end_bound is not None:
        bounds.append((100.0, found.end_bound))
    if found.end_futility is not None:
        inner.append((100.0, found.end_futility))
    for sign in (1, -1):
        side = "upper" if sign > 0 else "lower"
        _draw(plane, [(t, sign * b) for t, b in bounds], VERMILLION, f"{side}-boundary")
        _draw(plane, [(t, sign * b) for t, b in inner], ORANGE, f"{side}-futility", (2.0, 1.6))
    path = [(0.0, 0.0), *((100 * look.fraction, look.z) for look in found.looks)]
    _draw(plane, path, BLUE, "z")
    points = []
    for look in found.looks:
        place = plane.at(100 * look.fraction, max(-tall, min(tall, look.z)))
        key = "-".join(look.studies)
        sheet.disc(*place, _RADIUS, fill=BLUE, edge=PAPER, width=0.6, key=f"look:{key}")
        points.append(Named(key, look.label, *place, _RADIUS))
    plane.mark(points)
    plane.name(list(reversed(points))[:12])
    counted = "events" if found.counted == "events" else "information"
    y = plane.draw_axes(f"Share of the required {counted} (%)", "Cumulative z") + 6.0
    return sheet.end_with(_note(found, analysis.measure), y)


def _draw(
    plane: Plane,
    values: Sequence[tuple[float, float]],
    colour: str,
    key: str,
    dash: tuple[float, ...] | None = None,
) -> None:
    for i, (start, end) in enumerate(pairwise(values)):
        line = plane.segment(plane.at(*start), plane.at(*end))
        if line:
            plane.sheet.line(line, colour=colour, width=1.0, dash=dash, key=f"{key}:{i}")
            plane.avoid(line[0], line[-1])


def _note(found: SequentialFinding, measure: str) -> str:
    anticipated = words.effect(found.anticipated, measure)
    return (
        f"Supplementary. Anticipated {SHORT[measure]} {anticipated}, two-sided type I error "
        f"{words.percent(100 * found.alpha, decimals=0)}, power "
        f"{words.percent(100 * found.power, decimals=0)}, diversity "
        f"{words.percent(100 * found.diversity)}. Outer lines: boundaries of O’Brien-Fleming "
        f"type; dashed: futility; upright: required information. {VERDICTS[found.verdict]}"
    )
