"""Marks that several figures share: intervals with arrows, diamonds, judgements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.figures.lettering import text_width
from analysis.figures.style import BLUE, CONCERN, INK, PAPER, SMALL, SOFT

if TYPE_CHECKING:
    from analysis.figures.scale import Scale
    from analysis.figures.sheet import Sheet
    from analysis.records import Level, Review, Tool

ARROW = 3.2


def arrow_head(
    sheet: Sheet,
    tip: float,
    y: float,
    sign: float,
    colour: str,
    *,
    size: float = ARROW,
    tail: float = 0.0,
    key: str | None = None,
) -> None:
    """Draw an arrow head at `tip` that points right (sign 1) or left (−1), with a tail."""
    back = tip - sign * size
    if tail:
        sheet.line([(back - sign * tail, y), (back, y)], colour=colour, width=0.8)
    sheet.polygon(
        [(tip, y), (back, y - 0.62 * size), (back, y + 0.62 * size)], fill=colour, key=key
    )


def whisker(
    sheet: Sheet,
    scale: Scale,
    lb: float,
    ub: float,
    y: float,
    *,
    colour: str = INK,
    width: float = 0.9,
    key: str,
) -> None:
    """Draw an interval; an end beyond the axis becomes an arrow head at its edge."""
    lo, hi = scale.at(lb), scale.at(ub)
    cut_left, cut_right = lo < scale.left, hi > scale.right
    start = scale.left + ARROW if cut_left else lo
    stop = scale.right - ARROW if cut_right else hi
    sheet.line([(start, y), (stop, y)], colour=colour, width=width, key=key)
    if cut_left:
        arrow_head(sheet, scale.left, y, -1.0, colour, key=f"arrow_left:{key}")
    if cut_right:
        arrow_head(sheet, scale.right, y, 1.0, colour, key=f"arrow_right:{key}")


def bar(
    sheet: Sheet, scale: Scale, lb: float, ub: float, y: float, colour: str, *, key: str
) -> None:
    """Draw an interval as a thick bar with arrow heads where it leaves the axis."""
    lo, hi = scale.at(lb), scale.at(ub)
    start = scale.left + ARROW if lo < scale.left else lo
    stop = scale.right - ARROW if hi > scale.right else hi
    sheet.box(start, y - 1.3, stop, y + 1.3, fill=colour, key=key)
    if lo < scale.left:
        arrow_head(sheet, scale.left, y, -1.0, colour, size=ARROW, key=f"arrow_left:{key}")
    if hi > scale.right:
        arrow_head(sheet, scale.right, y, 1.0, colour, size=ARROW, key=f"arrow_right:{key}")


def diamond(
    sheet: Sheet,
    scale: Scale,
    estimate: tuple[float, float, float],
    y: float,
    half: float,
    hollow: bool = False,
    *,
    colour: str = BLUE,
    key: str,
) -> None:
    """Draw (lb, est, ub) as a diamond of that width, cut off at the ends of the axis."""
    lo, x, hi = map(scale.at, estimate)
    corners: list[tuple[float, float]] = []
    if lo < scale.left:
        cut = half * (1.0 if math.isinf(lo) else (scale.left - lo) / (x - lo))
        corners += [(scale.left, y + cut), (scale.left, y - cut)]
    else:
        corners.append((lo, y))
    corners.append((x, y - half))
    if hi > scale.right:
        cut = half * (1.0 if math.isinf(hi) else (hi - scale.right) / (hi - x))
        corners += [(scale.right, y - cut), (scale.right, y + cut)]
    else:
        corners.append((hi, y))
    corners.append((x, y + half))
    sheet.polygon(corners, fill=PAPER if hollow else colour, edge=colour, width=0.8, key=key)


def judgement_of(sheet: Sheet, review: Review, tool: Tool, study: str, x: float, y: float) -> None:
    """Draw the overall judgement of a study; grey with '?' where none is reported."""
    found = review.by_id.get(study)
    overall = [q.overall for q in found.quality if q.tool == tool.id] if found else []
    concerns = {level.id: level.concern for level in tool.overall}
    concern = concerns.get(overall[0]) if overall and overall[0] else None
    judgement(sheet, concern, x, y, 3.4, key=f"quality:{study}")


def judgement(
    sheet: Sheet, concern: str | None, x: float, y: float, radius: float, *, key: str | None = None
) -> None:
    """Draw one judgement: a coloured disc with a sign."""
    colour, sign, ink = CONCERN[concern]
    sheet.disc(x, y, radius, fill=colour, key=key)
    size = max(SMALL, 1.9 * radius)
    sheet.text(x, y, sign, size=size, face="semibold", colour=ink, align="center")


def legend_of_concern(
    sheet: Sheet, title: str, levels: Sequence[Level], x: float, y: float
) -> float:
    """Write what the discs mean; return the y below."""
    sheet.text(x, y, title, size=SMALL, colour=SOFT)
    x += text_width(title, SMALL) + 8.0
    known = [(level.concern, level.label) for level in levels]
    for concern, label in (*known, (None, "Not reported")):
        judgement(sheet, concern, x, y, 3.2)
        sheet.text(x + 6.0, y, label, size=SMALL, colour=SOFT)
        x += 6.0 + text_width(label, SMALL) + 12.0
    return y + 10.0
