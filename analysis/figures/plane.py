"""A plot with two axes on a sheet: where values lie, what is cut off, which labels fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.figures.lettering import text_width
from analysis.figures.scale import Scale, tick_texts
from analysis.figures.sheet import Box, Point, Sheet
from analysis.figures.style import INK, SMALL, SOFT

_TITLE_ROOM = 13.0


@dataclass
class Plane:
    """A rectangle of paper with an axis below (`x`) and one at its left (`y`).

    `y` runs from the bottom of the paper to its top: y.left is the lower edge.
    """

    sheet: Sheet
    x: Scale
    y: Scale
    taken: list[Box] = field(default_factory=list)

    @property
    def box(self) -> Box:
        """Left, top, right, bottom."""
        return self.x.left, self.y.right, self.x.right, self.y.left

    def at(self, x: float, y: float) -> Point:
        """Return the place of a pair of values."""
        return self.x.at(x), self.y.at(y)

    def inside(self, x: float, y: float) -> bool:
        """Say whether a pair of values lies on the plane."""
        return self.x.lo <= x <= self.x.hi and (
            min(self.y.lo, self.y.hi) <= y <= max(self.y.lo, self.y.hi)
        )

    def clipped(self, points: Sequence[Point]) -> list[Point]:
        """Return a closed shape, given in points, cut off at the edges of the plane."""
        left, top, right, bottom = self.box
        for axis, edge, sign in ((0, left, 1), (0, right, -1), (1, top, 1), (1, bottom, -1)):
            points = _cut(points, axis, edge, sign)
        return list(points)

    def segment(self, start: Point, end: Point) -> list[Point]:
        """Return a straight line, given in points, cut off at the edges; maybe nothing."""
        # Liang and Barsky (1984): the share of the line that lies inside each edge.
        left, top, right, bottom = self.box
        (x0, y0), dx, dy = start, end[0] - start[0], end[1] - start[1]
        low, high = 0.0, 1.0
        for p, q in ((-dx, x0 - left), (dx, right - x0), (-dy, y0 - top), (dy, bottom - y0)):
            if p == 0:
                if q < 0:
                    return []
            elif p < 0:
                low = max(low, q / p)
            else:
                high = min(high, q / p)
        if low > high:
            return []
        return [(x0 + low * dx, y0 + low * dy), (x0 + high * dx, y0 + high * dy)]

    def draw_axes(
        self,
        x_title: str,
        y_title: str,
        x_ticks: Sequence[tuple[float, str]] | None = None,
        y_ticks: Sequence[tuple[float, str]] | None = None,
    ) -> float:
        """Draw both axes with their titles; return the y below."""
        sheet = self.sheet
        left, top, right, bottom = self.box
        sheet.line([(left, top), (left, bottom), (right, bottom)], width=0.7, key="axes")
        last = -1e9
        for value, text in _texts(self.x, x_ticks):
            x, half = self.x.at(value), text_width(text, SMALL) / 2
            sheet.line([(x, bottom), (x, bottom + 3)], width=0.7)
            if x - half > last + 3:
                sheet.text(x, bottom + 8.5, text, size=SMALL, align="center", key=f"x:{text}")
                last = x + half
        widest = 0.0
        for value, text in _texts(self.y, y_ticks):
            y = self.y.at(value)
            sheet.line([(left - 3, y), (left, y)], width=0.7)
            sheet.text(left - 5, y, text, size=SMALL, align="right", key=f"y:{text}")
            widest = max(widest, text_width(text, SMALL))
        middle = (left + right) / 2
        sheet.text(middle, bottom + 19.0, x_title, size=SMALL, colour=SOFT, align="center")
        at = left - 5 - widest - 8.0
        sheet.text(at, (top + bottom) / 2, y_title, size=SMALL, colour=SOFT, turn=90)
        return bottom + 19.0 + 6.0

    def mark(self, box: Box) -> None:
        """Keep labels out of a box."""
        self.taken.append(box)

    def label(self, x: float, y: float, text: str, away: float, key: str) -> bool:
        """Write a text beside a point (in points) where it hits nothing; False if nowhere."""
        left, top, right, bottom = self.box
        width, half = text_width(text, SMALL), 0.42 * SMALL
        for dx, dy in ((1, 0), (-1, 0), (1, -1), (1, 1), (-1, -1), (-1, 1), (0, -1), (0, 1)):
            start = x + dx * away + (-width if dx < 0 else -width / 2 if dx == 0 else 0.0)
            middle = y + dy * (away * (0.6 if dx else 1.0) + half)
            box = (start, middle - half - 0.5, start + width, middle + half + 0.5)
            fits = box[0] > left + 2 and box[2] < right and box[1] > top and box[3] < bottom - 2
            if fits and not any(overlap(box, other) for other in self.taken):
                self.taken.append(box)
                self.sheet.text(start, middle, text, size=SMALL, colour=INK, key=key)
                return True
        return False


def overlap(one: Box, two: Box) -> bool:
    """Say whether two boxes share some paper."""
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]


def _texts(scale: Scale, ticks: Sequence[tuple[float, str]] | None) -> Sequence[tuple[float, str]]:
    if ticks is not None:
        return ticks
    values = scale.ticks()
    return list(zip(values, tick_texts(values), strict=True))


def _cut(points: Sequence[Point], axis: int, edge: float, sign: int) -> list[Point]:
    """Cut a shape at one edge (Sutherland and Hodgman 1974)."""
    kept: list[Point] = []
    for i, here in enumerate(points):
        before = points[i - 1]
        here_in, before_in = ((p[axis] - edge) * sign >= 0 for p in (here, before))
        if here_in != before_in:
            share = (edge - before[axis]) / (here[axis] - before[axis])
            kept.append(
                (
                    before[0] + share * (here[0] - before[0]),
                    before[1] + share * (here[1] - before[1]),
                )
            )
        if here_in:
            kept.append(here)
    return kept
