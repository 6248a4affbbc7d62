"""What it would take: the extended funnel plot (Langan et al. 2012).

For a new study of any effect and standard error, the pooled interval is computed anew; shading
shows where it would lie on one side of no effect, or include it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis import words
from analysis.effects import ONE_GROUP
from analysis.extended_funnel import NO_COUNTS, Region, region
from analysis.figures.asked import analysis_of, nothing_to_draw
from analysis.figures.funnel import draw_studies, effect_title, funnel_plane, scale_of
from analysis.figures.lettering import text_width
from analysis.figures.sheet import Sheet
from analysis.figures.style import (
    INK,
    MARGIN,
    PAPER,
    PURPLE,
    RULE,
    SMALL,
    SOFT,
    VERMILLION,
)
from analysis.planned_trials import PlannedTrial, planned_trials

if TYPE_CHECKING:
    from analysis.figures import FigureRequest
    from analysis.figures.plane import Plane
    from analysis.findings import AnalysisFinding, Findings
    from analysis.records import Review

LOWER, HIGHER = "#cfe6f5", "#fbe3c0"  # tints of sky blue and orange, apart in grey too
_ACROSS, _DOWN = 61, 41
_PLACES = (
    (-1, "lie below the null"),
    (0, "include the null"),
    (1, "lie above the null"),
)


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out which result of one new study would change the conclusion of an analysis.

    Option `i2`: also the line beyond which I² (from Q) would exceed so many percent. Ongoing
    studies stand at the standard error that their planned size gives; one without a place is
    named below, with what lacks (`analysis.planned_trials`).

    Raises
    ------
    TemplateError : there is no such analysis, or it pools counts or proportions of one group.
    """
    analysis = analysis_of(request, findings)
    if analysis.pooling != "inverse_variance":
        counts = f"{analysis.id} with pooling {analysis.pooling}"
        raise nothing_to_draw(request, counts, f"inverse_variance: {NO_COUNTS}")
    if analysis.measure in ONE_GROUP:
        alone = f"{analysis.id}, of {analysis.measure}"
        wanted = "a measure with a value of no effect, which no proportion has"
        raise nothing_to_draw(request, alone, wanted)
    planned = planned_trials(review, analysis.id)
    known = [one.se for one in planned if one.se is not None]
    sheet = Sheet(request.name)
    plane = funnel_plane(sheet, analysis, max(known, default=0.0))
    region = region_of(analysis, plane)
    bound = request.options.get("i2")
    _shade(plane, analysis, region)
    if isinstance(bound, str):
        _contour(plane, analysis, region, float(bound))
    _reference(plane, analysis)
    _draw_planned(plane, planned)
    draw_studies(plane, analysis)
    title = effect_title(analysis, " of a new study")
    y = plane.draw_axes(title, f"Its standard error{scale_of(analysis)}")
    found = set(region.place.ravel().tolist())
    y = _legend(sheet, review.outcome(analysis.outcome).favours, found, y + 6.0)
    notes = " ".join(
        [*_absent(found), *_notes(analysis, planned, bound if isinstance(bound, str) else None)]
    )
    return sheet.end_with(notes, y)


def region_of(analysis: AnalysisFinding, plane: Plane) -> Region:
    """Pool the studies of an analysis with one more, for each point of a grid over a plane."""
    to = math.log if analysis.ratio else float
    effects = np.linspace(to(plane.x.lo), to(plane.x.hi), _ACROSS)
    return region(analysis, effects, np.linspace(plane.y.lo / 400, plane.y.lo, _DOWN))


def _shade(plane: Plane, analysis: AnalysisFinding, region: Region) -> None:
    left, top, right, bottom = plane.box
    plane.sheet.box(left, top, right, bottom, fill=PAPER, under=True)
    _fill(plane, analysis, region, -region.ub, LOWER, "lower")
    _fill(plane, analysis, region, region.lb, HIGHER, "higher")


def _contours(region: Region, values: Any) -> Any:
    from contourpy import contour_generator

    return contour_generator(region.effects, region.errors, values, fill_type="OuterOffset")


def _fill(
    plane: Plane, analysis: AnalysisFinding, region: Region, values: Any, fill: str, key: str
) -> None:
    """Fill where values are above 0, and leave holes white."""
    shapes, offsets = _contours(region, values).filled(0.0, np.inf)
    for shape, ends in zip(shapes, offsets, strict=True):
        for i, (start, stop) in enumerate(pairwise(ends.tolist())):
            points = plane.clipped(_places(plane, analysis, shape[start:stop]))
            inside = fill if i == 0 else PAPER
            plane.sheet.polygon(points, fill=inside, edge=RULE, width=0.4, key=key, under=True)
            key = f"{key}:next"


