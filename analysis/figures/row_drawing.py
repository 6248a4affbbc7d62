"""Draws a table of rows: heading, lines, marks, axis, notes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from analysis.figures.lettering import shorten
from analysis.figures.marks import ARROW, arrow_head, bar, diamond, whisker
from analysis.figures.row_columns import GAP, LEADING, Columns
from analysis.figures.rows import NOT_REPORTED, Row, Table
from analysis.figures.scale import draw_axis
from analysis.figures.sheet import Sheet
from analysis.figures.style import (
    FAINT,
    INK,
    MARGIN,
    PAPER,
    RULE,
    SMALL,
    SOFT,
    TINT,
    VERMILLION,
    WIDTH,
)


def draw_rows(table: Table) -> Sheet:
    """Draw a table of rows; its lines move together so that it fits a page if it can."""
    return _Drawing(table).draw()


class _Drawing:
    def __init__(self, table: Table) -> None:
        self.table = table
        self.sheet = Sheet(table.name)
        self.columns = Columns(table)

    def draw(self) -> Sheet:
        sheet, table = self.sheet, self.table
        top = self._header(MARGIN + 1.0)
        y = top + 3.0
        self._band(top)
        line_y = y
        for row in table.rows:
            step = self.columns.pitch * row.height
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
        y = draw_axis(sheet, self.columns.scale, bottom, table.axis_title) + 1.0
        y = self._favours(y)
        if self.columns.notes:
            sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=RULE, width=0.6)
            y += 8.0
            y = sheet.lines(MARGIN, y, self.columns.notes, leading=LEADING, size=SMALL, colour=SOFT)
        if table.signs is not None:
            y = table.signs.legend(sheet, MARGIN, y + (0.0 if self.columns.notes else 6.0))
        return sheet.end(y - 1.0)

    def _header(self, y: float) -> float:
        sheet, size, table = self.sheet, self.columns.size, self.table
        sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=INK, width=0.9)
        y += 9.0
        if table.left_over and self.columns.left:
            middle = (self.columns.left_start + self.columns.left[-1]) / 2
            sheet.text(middle, y, table.left_over, size=SMALL, align="center", colour=SOFT)
            y += 9.5
        else:
            y += 1.0
        sheet.text(MARGIN, y, table.label_head, size=size, face="semibold")
        for x, head in _pairs(self.columns.left, table.left_heads):
            sheet.text(x, y, head, size=size, face="semibold", align=self.columns.left_align)
        for x, head in _pairs(self.columns.right, table.right_heads):
            sheet.text(x, y, head, size=size, face="semibold", align="right")
        if table.signs is not None:
            sheet.text(
                self.columns.sign_x, y, table.signs.head, size=size, face="semibold", align="center"
            )
        sheet.text(self.columns.est_left, y, self.columns.head, size=size, face="semibold")
        y += 7.5
        sheet.line([(MARGIN, y), (WIDTH - MARGIN, y)], colour=INK, width=0.5)
        return y

    def _row(self, row: Row, y: float) -> None:
        sheet, size, face = self.sheet, self.columns.size, row.face
        x = MARGIN + row.indent
        if row.soft:
            sheet.text(x, y, row.label, size=SMALL, colour=SOFT, key=row.key)
            return
        room = (
            self.columns.label_room - row.indent
            if row.left
            else self.columns.scale.left - ARROW - GAP / 2 - x
        )
        if row.est is None and not row.left:
            room = WIDTH - MARGIN - x
        sheet.text(x, y, shorten(row.label, room, size, face), size=size, face=face, key=row.key)
        for at, text in _pairs(self.columns.left[-len(row.left) :], row.left):
            colour = SOFT if text == NOT_REPORTED else INK
            sheet.text(
                at, y, text, size=size, face=face, align=self.columns.left_align, colour=colour
            )
        for right, text in _pairs(self.columns.right, row.right):
            sheet.text(right, y, text, size=size, face=face, align="right")
        if self.table.signs is not None and row.study is not None:
            self.table.signs.draw(sheet, row.study, self.columns.sign_x, y)
        if row.est is not None:
            self._mark(row, row.est, y)
        est = self.columns.est.get(row.key, "")
        at = self.columns.est_point - self.columns.width(est.partition(".")[0], face)
        sheet.text(at, y, est, size=size, face=face)
        sheet.text(self.columns.ci_left, y, self.columns.ci.get(row.key, ""), size=size, face=face)

    def _mark(self, row: Row, est: float, y: float) -> None:
        sheet, scale, name = self.sheet, self.columns.scale, row.study or row.key
        x = scale.at(est)
        lb, ub = (est if row.lb is None else row.lb), (est if row.ub is None else row.ub)
        if row.mark == "bar":
            bar(sheet, scale, lb, ub, y, row.colour, key=f"bar:{name}")
            return
        if row.mark == "diamond":
            half = min(self.columns.pitch * 0.36, 4.6)
            diamond(
                sheet, scale, (lb, est, ub), y, half, row.hollow, colour=row.colour,
                key=f"diamond:{name}",
            )  # fmt: skip
            return
        colour = INK if row.mark == "box" else row.colour
        whisker(sheet, scale, lb, ub, y, colour=colour, key=f"interval:{name}")
        fill, edge = (PAPER, row.colour) if row.hollow else (row.colour, None)
        if row.mark == "disc":
            sheet.disc(
                x, y, min(self.columns.pitch * 0.26, 2.9), fill=fill, edge=edge, key=f"disc:{name}"
            )
            return
        half = min(self.columns.pitch * 0.78, 9.5) * math.sqrt(row.share) / 2
        if half < 1.0:  # too small to be seen: a stroke marks the place
            sheet.line([(x, y - 1.5), (x, y + 1.5)], colour=row.colour, width=0.7)
        sheet.box(x - half, y - half, x + half, y + half, fill=fill, edge=edge, key=f"box:{name}")
        inside = [(max(scale.at(lb), x - half), y), (min(scale.at(ub), x + half), y)]
        if scale.at(ub) - scale.at(lb) < 2 * half:  # the box would hide the interval
            sheet.line(inside, colour=PAPER, width=0.9)

    def _band(self, top: float) -> None:
        table, scale = self.table, self.columns.scale
        if table.band is not None:
            rows = sum(self.columns.pitch * row.height + 4.0 * row.rule for row in table.rows)
            left = max(scale.at(table.band[0]), scale.left)
            right = min(scale.at(table.band[1]), scale.right)
            bottom = top + 5.0 + rows
            self.sheet.box(left, top, right, bottom, fill=TINT, key="band", under=True)

    def _reference(self, top: float, line_y: float, bottom: float) -> None:
        table, scale = self.table, self.columns.scale
        if table.null is not None:
            null = scale.at(table.null)
            self.sheet.line([(null, top), (null, bottom)], width=0.6, key="null", under=True)
        if table.line_at is not None:
            x = scale.at(table.line_at)
            self.sheet.line(
                [(x, top), (x, line_y)], colour=VERMILLION, width=0.7, dash=(2.0, 2.0),
                key="line", under=True,
            )  # fmt: skip

    def _favours(self, y: float) -> float:
        if self.table.null is None:
            return y + 2.0
        sheet, null = self.sheet, self.columns.scale.at(self.table.null)
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
