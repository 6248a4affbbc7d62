"""A plot with two axes on a sheet: where values lie, what is cut off, which labels fit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from analysis.figures.lettering import text_width
from analysis.figures.scale import Scale, tick_texts
from analysis.figures.sheet import Box, Point, Sheet
from analysis.figures.style import INK, SMALL, SOFT

_CLEARER = 2.5  # points by which a name without a tie is nearer to its disc than to any other
_APART = 5.0  # points that a name with a tie keeps from other discs, if it is no nearer to its own
_HALO = 1.2


@dataclass(frozen=True)
class Named:
    """A disc (place and radius in points) and its name."""

    key: str
    text: str
    x: float
    y: float
    radius: float

    @property
    def box(self) -> Box:
        """The square that holds most of the disc."""
        side = 0.92 * self.radius
        return self.x - side, self.y - side, self.x + side, self.y + side


@dataclass
class Plane:
    """A rectangle of paper with an axis below (`x`) and one at its left (`y`).

    `y` runs from the bottom of the paper to its top: y.left is the lower edge.
    """

    sheet: Sheet
    x: Scale
    y: Scale
    taken: list[Box] = field(default_factory=list)
    crossed: list[Box] = field(default_factory=list)
    discs: list[Box] = field(default_factory=list)
    unnamed: list[Named] = field(default_factory=list)

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

    def mark(self, points: Sequence[Named]) -> None:
        """Keep names off the discs of these points."""
        self.discs += [point.box for point in points]
        self.taken += [point.box for point in points]

    def avoid(self, start: Point, end: Point) -> None:
        """Keep labels off a straight line, if they fit elsewhere."""
        steps = max(2, math.ceil(math.dist(start, end) / 2))  # no gap between them
        for i in range(steps + 1):
            x = start[0] + (end[0] - start[0]) * i / steps
            y = start[1] + (end[1] - start[1]) * i / steps
            self.crossed.append((x - 1.0, y - 1.0, x + 1.0, y + 1.0))

    def name(self, points: Sequence[Named]) -> int:
        """Name points where the names hit nothing; return how many there was room for.

        Those without room are `unnamed`.

        Best is close by, nearest to the own point and off the lines; those that find such a
        place go first. Next is farther off, tied to the point by a thin line that crosses no
        other, and well apart from other points; next close by and across as few lines as can be;
        last tied across a line.
        """
        waiting = [point for point in points if not self._close_by(point)]
        lost = [
            point
            for point in waiting
            if not (self._tied(point) or self._across(point) or self._tied(point, across=True))
        ]
        self.unnamed += lost
        return len(points) - len(lost)

    def _close_by(self, point: Named) -> bool:
        for box in self._free(point, point.radius + 2.0):
            if self._is_clear(box) and self._is_nearest(box, point):
                return self._write(box, point)
        return False

    def _tied(self, point: Named, *, across: bool = False) -> bool:
        for more in (8.0, 16.0, 26.0, 38.0, 52.0):
            for box in filter(self._is_clear, self._free(point, point.radius + more)):
                tie = _tie((point.x, point.y), box, point.radius + 0.5)
                hit = [other for other in self.taken if other != point.box]
                if not across:
                    hit += [line for line in self.crossed if not overlap(line, point.box)]
                free = not any(_crosses(tie, other) for other in hit)
                if free and self._is_apart(box, point):
                    self.sheet.line(tie, colour=SOFT, width=0.4, key=f"tie:{point.key}")
                    self.avoid(*tie)
                    return self._write(box, point)
        return False

    def _across(self, point: Named) -> bool:
        boxes = self._free(point, point.radius + 2.0)
        for box in sorted(boxes, key=lambda box: sum(overlap(box, at) for at in self.crossed)):
            if self._is_nearest(box, point):
                return self._write(box, point)
        return False

    def _is_nearest(self, box: Box, point: Named) -> bool:
        return self._beside(box, point) > _distance(box, point.box) + _CLEARER

    def _is_apart(self, box: Box, point: Named) -> bool:
        return self._beside(box, point) > min(_distance(box, point.box), _APART)

    def _beside(self, box: Box, point: Named) -> float:
        """Return how far a name would be from the nearest disc that is not its own."""
        others = (_distance(box, other) for other in self.discs if other != point.box)
        return min(others, default=math.inf)

    def _free(self, point: Named, away: float) -> list[Box]:
        x, y, text = point.x, point.y, point.text
        left, top, right, bottom = self.box
        width, half = text_width(text, SMALL), 0.42 * SMALL
        boxes: list[Box] = []
        for dx, dy in ((1, 0), (-1, 0), (1, -1), (1, 1), (-1, -1), (-1, 1), (0, -1), (0, 1)):
            start = x + dx * away + (-width if dx < 0 else -width / 2 if dx == 0 else 0.0)
            middle = y + dy * (away * (0.6 if dx else 1.0) + half)
            boxes.append((start, middle - half - 0.5, start + width, middle + half + 0.5))
        return [
            box
            for box in boxes
            if box[0] > left + 2 and box[2] < right and box[1] > top and box[3] < bottom - 2
            if not any(overlap(box, other) for other in self.taken)
        ]

    def _is_clear(self, box: Box) -> bool:
        return not any(overlap(box, other) for other in self.crossed)

    def _write(self, box: Box, point: Named) -> bool:
        self.taken.append(box)
        middle = (box[1] + box[3]) / 2
        key = f"label:{point.key}"
        self.sheet.text(box[0], middle, point.text, size=SMALL, colour=INK, key=key, halo=_HALO)
        return True


def _distance(one: Box, two: Box) -> float:
    dx = max(one[0] - two[2], two[0] - one[2], 0.0)
    dy = max(one[1] - two[3], two[1] - one[3], 0.0)
    return math.hypot(dx, dy)


def _tie(point: Point, box: Box, away: float) -> tuple[Point, Point]:
    """Return the line from the rim of a disc to the nearest place of a box."""
    x = min(max(point[0], box[0] - 1.0), box[2] + 1.0)
    y = min(max(point[1], box[1]), box[3])
    length = math.dist(point, (x, y)) or 1.0
    share = away / length
    return (point[0] + share * (x - point[0]), point[1] + share * (y - point[1])), (x, y)


def _crosses(line: tuple[Point, Point], box: Box) -> bool:
    (x0, y0), (x1, y1) = line
    beside = max(x0, x1) <= box[0] or min(x0, x1) >= box[2]
    if beside or max(y0, y1) <= box[1] or min(y0, y1) >= box[3]:
        return False
    steps = max(2, round(math.dist(*line)))
    return any(
        box[0] < x0 + (x1 - x0) * i / steps < box[2]
        and box[1] < y0 + (y1 - y0) * i / steps < box[3]
        for i in range(1, steps)
    )


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
