"""A sheet of paper measured in points from its top left corner, and the marks on it.

Figures here are half tables, so nothing is left to automatic layout: a figure works out its
columns from the true widths of its texts, draws downwards, and ends where it ends. The marks
are plain values; `svg.py` and `png.py` turn one and the same list into the two pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from analysis.figures.lettering import CAP_HEIGHT, UNITS, Face, Setting, set_text, wrap
from analysis.figures.style import INK, MARGIN, SIZE, SMALL, SOFT, WIDTH

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class Writing:
    """A line of text: `x, y` is where its baseline begins, `turn` is 0 or 90 (upwards).

    `halo` is the width of paper that keeps what is behind the letters off them.
    """

    x: float
    y: float
    text: str
    size: float
    face: Face
    colour: str
    turn: int = 0
    key: str | None = None
    halo: float = 0.0

    @property
    def setting(self) -> Setting:
        """The glyphs."""
        return set_text(self.text, self.face)

    @property
    def ink(self) -> Box:
        """The box around what is black."""
        left, bottom, right, top = (v * self.size / UNITS for v in self.setting.ink)
        if self.turn:
            return self.x - top, self.y - right, self.x - bottom, self.y - left
        return self.x + left, self.y - top, self.x + right, self.y - bottom


@dataclass(frozen=True)
class Stroke:
    """A line through points; `dash` gives the lengths of dashes and gaps."""

    points: tuple[Point, ...]
    colour: str
    width: float
    dash: tuple[float, ...] | None = None
    key: str | None = None


@dataclass(frozen=True)
class Shape:
    """A closed shape, filled, edged or both."""

    points: tuple[Point, ...]
    fill: str | None
    edge: str | None
    width: float
    dash: tuple[float, ...] | None = None
    key: str | None = None


@dataclass(frozen=True)
class Disc:
    """A circle."""

    x: float
    y: float
    radius: float
    fill: str | None
    edge: str | None
    width: float
    key: str | None = None


Mark = Writing | Stroke | Shape | Disc


@dataclass
class Sheet:
    """A figure while it is drawn. x grows to the right, y grows downwards, both in points.

    What is drawn later lies above what was drawn before, but for what is drawn `under` all
    else. `key` names a mark, as 'box:thorsen': it is its id in the SVG, after the figure's name.
    """

    name: str
    width: float = WIDTH
    height: float = 0.0
    above: list[Mark] = field(default_factory=list)
    below: list[Mark] = field(default_factory=list)

    @property
    def marks(self) -> list[Mark]:
        """All marks in the order in which they are painted."""
        return self.below + self.above

    def end(self, height: float) -> Sheet:
        """Set the height of the sheet; before it there is no picture."""
        self.height = height
        return self

    def end_with(self, note: str, y: float) -> Sheet:
        """Write a note across the foot, its first line centred on y, and end the sheet."""
        lines = wrap(note, WIDTH - 2 * MARGIN, SMALL)
        y = self.lines(MARGIN, y, lines, leading=9.6, size=SMALL, colour=SOFT)
        return self.end(y - 1.0)

    def _add(self, mark: Mark, under: bool) -> None:
        (self.below if under else self.above).append(mark)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = SIZE,
        face: Face = "regular",
        colour: str = INK,
        align: Literal["left", "center", "right"] = "left",
        turn: int = 0,
        key: str | None = None,
        halo: float = 0.0,
    ) -> None:
        """Write one line whose capitals are centred on y; turned by 90, centred on (x, y)."""
        text = str(text)
        if not text:
            return
        width = set_text(text, face).width * size / UNITS
        drop = CAP_HEIGHT * size / 2
        if turn:
            at = (x + drop, y + width / 2)
        else:
            at = (x - {"left": 0.0, "center": 0.5, "right": 1.0}[align] * width, y + drop)
        self.above.append(Writing(*at, text, size, face, colour, turn, key, halo))

    def lines(
        self, x: float, y: float, texts: Sequence[str], *, leading: float, **how: Any
    ) -> float:
        """Write lines below each other, the first centred on y; return the y below the last."""
        for text in texts:
            self.text(x, y, text, **how)
            y += leading
        return y

    def line(
        self,
        points: Sequence[Point],
        *,
        colour: str = INK,
        width: float = 0.8,
        dash: tuple[float, ...] | None = None,
        key: str | None = None,
        under: bool = False,
    ) -> None:
        """Draw a line through the points."""
        self._add(Stroke(tuple(points), colour, width, dash, key), under)

    def polygon(
        self,
        points: Sequence[Point],
        *,
        fill: str | None = INK,
        edge: str | None = None,
        width: float = 0.8,
        dash: tuple[float, ...] | None = None,
        key: str | None = None,
        under: bool = False,
    ) -> None:
        """Draw a closed shape."""
        self._add(Shape(tuple(points), fill, edge, width, dash, key), under)

    def box(self, left: float, top: float, right: float, bottom: float, **how: Any) -> None:
        """Draw a rectangle."""
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], **how)

    def disc(
        self,
        x: float,
        y: float,
        radius: float,
        *,
        fill: str | None = INK,
        edge: str | None = None,
        width: float = 0.8,
        key: str | None = None,
    ) -> None:
        """Draw a circle."""
        self._add(Disc(x, y, radius, fill, edge, width, key), under=False)
