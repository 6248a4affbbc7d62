"""Axes: where a value stands on the paper, and which values are written under it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.figures.lettering import text_width
from analysis.figures.sheet import Sheet
from analysis.figures.style import INK, SMALL, SOFT
from analysis.words import MINUS

# Ladders of ticks for ratios, from coarse to fine; each holds 1.
_LADDERS: tuple[tuple[float, ...], ...] = (
    tuple(10.0**i for i in range(-12, 13)),
    (1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1e3, 1e4),
    (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
    (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20),
    (0.125, 0.25, 0.5, 1, 2, 4, 8),
    (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4),
    tuple(i / 10 for i in range(2, 21, 2)),
    tuple(i / 10 for i in range(5, 17)),
    tuple(i / 100 for i in range(60, 141, 5)),
    tuple(i / 100 for i in range(80, 121, 2)),
    tuple(i / 100 for i in range(90, 111)),
    tuple(i / 1000 for i in range(980, 1021, 5)),
    tuple(i / 1000 for i in range(990, 1011)),
)
_MOST_TICKS = 7
_WORTH_SHOWING_ALL = 1.5  # an axis longer by half is better than an arrow


@dataclass(frozen=True)
class Scale:
    """A linear or logarithmic axis from value `lo` at x = `left` to `hi` at x = `right`."""

    lo: float
    hi: float
    left: float
    right: float
    log: bool = False

    def _share(self, value: float) -> float:
        if self.log:
            return math.log(value / self.lo) / math.log(self.hi / self.lo)
        return (value - self.lo) / (self.hi - self.lo)

    def at(self, value: float) -> float:
        """Return the place of a value in points; it may lie outside the axis."""
        if self.log and value <= 0:
            return -math.inf
        if math.isinf(value):
            return value
        return self.left + self._share(value) * (self.right - self.left)

    def value(self, place: float) -> float:
        """Return the value at a place: the inverse of `at`."""
        share = (place - self.left) / (self.right - self.left)
        if self.log:
            return float(self.lo * (self.hi / self.lo) ** share)
        return self.lo + share * (self.hi - self.lo)

    def ticks(self) -> tuple[float, ...]:
        """Return round values inside the axis."""
        lo, hi = sorted((self.lo, self.hi))
        return ratio_ticks(lo, hi) if self.log else even_ticks(lo, hi)


def ratio_ticks(lo: float, hi: float) -> tuple[float, ...]:
    """Return at most seven round ratios between lo and hi, as many as there can be."""
    choices = [tuple(t for t in ladder if lo <= t <= hi) for ladder in _LADDERS]
    allowed = [c for c in choices if len(c) <= _MOST_TICKS]
    # Ticks that leave three tenths of the axis bare say less than a coarser ladder that spans it.
    spanning = [c for c in allowed if len(c) > 1 and _spans(c, lo, hi)]
    return max(spanning or allowed, key=len)


def _spans(ticks: Sequence[float], lo: float, hi: float) -> bool:
    whole = math.log(hi / lo)
    return max(math.log(ticks[0] / lo), math.log(hi / ticks[-1])) < 0.3 * whole


def even_ticks(lo: float, hi: float, most: int = 6) -> tuple[float, ...]:
    """Return at most `most` evenly spaced round values between lo and hi."""
    rough = (hi - lo) / most
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1.0, 2.0, 2.5, 5.0, 10.0):
        step = factor * power
        first, last = math.ceil(lo / step - 1e-9), math.floor(hi / step + 1e-9)
        if last - first + 1 <= most:
            break
    return tuple(round(i * step, 12) for i in range(first, last + 1))


def tick_texts(values: Sequence[float]) -> list[str]:
    """Return the values of an axis with no more decimals than each needs."""
    if any(v != 0 and (abs(v) < 1e-4 or abs(v) >= 1e6) for v in values):
        return [f"{v:g}".replace("-", MINUS) for v in values]
    texts = [f"{v:,.10f}".rstrip("0").rstrip(".") for v in values]
    return [text.replace("-", MINUS) for text in texts]


def window(
    rows: Iterable[tuple[float, float, float]], log: bool, null: float | None
) -> tuple[float, float]:
    """Return the values that an axis should span, for rows of (estimate, lower, upper).

    Every estimate lies inside, and no effect where there is such a value. Ends of intervals do
    as far as they reach no further than half as much again as most do beyond the outermost
    estimates: one wide interval would else press all others together, so it is drawn with an
    arrow.
    """
    to, back = (math.log, math.exp) if log else (float, float)
    points, ends, halves = [to(null)] if null is not None else [], [], []
    for est, lb, ub in rows:
        points.append(to(est))
        for end in (lb, ub):
            if math.isfinite(end) and not (log and end <= 0):
                ends.append(to(end))
                halves.append(abs(to(end) - to(est)))
    low, high = min(points), max(points)
    typical = sorted(halves)[int(0.8 * (len(halves) - 1))] if halves else 0.0
    reach = max(1.5 * typical, math.log(1.25) if log else 0.0)
    least, most = min([low, *ends]), max([high, *ends])
    lo, hi = max(least, low - reach), min(most, high + reach)
    if most - least < _WORTH_SHOWING_ALL * (hi - lo):
        lo, hi = least, most
    pad = 0.04 * (hi - lo) or 1.0
    return back(lo - pad), back(hi + pad)


def draw_axis(
    sheet: Sheet,
    scale: Scale,
    y: float,
    title: str = "",
    ticks: Sequence[float] | None = None,
) -> float:
    """Draw an axis downwards from y; return the y below it."""
    sheet.line([(scale.left, y), (scale.right, y)], colour=INK, width=0.7, key="axis")
    values = scale.ticks() if ticks is None else ticks
    texts = tick_texts(values)
    shown_to = -math.inf
    for value, text in zip(values, texts, strict=True):
        x = scale.at(value)
        sheet.line([(x, y), (x, y + 3)], colour=INK, width=0.7)
        half = text_width(text, SMALL) / 2
        if x - half > shown_to + 3:
            sheet.text(x, y + 8.5, text, size=SMALL, align="center", key=f"tick:{text}")
            shown_to = x + half
    y += 14
    if title:
        sheet.text(
            (scale.left + scale.right) / 2, y + 4, title, size=SMALL, align="center", colour=SOFT
        )
        y += 11
    return y
