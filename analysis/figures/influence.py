"""Influence of each study on the pooled result: deletion diagnostics side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.figures.asked import analysis_of, nothing_to_draw
from analysis.figures.lettering import Face, shorten, text_width, wrap
from analysis.figures.scale import Scale, even_ticks, tick_texts
from analysis.figures.sheet import Sheet
from analysis.figures.style import (
    BLUE,
    FAINT,
    INK,
    MARGIN,
    PAPER,
    RULE,
    SIZE,
    SMALL,
    SOFT,
    TALLEST,
    VERMILLION,
    WIDTH,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.figures import FigureRequest
    from analysis.findings import AnalysisFinding, Findings, InfluenceRow
    from analysis.records import Review

_PITCH = 12.5
_CLOSEST = 8.2
_GAP = 12.0


@dataclass(frozen=True)
class Measure:
    """One column: its heading, its values, and the lines that a reader compares with."""

    key: str
    head: str
    values: tuple[float | None, ...]
    lines: tuple[float, ...]


def layout(request: FigureRequest, review: Review, findings: Findings) -> Sheet:
    """Lay out what leaving each study out does, one column a measure.

    Raises
    ------
    TemplateError : there is no such analysis, or its plan has no influence diagnostics.
    """
    analysis = analysis_of(request, findings)
    rows = analysis.influence
    if not rows:
        wanted = "influence: true in its plan, and three studies"
        raise nothing_to_draw(request, f"no influence diagnostics of {analysis.id}", wanted)
    return _draw(request.name, analysis, rows)


def _measures(analysis: AnalysisFinding, rows: Sequence[InfluenceRow]) -> list[Measure]:
    s = analysis.synthesis
    z = 1.959963984540054
    return [
        Measure("rstudent", "Residual", tuple(r.rstudent for r in rows), (-z, 0.0, z)),
        Measure("dffits", "DFFITS", tuple(r.dffits for r in rows), (0.0,)),
        Measure("cook_d", "Cook’s D", tuple(r.cook_d for r in rows), (0.0,)),
        Measure("cov_r", "COVRATIO", tuple(r.cov_r for r in rows), (1.0,)),
        Measure("tau2_del", "τ² without", tuple(r.tau2_del for r in rows), (s.tau2,)),
        Measure("qe_del", "Q without", tuple(r.qe_del for r in rows), (s.qe,)),
        Measure("hat", "Hat", tuple(r.hat for r in rows), (1.0 / s.k,)),
    ]


def _draw(name: str, analysis: AnalysisFinding, rows: Sequence[InfluenceRow]) -> Sheet:
    sheet = Sheet(name)
    notes = wrap(" ".join(_notes(rows)), WIDTH - 2 * MARGIN, SMALL)
    pitch = max(_CLOSEST, min(_PITCH, (TALLEST - 50.0 - 9.6 * len(notes)) / len(rows)))
    size = SIZE if pitch > 10.5 else SMALL
    widest = max(text_width(row.label, size, "semibold") for row in rows)
    room = min(widest, 120.0)
    measures = _measures(analysis, rows)
    y = MARGIN + 1.0
    sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=INK, width=0.9)
    y += 9.0
    left = MARGIN + room + 10.0
    width = (WIDTH - MARGIN - left - _GAP * (len(measures) - 1)) / len(measures)
    sheet.text(MARGIN, y, "Study left out", size=size, face="semibold")
    scales = []
    for i, measure in enumerate(measures):
        x = left + i * (width + _GAP)
        sheet.text(x + width / 2, y, measure.head, size=SMALL, face="semibold", align="center")
        scales.append(_scale(measure, x, x + width))
    y += 8.0
    sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=INK, width=0.5)
    top = y + 2.0
    bottom = top + pitch * len(rows) + 2.0
    for i, row in enumerate(rows):
        middle = top + pitch * (i + 0.5)
        face: Face = "semibold" if row.influential else "regular"
        label = shorten(row.label, room, size, face)
        sheet.text(MARGIN, middle, label, size=size, face=face, key=f"study:{row.study}")
        sheet.line([(left, middle), (WIDTH - MARGIN, middle)], colour=FAINT, width=0.4, under=True)
    for measure, scale in zip(measures, scales, strict=True):
        _column(sheet, measure, scale, rows, (top, bottom), pitch)
    y = bottom + 18.0
    sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=RULE, width=0.6)
    y = sheet.lines(MARGIN, y + 8.0, notes, leading=9.6, size=SMALL, colour=SOFT)
    return sheet.end(y - 1.0)


def _scale(measure: Measure, left: float, right: float) -> Scale:
    known = [v for v in measure.values if v is not None]
    lo, hi = min([*known, *measure.lines]), max([*known, *measure.lines])
    pad = 0.08 * (hi - lo) or 0.5
    return Scale(lo - pad, hi + pad, left, right)


def _column(
    sheet: Sheet,
    measure: Measure,
    scale: Scale,
    rows: Sequence[InfluenceRow],
    span: tuple[float, float],
    pitch: float,
) -> None:
    top, bottom = span
    for line in measure.lines:
        x = scale.at(line)
        dash = None if len(measure.lines) == 1 or line == 0 else (2.0, 2.0)
        sheet.line([(x, top), (x, bottom)], colour=SOFT, width=0.5, dash=dash, under=True)
    sheet.line([(scale.left, bottom), (scale.right, bottom)], width=0.6)
    ticks = even_ticks(scale.lo, scale.hi, 3)
    last = -1e9
    for tick, text in zip(ticks, tick_texts(ticks), strict=True):
        x, half = scale.at(tick), text_width(text, SMALL) / 2
        sheet.line([(x, bottom), (x, bottom + 2.5)], width=0.6)
        if x - half > last + 3.0:
            middle = min(x, WIDTH - MARGIN - half)
            sheet.text(middle, bottom + 8.0, text, size=SMALL, align="center")
            last = x + half
    for i, (row, value) in enumerate(zip(rows, measure.values, strict=True)):
        if value is None:
            continue
        x, y = scale.at(value), top + pitch * (i + 0.5)
        key = f"{measure.key}:{row.study}"
        if row.influential:
            half = 3.0
            sheet.polygon(
                [(x - half, y), (x, y - half), (x + half, y), (x, y + half)],
                fill=VERMILLION, edge=PAPER, width=0.5, key=key,
            )  # fmt: skip
        else:
            sheet.disc(x, y, 2.1, fill=BLUE, key=key)


def _notes(rows: Sequence[InfluenceRow]) -> list[str]:
    notes = [
        "Residual: studentised, deleted; dashed at ±1.96. τ² and Q: what is left without the "
        "study; solid lines: with all studies, COVRATIO 1, mean hat value."
    ]
    if any(row.influential for row in rows):
        notes.append("Diamonds, bold: influential by the criteria of Viechtbauer and Cheung 2010.")
    else:
        notes.append("No study is influential by the criteria of Viechtbauer and Cheung 2010.")
    return notes
