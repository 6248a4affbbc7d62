"""The Baujat plot: which studies make the heterogeneity, and which move the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import words
from analysis.effects import Effects
from analysis.figures.asked import analysis_of, nothing_to_draw
from analysis.figures.plane import Named, Plane
from analysis.figures.scale import Scale
from analysis.figures.sheet import Sheet
from analysis.figures.style import BLUE, MARGIN, PAPER, WIDTH

if TYPE_CHECKING:
    from analysis.figures import FigureRequest
    from analysis.findings import Findings
    from analysis.records import Review

_HEIGHT = 205.0
_RADIUS = 2.7
_BELOW = 0.02  # of the largest value
_NAMES = 15


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out each study's part of Q against its pull on the common-effect result.

    Baujat et al. (2002), whose model has a common effect whatever the analysis pools with.

    Raises
    ------
    TemplateError : there is no such analysis, or it has fewer than two studies.
    """
    from analysis.diagnostics import baujat

    analysis = analysis_of(request, findings)
    rows = analysis.rows
    if len(rows) < 2:
        raise nothing_to_draw(request, f"{len(rows)} study in {analysis.id}", "two or more")
    effects = Effects(
        [row.label for row in rows],
        [row.yi for row in rows],
        [row.vi for row in rows],
        analysis.synthesis.measure,
    )
    found = baujat(effects)
    ys = [value if value is not None else 0.0 for value in found.influence]
    sheet = Sheet(request.name)
    # Both begin a little below 0, where discs lie, lest the axes cut them.
    widest, highest = max(found.heterogeneity) or 1.0, max(ys) or 1.0
    x = Scale(-_BELOW * widest, widest * 1.08, 44.0, WIDTH - MARGIN - 6.0)
    top = MARGIN + 5.0
    plane = Plane(sheet, x, Scale(-2 * _BELOW * highest, highest * 1.08, top + _HEIGHT, top))
    points = []
    for row, across, up in zip(rows, found.heterogeneity, ys, strict=True):
        place = plane.at(across, up)
        sheet.disc(*place, _RADIUS, fill=BLUE, edge=PAPER, width=0.6, key=f"study:{row.study}")
        points.append(Named(row.study, row.label, *place, _RADIUS))
    plane.mark(points)
    # The studies of interest are far from the corner; where many crowd in it, they go unnamed.
    far = sorted(points, key=lambda p: (p.x - plane.x.left, plane.y.left - p.y), reverse=True)
    plane.name(far[:_NAMES])
    y = plane.draw_axes("Part of Q", "Influence on the pooled effect") + 6.0
    note = (
        "Both from the common-effect model. Influence: squared change of the pooled effect on "
        "leaving the study out, in units of its variance without it."
    )
    if len(points) > _NAMES:
        note += f" Named: of the {words.count(_NAMES)} farthest from the corner all that have room."
    elif plane.unnamed:
        note += f" Without room for a name: {', '.join(one.text for one in plane.unnamed)}."
    return sheet.end_with(note, y)