def _contour(plane: Plane, analysis: AnalysisFinding, region: Region, bound: float) -> None:
    for i, line in enumerate(_contours(region, region.i2).lines(bound)):
        points = _places(plane, analysis, line)
        plane.sheet.line(points, colour=PURPLE, width=1.0, dash=(1.5, 1.5), key=f"i2:{i}")


def _places(plane: Plane, analysis: AnalysisFinding, shape: Any) -> list[tuple[float, float]]:
    out = math.exp if analysis.ratio else float
    return [plane.at(out(x), y) for x, y in shape.tolist()]


def _reference(plane: Plane, analysis: AnalysisFinding) -> None:
    most = plane.y.lo
    for value, key, colour, dash in (
        (analysis.null, "null", INK, None),
        (analysis.synthesis.est, "pooled", VERMILLION, (3.0, 2.0)),
    ):
        ends = [plane.at(value, 0.0), plane.at(value, most)]
        plane.sheet.line(ends, colour=colour, width=0.6, dash=dash, key=key)
        plane.avoid(*ends)


def _draw_planned(plane: Plane, planned: Sequence[PlannedTrial]) -> None:
    left, _, right, _ = plane.box
    for i, one in enumerate(planned):
        if one.se is None:
            continue
        key = (
            one.study
            if one.study not in [before.study for before in planned[:i]]
            else f"{one.study}:{i}"
        )
        y = plane.y.at(one.se)
        plane.sheet.line([(left, y), (right, y)], colour=INK, width=0.6, dash=(4.0, 2.0),
                         key=f"planned:{key}")  # fmt: skip
        plane.avoid((left, y), (right, y))
        width = text_width(one.label, SMALL, "semibold")
        at = right - 4.0 - width
        plane.sheet.text(at, y - 5.5, one.label, size=SMALL, face="semibold")
        plane.taken.append((at, y - 10.0, right, y))
        if one.ratio is not None:
            x, half = plane.x.at(one.ratio), 4.0
            plane.sheet.polygon(
                [(x - half, y), (x, y - half), (x + half, y), (x, y + half)],
                fill=PAPER, edge=INK, width=0.9, key=f"assumed:{key}",
            )  # fmt: skip


def _absent(found: Collection[int]) -> list[str]:
    """Say which answer no study within the axes would give, where there is one."""
    lost = [text for place, text in _PLACES if place not in found]
    return [f"No result in the range drawn would let the pooled interval {' or '.join(lost)}."
            ] if lost else []  # fmt: skip


def _legend(sheet: Sheet, favours: tuple[str, str], found: Collection[int], y: float) -> float:
    """Write what the fields mean that are there; return the y below."""
    x = MARGIN
    title = "Pooled interval with the new study:"
    sheet.text(x, y, title, size=SMALL, colour=SOFT)
    x += text_width(title, SMALL) + 8.0
    sides = [text[:1].lower() + text[1:] for text in favours]
    fields = ((-1, LOWER, sides[0]), (0, PAPER, "includes the null"), (1, HIGHER, sides[1]))
    for fill, text in [(fill, text) for place, fill, text in fields if place in found]:
        sheet.box(x, y - 3.6, x + 11.0, y + 3.6, fill=fill, edge=RULE, width=0.5)
        sheet.text(x + 15.0, y, text, size=SMALL, colour=SOFT)
        x += 15.0 + text_width(text, SMALL) + 12.0
    return y + 11.0


def _notes(
    analysis: AnalysisFinding, planned: Sequence[PlannedTrial], bound: str | None
) -> list[str]:
    s = analysis.synthesis
    notes = [
        f"Discs: the studies pooled now ({words.model_short(s.method, s.test)}); dashed: their "
        "pooled effect."
    ]
    if bound is not None:
        notes.append(f"Dotted: I² (from Q) of {bound}%.")
    placed = [one for one in planned if one.se is not None]
    if placed:
        notes.append(
            "Ongoing, at the standard error 2/√events of two equal arms: "
            f"{'; '.join(one.why for one in placed)}."
            + (" Diamond: the effect it assumes." if any(p.ratio for p in placed) else "")
        )
    notes += [f"Ongoing: {one.why}." for one in planned if one.se is None]
    return notes
