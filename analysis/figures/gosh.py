"""GOSH: the pooled effects of all subsets of the studies against their heterogeneity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from analysis import words
from analysis.figures.asked import analysis_of, nothing_to_draw
from analysis.figures.plane import Plane
from analysis.figures.scale import Scale
from analysis.figures.sheet import Sheet
from analysis.figures.style import BLUE, INK, MARGIN, WIDTH
from analysis.terms import SHORT

if TYPE_CHECKING:
    from analysis.figures import FigureRequest
    from analysis.findings import Findings
    from analysis.records import Review

_HEIGHT = 205.0
_FAINTEST, _DARKEST = 0.16, 1.0


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out how many subsets lie where: Olkin, Dahabreh & Trikalinos (2012).

    The darker a cell, the more subsets; the scale of darkness is logarithmic, so that few are
    seen too.

    Raises
    ------
    TemplateError : there is no such analysis, or its plan has no gosh.
    """
    analysis = analysis_of(request, findings)
    found = analysis.gosh
    if found is None:
        raise nothing_to_draw(request, f"no subsets of {analysis.id}", "gosh in its plan")
    sheet = Sheet(request.name)
    ratio = analysis.ratio
    x = Scale(found.est_low, found.est_high, 44.0, WIDTH - MARGIN - 6.0, log=ratio)
    plane = Plane(sheet, x, Scale(0.0, 100.0, MARGIN + 5.0 + _HEIGHT, MARGIN + 5.0))
    width = (x.right - x.left) / found.columns
    height = _HEIGHT / found.rows
    most = max(count for _, _, count in found.cells)
    for column, row, subsets in found.cells:
        share = math.log1p(subsets) / math.log1p(most)
        left, bottom = x.left + column * width, plane.y.left - row * height
        fill = _towards_white(BLUE, _FAINTEST + share * (_DARKEST - _FAINTEST))
        sheet.box(left, bottom - height, left + width, bottom, fill=fill, edge=None,
                  key=f"cell:{column}:{row}")  # fmt: skip
    null = 1.0 if ratio else 0.0
    if x.lo <= null <= x.hi:
        at = x.at(null)
        sheet.line([(at, plane.y.right), (at, plane.y.left)], colour=INK, width=0.6, key="null")
    s = analysis.synthesis
    whole = plane.at(s.est, s.i2)
    sheet.disc(*whole, 3.0, fill=None, edge=INK, width=1.1, key="whole")
    y = plane.draw_axes(f"Pooled {SHORT[analysis.measure]}", "I² (%)") + 6.0
    count = words.count(found.subsets, "subset")
    kind = "all" if found.exhaustive else "a sample of"
    note = (
        f"{kind.capitalize()} {count}; the darker, the more. Circle: all studies together. "
        "Heterogeneity from τ², by the model of the analysis."
    )
    return sheet.end_with(note, y)


def _towards_white(colour: str, share: float) -> str:
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - part)):02x}" for part in parts)
