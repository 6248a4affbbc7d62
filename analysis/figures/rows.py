"""A table with a plot in it: one line an estimate, its interval drawn and written.

Forest plots, leave-one-out, cumulative and other figures are all such tables; each says what
its rows are and leaves the drawing to `draw_rows`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from analysis import words
from analysis.figures.lettering import Face, shorten, text_width, wrap
from analysis.figures.marks import ARROW, arrow_head, bar, diamond, whisker
from analysis.figures.scale import Scale, draw_axis, window
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
    TINT,
    VERMILLION,
    WIDTH,
)

PITCH = 13.0
CLOSEST = 7.7  # lines of 7 point print no closer
_WIDEST_LABEL = 165.0
_LEAST_PLOT = 120.0
_GAP = 9.0  # between columns
_LEADING = 9.6  # of the notes below
NOT_REPORTED = "NR"


@dataclass(frozen=True)
class Row:
    """One line. est, lb, ub are on the printed scale; `printed` replaces what would be written.

    `left` and `right` are the cells beside the plot; a single left cell stands for all.
    `share` is the area of a box relative to the largest. A row without an estimate is a
    heading or, if `soft`, a note. `height` is in lines.
    """

    key: str
    label: str
    left: tuple[str, ...] = ()
    est: float | None = None
    lb: float | None = None
    ub: float | None = None
    right: tuple[str, ...] = ()
    mark: Literal["box", "diamond", "disc", "bar"] = "box"
    hollow: bool = False
    colour: str = BLUE
    share: float = 1.0
    bold: bool = False
    soft: bool = False
    indent: float = 0.0
    height: float = 1.0
    rule: bool = False
    study: str | None = None
    printed: tuple[str, str] | None = None

    @property
    def face(self) -> Face:
        """The face of its words."""
        return "semibold" if self.bold else "regular"


@dataclass(frozen=True)
class SignColumn:
    """A column of signs, one a study: its heading, what draws a sign, what draws the legend."""

    head: str
    draw: Callable[[Sheet, str, float, float], None]
    legend: Callable[[Sheet, float, float], float]


@dataclass(frozen=True)
class Table:
    """All that a figure of rows shows. `span` are rows whose intervals the axis must show
    although they stand on another page; the reference line ends in the row `line_to`.
    """

    name: str
    rows: tuple[Row, ...]
    measure: str
    level: float
    ratio: bool
    null: float
    favours: tuple[str, str]
    label_head: str = "Study"
    left_heads: tuple[str, ...] = ()
    left_over: str = ""
    left_text: bool = False
    right_heads: tuple[str, ...] = ()
    line_at: float | None = None
    line_to: str | None = None
    band: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    signs: SignColumn | None = None
    est_head: str | None = None
    span: tuple[Row, ...] = ()


def draw_rows(table: Table) -> Sheet:
    """Draw a table of rows; its lines move together so that it fits a page if it can."""
    return _Drawing(table).draw()


def most_rows(notes: Sequence[str], signs: bool) -> int:
    """Return how many lines fit a page at the closest pitch, below a heading and above notes."""
    lines = wrap(" ".join(notes), WIDTH - 2 * MARGIN, SMALL)
    return math.floor((TALLEST - _fixed_height(len(lines), signs, 1)) / CLOSEST)


def _fixed_height(notes: int, signs: bool, rules: int) -> float:
    return 68.5 + 4.0 * rules + _LEADING * notes + (10.0 if signs else 0.0) + (7.0 if notes else 0)


class _Drawing:
    def __init__(self, table: Table) -> None:
        self.table = table
        self.sheet = Sheet(table.name)
        self.notes = wrap(" ".join(table.notes), WIDTH - 2 * MARGIN, SMALL)
        lines = sum(row.height for row in table.rows)
        fixed = _fixed_height(
            len(self.notes), table.signs is not None, sum(r.rule for r in table.rows)
        )
        self.pitch = max(CLOSEST, min(PITCH, (TALLEST - fixed) / lines))
        self.size = SIZE if self.pitch > 10.5 else SMALL
        self.left_align: Literal["left", "right"] = "left" if table.left_text else "right"
        self._write_estimates()
        self._set_columns()

    def _width(self, text: str, face: Face = "semibold") -> float:
        return text_width(text, self.size, face)

    def _write_estimates(self) -> None:
        table = self.table
        self.est: dict[str, str] = {}
        self.ci: dict[str, str] = {}
        for row in table.rows:
            if row.printed is not None:
                self.est[row.key], self.ci[row.key] = row.printed
                continue
            if row.est is None:
                continue
            if row.mark != "bar":
                self.est[row.key] = str(words.effect(row.est, table.measure))
            if row.lb is not None and row.ub is not None:
                self.ci[row.key] = f"({words.interval(row.lb, row.ub, table.measure)})"
        name = "Effect" if table.measure == "GEN" else table.measure
        self.head = table.est_head or f"{name} ({words.confidence(table.level)} CI)"

    def _set_columns(self) -> None:
        table, width = self.table, self._width
        beside = [r for r in table.rows if r.left] if table.left_heads else list(table.rows)
        label = max([width(table.label_head)] + [r.indent + width(r.label, r.face) for r in beside])
        self.label_room = min(label, _WIDEST_LABEL)
        x = MARGIN + self.label_room + _GAP
        self.left: list[float] = []
        for i, head in enumerate(table.left_heads):
            cells = [r.left[i] for r in table.rows if len(r.left) == len(table.left_heads)]
            room = max(map(width, [head, *cells]))
            self.left.append(x if table.left_text else x + room)
            x += room + _GAP
        self.sign_x = 0.0
        if table.signs is not None:
            room = max(width(table.signs.head), 9.0)
            self.sign_x = x + room / 2
            x += room + _GAP
        right = WIDTH - MARGIN
        self.right: list[float] = []
        for i, head in reversed(list(enumerate(table.right_heads))):
            cells = [r.right[i] for r in table.rows if len(r.right) > i]
            self.right.insert(0, right)
            right -= max(map(width, [head, *cells])) + _GAP
        # Estimates stand with their points below each other, whatever their decimals.
        whole_part = max((width(t.partition(".")[0]) for t in self.est.values()), default=0.0)
        rest = max((width(t) - width(t.partition(".")[0]) for t in self.est.values()), default=0.0)
        written = whole_part + rest + 2.5 + max(map(width, self.ci.values()), default=0.0)
        self.est_left = right - max(written, width(self.head))
        self.est_point = self.est_left + whole_part
        self.ci_left = self.est_point + rest + 2.5
        # A row without cells may write over the empty columns, up to the plot.
        running = [r.indent + width(r.label, r.face) for r in table.rows if self._runs_on(r)]
        stop = self.est_left - _GAP - ARROW
        start = max([x, *(MARGIN + w + _GAP for w in running)])
        start = min(start, max(x, stop - _LEAST_PLOT)) + ARROW
        shown = [r for r in table.span or table.rows if r.est is not None]
        spans = [
            (r.est, r.est if r.lb is None else r.lb, r.est if r.ub is None else r.ub)
            for r in shown
            if r.est is not None
        ]
        lo, hi = window(spans, table.ratio, table.null)
        self.scale = Scale(lo, hi, start, stop, table.ratio)

    def _runs_on(self, row: Row) -> bool:
        return not row.left and row.est is not None

    # --- drawing -------------------------------------------------------------------------

    def draw(self) -> Sheet:
        sheet, table = self.sheet, self.table
        top = self._header(MARGIN + 1.0)
        y = top + 3.0
        self._band(top)
        line_y = y
        for row in table.rows:
            step = self.pitch * row.height
            if row.rule:
                y += 2.0
                sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=FAINT, width=0.7, under=True)
                y += 2.0
            self._row(row, y + step / 2)
            if row.key == table.line_to or table.line_to is None:
                line_y = y + step / 2
            y += step
        bottom = y + 2.0
        self._reference(top, line_y, bottom)
        y = self._favours(draw_axis(sheet, self.scale, bottom) + 1.0)
        if self.notes:
            sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=RULE, width=0.6)
            y += 8.0
            y = sheet.lines(MARGIN, y, self.notes, leading=_LEADING, size=SMALL, colour=SOFT)
        if table.signs is not None:
            y = table.signs.legend(sheet, MARGIN, y + (0.0 if self.notes else 6.0))
        return sheet.end(y - 1.0)

    def _header(self, y: float) -> float:
        sheet, size, table = self.sheet, self.size, self.table
        sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=INK, width=0.9)
        y += 9.0
        if table.left_over and self.left:
            start = self.left[0] - self._width(table.left_heads[0])
            middle = (start + self.left[-1]) / 2
            sheet.text(middle, y, table.left_over, size=SMALL, align="center", colour=SOFT)
            y += 9.5
        else:
            y += 1.0
        sheet.text(MARGIN, y, table.label_head, size=size, face="semibold")
        for x, head in _pairs(self.left, table.left_heads):
            sheet.text(x, y, head, size=size, face="semibold", align=self.left_align)
        for x, head in _pairs(self.right, table.right_heads):
            sheet.text(x, y, head, size=size, face="semibold", align="right")
        if table.signs is not None:
            sheet.text(self.sign_x, y, table.signs.head, size=size, face="semibold", align="center")
        sheet.text(self.est_left, y, self.head, size=size, face="semibold")
        y += 7.5
        sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=INK, width=0.5)
        return y

    def _row(self, row: Row, y: float) -> None:
        sheet, size, face = self.sheet, self.size, row.face
        x = MARGIN + row.indent
        if row.soft:
            sheet.text(x, y, row.label, size=SMALL, colour=SOFT, key=row.key)
            return
        room = self.label_room - row.indent if row.left else self.scale.left - ARROW - _GAP / 2 - x
        if row.est is None and not row.left:
            room = WIDTH - MARGIN - x
        sheet.text(x, y, shorten(row.label, room, size, face), size=size, face=face, key=row.key)
        for at, text in _pairs(self.left[-len(row.left) :], row.left):
            colour = SOFT if text == NOT_REPORTED else INK
            sheet.text(at, y, text, size=size, face=face, align=self.left_align, colour=colour)
        for right, text in _pairs(self.right, row.right):
            sheet.text(right, y, text, size=size, face=face, align="right")
        if self.table.signs is not None and row.study is not None:
            self.table.signs.draw(sheet, row.study, self.sign_x, y)
        if row.est is not None:
            self._mark(row, row.est, y)
        est = self.est.get(row.key, "")
        at = self.est_point - self._width(est.partition(".")[0], face)
        sheet.text(at, y, est, size=size, face=face)
        sheet.text(self.ci_left, y, self.ci.get(row.key, ""), size=size, face=face)

    def _mark(self, row: Row, est: float, y: float) -> None:
        sheet, scale, name = self.sheet, self.scale, row.study or row.key
        x = scale.at(est)
        lb, ub = (est if row.lb is None else row.lb), (est if row.ub is None else row.ub)
        if row.mark == "bar":
            bar(sheet, scale, lb, ub, y, row.colour, key=f"bar:{name}")
            return
        if row.mark == "diamond":
            half = min(self.pitch * 0.36, 4.6)
            diamond(
                sheet, scale, (lb, est, ub), y, half, row.hollow, colour=row.colour,
                key=f"diamond:{name}",
            )  # fmt: skip
            return
        colour = INK if row.mark == "box" else row.colour
        whisker(sheet, scale, lb, ub, y, colour=colour, key=f"interval:{name}")
        fill, edge = (PAPER, row.colour) if row.hollow else (row.colour, None)
        if row.mark == "disc":
            sheet.disc(x, y, min(self.pitch * 0.26, 2.9), fill=fill, edge=edge, key=f"disc:{name}")
            return
        half = min(self.pitch * 0.78, 9.5) * math.sqrt(row.share) / 2
        if half < 1.0:  # too small to be seen: a stroke marks the place
            sheet.line([(x, y - 1.5), (x, y + 1.5)], colour=row.colour, width=0.7)
        sheet.box(x - half, y - half, x + half, y + half, fill=fill, edge=edge, key=f"box:{name}")
        inside = [(max(scale.at(lb), x - half), y), (min(scale.at(ub), x + half), y)]
        if scale.at(ub) - scale.at(lb) < 2 * half:  # the box would hide the interval
            sheet.line(inside, colour=PAPER, width=0.9)

    def _band(self, top: float) -> None:
        table, scale = self.table, self.scale
        if table.band is not None:
            rows = sum(self.pitch * row.height + 4.0 * row.rule for row in table.rows)
            left = max(scale.at(table.band[0]), scale.left)
            right = min(scale.at(table.band[1]), scale.right)
            bottom = top + 5.0 + rows
            self.sheet.box(left, top, right, bottom, fill=TINT, key="band", under=True)

    def _reference(self, top: float, line_y: float, bottom: float) -> None:
        table, scale = self.table, self.scale
        null = scale.at(table.null)
        self.sheet.line([(null, top), (null, bottom)], width=0.6, key="null", under=True)
        if table.line_at is not None:
            x = scale.at(table.line_at)
            self.sheet.line(
                [(x, top), (x, line_y)], colour=VERMILLION, width=0.7, dash=(2.0, 2.0),
                key="line", under=True,
            )  # fmt: skip

    def _favours(self, y: float) -> float:
        sheet, null = self.sheet, self.scale.at(self.table.null)
        y += 4.0
        for text, sign in zip(self.table.favours, (-1.0, 1.0), strict=True):
            # Beside the null; where there is no room up to the edge, on the line below.
            room = (null - MARGIN if sign < 0 else WIDTH - MARGIN - null) - 12.0
            shown = shorten(text, room, SMALL)
            align: Literal["left", "right"] = "right" if sign < 0 else "left"
            at = null + sign * 12.0
            sheet.text(at, y, shown, size=SMALL, align=align, key=f"favours:{text}")
            arrow_head(sheet, null + sign * 9.0, y, sign, INK, tail=5.8)
        return y + 9.0


def _pairs(places: Sequence[float], texts: Sequence[str]) -> list[tuple[float, str]]:
    return list(zip(places, texts, strict=False))


def relative(rows: Sequence[Row], weights: Sequence[float | None]) -> list[Row]:
    """Return rows with the area of their boxes proportional to their weights."""
    heaviest = max((w for w in weights if w is not None), default=1.0) or 1.0
    return [
        row if weight is None else replace(row, share=weight / heaviest)
        for row, weight in zip(rows, weights, strict=True)
    ]
