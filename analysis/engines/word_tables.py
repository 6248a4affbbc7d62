"""Tables of the Word file: type for their number of columns, room for their longest words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from analysis.engines import ast, tables
from analysis.engines.ast import Node

_WIDTH = 164.0  # mm, between the margins of an upright page
_INSET = 2.2  # mm, of a cell
_POINT = 0.3528  # mm
_LETTER = 0.58  # em, more than the mean of the face: where it is lacking, others are wider
_BOLD = 1.15
_MANY = 7  # columns
_BREAKS = re.compile(r"[\s–-]+")  # where Word ends a line


def set_type(table: Node) -> Node:
    """Give the cells of a table the type that its number of columns leaves room for.

    Word parts a word that is too long for its column anywhere, and without a hyphen: columns
    that are too narrow for their longest word take room from those that have more.
    """
    columns = table["c"][2]
    small = len(columns) >= _MANY
    style = [["custom-style", "Table Text Small" if small else "Table Text"]]
    above: list[Any] = tables.head_rows(table)
    heads = [row[1] for row in above]
    rows = [row[1] for row in tables.body_rows(table)]
    if all(width["t"] == "ColWidth" for _, width in columns):
        size = 7.0 if small else 9.0
        needs = [
            max(_longest(rows, at, size), _longest(heads, at, size * _BOLD))
            for at in range(len(columns))
        ]
        widths = widened([width["c"] for _, width in columns], needs)
        table["c"][2] = [
            [align, {"t": "ColWidth", "c": width}]
            for (align, _), width in zip(columns, widths, strict=True)
        ]
    for cell in (cell for row in (*heads, *rows) for cell in row):
        if cell[4]:
            # Pandoc gives a Plain its own style, Compact, whatever it stands in.
            words = [{**n, "t": "Para"} if n["t"] == "Plain" else n for n in cell[4]]
            cell[4] = [{"t": "Div", "c": [["", [], style], words]}]
    return table


def _longest(rows: Sequence[Any], column: int, size: float) -> float:
    """Return the share of the page that a column's longest word takes."""
    words = (
        word
        for row in rows
        if column < len(row)
        for word in _BREAKS.split(ast.plain(row[column][4]).replace("\N{NO-BREAK SPACE}", "x"))
    )
    letters = max(map(len, words), default=0)
    return (letters * _LETTER * size * _POINT + _INSET) / _WIDTH


def widened(widths: Sequence[float], needs: Sequence[float]) -> list[float]:
    """Return widths of the same sum, none below its need as far as there is room for all."""
    total = sum(widths)
    if sum(needs) >= total:
        return [total * need / sum(needs) for need in needs]
    spare = [max(0.0, width - need) for width, need in zip(widths, needs, strict=True)]
    lack = sum(max(0.0, need - width) for width, need in zip(widths, needs, strict=True))
    kept = 1 - lack / sum(spare) if lack else 1.0
    return [
        need + kept * more if more else need
        for need, more in zip(needs, spare, strict=True)
    ]  # fmt: skip
