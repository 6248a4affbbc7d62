"""A table with a plot in it: one line an estimate, its interval drawn and written.

Forest plots, leave-one-out, cumulative and other figures are all such tables; each says what
its rows are and leaves the drawing to `row_drawing`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from analysis.effects import ONE_GROUP, is_ratio
from analysis.figures.lettering import Face
from analysis.figures.sheet import Sheet
from analysis.figures.style import BLUE

NOT_REPORTED = "NR"


@dataclass(frozen=True)
class Row:
    """One line. est, lb, ub are on the printed scale; `printed` replaces what would be written,
    and `mark_of_note` follows it.

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
    mark_of_note: str = ""

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
    although they stand on another page; the reference line ends in the row `line_to`. `level` is
    None where the intervals have several. The axis keeps within `bounds`.
    """

    name: str
    rows: tuple[Row, ...]
    measure: str
    level: float | None
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
    bounds: tuple[float, float] = (-math.inf, math.inf)
    axis_title: str = ""

    @property
    def ratio(self) -> bool:
        """Whether the axis is one of ratios."""
        return is_ratio(self.measure)

    @property
    def null(self) -> float | None:
        """No effect; None where no value is that, and then there are no sides to favour."""
        if self.measure in ONE_GROUP:
            return None
        return 1.0 if self.ratio else 0.0


def relative(rows: Sequence[Row], weights: Sequence[float | None]) -> list[Row]:
    """Return rows with the area of their boxes proportional to their weights."""
    heaviest = max((w for w in weights if w is not None), default=1.0) or 1.0
    return [
        row if weight is None else replace(row, share=weight / heaviest)
        for row, weight in zip(rows, weights, strict=True)
    ]
