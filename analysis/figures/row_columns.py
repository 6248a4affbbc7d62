"""Where the columns of a table of rows stand, from the widths of what is in them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from analysis import words
from analysis.figures.lettering import Face, text_width, wrap
from analysis.figures.marks import ARROW
from analysis.figures.rows import Row, Table
from analysis.figures.scale import Scale, window
from analysis.figures.style import MARGIN, SIZE, SMALL, TALLEST, WIDTH
from analysis.terms import SHORT, capitalised

PITCH = 13.0
CLOSEST = 7.7  # lines of 7 point print no closer
GAP = 9.0  # between columns
LEADING = 9.6  # of the notes below
_WIDEST_LABEL = 165.0
_LEAST_PLOT = 120.0


def most_rows(notes: Sequence[str], signs: bool) -> int:
    """Return how many lines fit a page at the closest pitch, below a heading and above notes."""
    lines = wrap(" ".join(notes), WIDTH - 2 * MARGIN, SMALL)
    return math.floor((TALLEST - _fixed_height(len(lines), signs, 1)) / CLOSEST)


def _fixed_height(notes: int, signs: bool, rules: int) -> float:
    return 68.5 + 4.0 * rules + LEADING * notes + (10.0 if signs else 0.0) + (7.0 if notes else 0)


class Columns:
    """The pitch of the lines, the size of their type, and the place of each column."""

    def __init__(self, table: Table) -> None:
        self.table = table
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

    def width(self, text: str, face: Face = "semibold") -> float:
        """Return the width of a text at the size of the lines, in points."""
        return text_width(text, self.size, face)

    def _write_estimates(self) -> None:
        table = self.table
        self.est: dict[str, str] = {}
        self.ci: dict[str, str] = {}
        for row in table.rows:
            if row.printed is not None:
                est, ci = row.printed
                self.est[row.key], self.ci[row.key] = est, ci + row.mark_of_note
                continue
            if row.est is None:
                continue
            if row.mark != "bar":
                self.est[row.key] = str(words.effect(row.est, table.measure))
            if row.lb is not None and row.ub is not None:
                ci = f"({words.interval(row.lb, row.ub, table.measure)})"
                self.ci[row.key] = ci + row.mark_of_note
        name = capitalised(SHORT[table.measure])
        level = table.level
        kind = "interval" if level is None else f"{words.confidence(level)} CI"
        self.head = table.est_head or f"{name} ({kind})"

    def _set_columns(self) -> None:
        table, width = self.table, self.width
        x = self._set_left()
        self.sign_x = 0.0
        if table.signs is not None:
            room = max(width(table.signs.head), 9.0)
            self.sign_x = x + room / 2
            x += room + GAP
        stop = self._set_right() - GAP - ARROW
        # A row without cells may write over the empty columns, up to the plot.
        running = [r.indent + width(r.label, r.face) for r in table.rows if _runs_on(r)]
        start = max([x, *(MARGIN + w + GAP for w in running)])
        start = min(start, max(x, stop - _LEAST_PLOT)) + ARROW
        spans = [
            (r.est, r.est if r.lb is None else r.lb, r.est if r.ub is None else r.ub)
            for r in table.span or table.rows
            if r.est is not None
        ]
        lo, hi = window(spans, table.ratio, table.null)
        lo, hi = max(lo, table.bounds[0]), min(hi, table.bounds[1])
        self.scale = Scale(lo, hi, start, stop, table.ratio)

    def _set_left(self) -> float:
        """Place the label and the cells before the plot; return where the next column begins."""
        table, width = self.table, self.width
        beside = [r for r in table.rows if r.left] if table.left_heads else list(table.rows)
        label = max([width(table.label_head)] + [r.indent + width(r.label, r.face) for r in beside])
        self.label_room = min(label, _WIDEST_LABEL)
        self.left_start = start = MARGIN + self.label_room + GAP
        heads = table.left_heads
        rooms = [
            max(map(width, [head, *(r.left[i] for r in table.rows if len(r.left) == len(heads))]))
            for i, head in enumerate(heads)
        ]
        # One cell for all columns may be wider than they are together.
        single = max((width(r.left[0], r.face) for r in table.rows if len(r.left) == 1), default=0)
        if rooms:
            rooms[0] += max(0.0, single - sum(rooms) - GAP * (len(rooms) - 1))
        self.left: list[float] = []
        for room in rooms:
            self.left.append(start if table.left_text else start + room)
            start += room + GAP
        return start

    def _set_right(self) -> float:
        """Place the cells behind the plot and the estimates; return where these begin."""
        table, width = self.table, self.width
        right = WIDTH - MARGIN
        self.right: list[float] = []
        for i, head in reversed(list(enumerate(table.right_heads))):
            cells = [r.right[i] for r in table.rows if len(r.right) > i]
            self.right.insert(0, right)
            right -= max(map(width, [head, *cells])) + GAP
        # Estimates stand with their points below each other, whatever their decimals.
        whole_part = max((width(t.partition(".")[0]) for t in self.est.values()), default=0.0)
        rest = max((width(t) - width(t.partition(".")[0]) for t in self.est.values()), default=0.0)
        written = whole_part + rest + 2.5 + max(map(width, self.ci.values()), default=0.0)
        self.est_left = right - max(written, width(self.head))
        self.est_point = self.est_left + whole_part
        self.ci_left = self.est_point + rest + 2.5
        return self.est_left


def _runs_on(row: Row) -> bool:
    return not row.left and row.est is not None
