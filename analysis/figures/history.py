"""The pooled results of every edition, below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis import words
from analysis.effects import ONE_GROUP, is_ratio
from analysis.figures import Drawing, drawn
from analysis.figures.natural import on_natural
from analysis.figures.row_drawing import draw_rows
from analysis.figures.rows import Row, Table
from analysis.figures.sheet import Sheet


@dataclass(frozen=True)
class EditionPoint:
    """One result of one edition, on the printed scale; `k` studies."""

    version: str
    date: str
    k: int
    est: float
    lb: float
    ub: float


@dataclass(frozen=True)
class Series:
    """One analysis through the editions, the oldest first, as 'Overall survival (REML)'."""

    id: str
    label: str
    points: tuple[EditionPoint, ...]


def draw_history(
    name: str,
    series: Sequence[Series],
    measure: str,
    favours: tuple[str, str],
    level: float | None = 0.95,
) -> Drawing:
    """Draw the results of every edition; all series share a measure and an axis.

    `level` is that of the intervals, None where it is not one for all of them.
    """
    return drawn([history_sheet(name, series, measure, favours, level)])[0]


def history_sheet(
    name: str,
    series: Sequence[Series],
    measure: str,
    favours: tuple[str, str],
    level: float | None = 0.95,
) -> Sheet:
    """Lay out the results of every edition; hollow where the interval includes no effect."""
    null = 1.0 if is_ratio(measure) else 0.0
    rows = tuple(_rows(series, null))
    hollow = measure not in ONE_GROUP and any(row.hollow for row in rows)
    note = f"Hollow: the interval includes the null, {null:.0f}."
    table = Table(
        name=name,
        rows=rows,
        measure=measure,
        level=level,
        favours=favours,
        label_head="Edition",
        left_heads=("Released", "Studies"),
        notes=(note,) if hollow else (),
    )
    return draw_rows(on_natural(table))


def _rows(series: Sequence[Series], null: float) -> Iterator[Row]:
    for i, one in enumerate(series):
        if i:
            yield Row(f"gap:{one.id}", "", height=0.5)
        yield Row(f"group:{one.id}", one.label, bold=True)
        for point in one.points:
            yield Row(
                f"edition:{one.id}:{point.version}",
                point.version,
                (str(words.date(point.date)), str(words.count(point.k))),
                point.est,
                point.lb,
                point.ub,
                mark="disc",
                hollow=point.lb <= null <= point.ub,
                indent=7.0,
            )
