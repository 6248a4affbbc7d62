"""The boxes and arrows of a flow diagram, in the arms and phases of PRISMA 2020."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from analysis.figures.lettering import Face, text_width, wrap
from analysis.figures.sheet import Sheet
from analysis.figures.style import FAINT, INK, MARGIN, PAPER, SMALL, SOFT, TINT, WIDTH

PHASES = ("Identification", "Screening", "Included")
NOT_COUNTED = "not counted"
_PHASE_ROWS = ((0,), (1, 2), (3, 4))
_SIZE = 7.5
_LEADING = 9.6
_PAD = 5.0
_STRIP = 15.0  # the names of the phases, at the left
_BETWEEN = 14.0  # columns; arrows run there
_BELOW = 15.0  # rows


@dataclass(frozen=True)
class Cell:
    """A box of the diagram: paragraphs of text, an item indented."""

    key: str
    lines: tuple[tuple[str, bool], ...]


@dataclass
class Column:
    """A column of boxes by row: 0 identification, 1 screening, 2 eligibility, 3 and 4 included."""

    cells: dict[int, Cell] = field(default_factory=dict)
    left: float = 0.0
    right: float = 0.0

    @property
    def middle(self) -> float:
        """Where its arrows run."""
        return (self.left + self.right) / 2


@dataclass
class Arm:
    """One way by which studies were found: its heading, its main column and that of reasons."""

    title: str
    main: Column
    side: Column | None = None

    @property
    def columns(self) -> list[Column]:
        """Its columns from left to right."""
        return [self.main, self.side] if self.side else [self.main]


class Diagram:
    """Lays arms out side by side; in an update the first arm holds the previous studies."""

    def __init__(self, name: str, arms: Sequence[Arm], update: bool) -> None:
        self.sheet, self.arms, self.update = Sheet(name), arms, update
        columns = [column for arm in arms for column in arm.columns]
        self.size = _SIZE if len(columns) < 4 else SMALL
        room = WIDTH - 2 * MARGIN - _STRIP - 6.0 - _BETWEEN * (len(columns) - 1)
        widest = 215.0
        shares = [0.8 if update and column is columns[0] else 1.0 for column in columns]
        unit = min(room / sum(shares), widest)
        x = MARGIN + _STRIP + 6.0
        x += (room - unit * sum(shares)) / 2 if len(columns) < 3 else 0.0
        for column, share in zip(columns, shares, strict=True):
            column.left, column.right = x, x + unit * share
            x = column.right + _BETWEEN
        self.columns = columns

    def draw(self, note: str = "") -> Sheet:
        """Return the sheet with every box, arrow and phase on it, and a note below them."""
        y = self._titles(MARGIN)
        spans: dict[int, tuple[float, float]] = {}
        for row, height in self._heights().items():
            spans[row] = (y, y + height)
            y += height + _BELOW
        for column in self.columns:
            for row, cell in column.cells.items():
                self._box(column, cell, *spans[row])
        self._arrows(spans)
        self._phases(spans)
        foot = y - _BELOW + MARGIN
        return self.sheet.end_with(note, foot + 7.0) if note else self.sheet.end(foot)

    def _heights(self) -> dict[int, float]:
        """Return the height of each row; a phase is never shorter than its name is long."""
        found: dict[int, float] = {}
        for column in self.columns:
            for row, cell in column.cells.items():
                found[row] = max(found.get(row, 0.0), self._height(column, cell))
        for name, phase in zip(PHASES, _PHASE_ROWS, strict=True):
            rows = [row for row in phase if row in found]
            have = sum(found[row] for row in rows) + _BELOW * (len(rows) - 1)
            lacking = text_width(name, _SIZE, "semibold") + 8.0 - have
            for row in rows:
                found[row] += max(lacking, 0.0) / len(rows)
        return dict(sorted(found.items()))

    def _titles(self, y: float) -> float:
        lines = {}
        for i, arm in enumerate(self.arms):
            width = arm.columns[-1].right - arm.main.left - 8.0
            lines[i] = wrap(arm.title, width, self.size, "semibold")
        height = max(map(len, lines.values())) * _LEADING + 6.0
        for i, arm in enumerate(self.arms):
            left, right = arm.main.left, arm.columns[-1].right
            self.sheet.box(left, y, right, y + height, fill=FAINT)
            first = y + height / 2 - (len(lines[i]) - 1) * _LEADING / 2
            self.sheet.lines(
                (left + right) / 2, first, lines[i], leading=_LEADING, size=self.size,
                face="semibold", align="center",
            )  # fmt: skip
        return y + height + 8.0

    def _lines(self, column: Column, cell: Cell) -> list[tuple[str, float, Face]]:
        width = column.right - column.left - 2 * _PAD
        lines: list[tuple[str, float, Face]] = []
        for text, item in cell.lines:
            face: Face = "regular" if item else "semibold"
            indent = 7.0 if item else 0.0
            for line in _wrap_counts(text, width - indent, self.size, face):
                lines.append((line, indent, face))
        return lines

    def _height(self, column: Column, cell: Cell) -> float:
        return len(self._lines(column, cell)) * _LEADING + 2 * _PAD

    def _box(self, column: Column, cell: Cell, top: float, bottom: float) -> None:
        sheet = self.sheet
        sheet.box(
            column.left, top, column.right, bottom,
            fill=PAPER, edge=SOFT, width=0.7, key=f"cell:{cell.key}",
        )  # fmt: skip
        lines = self._lines(column, cell)
        y = (top + bottom) / 2 - (len(lines) - 1) * _LEADING / 2
        for i, (text, indent, face) in enumerate(lines):
            key = f"text:{cell.key}:{i}"
            sheet.text(column.left + _PAD + indent, y, text, size=self.size, face=face, key=key)
            y += _LEADING

    def _arrows(self, spans: dict[int, tuple[float, float]]) -> None:
        middle = {row: (top + bottom) / 2 for row, (top, bottom) in spans.items()}
        target = next(c for c in self.columns if 3 in c.cells)
        for arm in self.arms:
            main, side = arm.main, arm.side
            rows = sorted(main.cells)
            for upper, lower in pairwise(rows):
                self._arrow([(main.middle, spans[upper][1]), (main.middle, spans[lower][0])])
            for row in side.cells if side else ():
                self._arrow([(main.right, middle[row]), (side.left, middle[row])])  # type: ignore[union-attr]
            if main is target:
                continue
            last, end = rows[-1], 4 if 4 in target.cells and arm is self.arms[0] else 3
            x = main.middle
            edge = target.left if main.right < target.left else target.right
            self._arrow([(x, spans[last][1]), (x, middle[end]), (edge, middle[end])])

    def _arrow(self, points: list[tuple[float, float]]) -> None:
        (x0, y0), (x, y) = points[-2:]
        dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
        back = (x - 4.0 * dx, y - 4.0 * dy)
        self.sheet.line([*points[:-1], back], colour=SOFT, width=0.8)
        wing = (2.4 * dy, 2.4 * dx)
        self.sheet.polygon(
            [
                (x, y),
                (back[0] + wing[0], back[1] + wing[1]),
                (back[0] - wing[0], back[1] - wing[1]),
            ],
            fill=SOFT,
        )

    def _phases(self, spans: dict[int, tuple[float, float]]) -> None:
        for name, phase in zip(PHASES, _PHASE_ROWS, strict=True):
            rows = [spans[row] for row in phase if row in spans]
            if not rows:
                continue
            top, bottom = rows[0][0], rows[-1][1]
            self.sheet.box(MARGIN, top, MARGIN + _STRIP, bottom, fill=TINT, edge=FAINT)
            self.sheet.text(
                MARGIN + _STRIP / 2, (top + bottom) / 2, name,
                size=_SIZE, face="semibold", colour=INK, turn=90,
            )  # fmt: skip


def _wrap_counts(text: str, width: float, size: float, face: Face) -> list[str]:
    """Break into lines; '(n = 12)' is never torn apart."""
    glued = text.replace("(n = ", "(n\x00=\x00").replace(f"({NOT_COUNTED})", "(not\x00counted)")
    lines: list[str] = []
    for word in glued.split():
        word = word.replace("\x00", " ")
        if lines and text_width(f"{lines[-1]} {word}", size, face) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
