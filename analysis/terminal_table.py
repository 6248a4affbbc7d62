"""Tables for a terminal of any width, in which no number is cut."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

GAP = 2
NARROW = 20
"""A terminal narrower than this is taken for this wide."""

Rows = Sequence[Sequence[str]]

# Where a line may break: at spaces, and after a hyphen between letters (not in 2011-01-08).
_BREAK = re.compile(r" +|(?<=[^\W\d]-)(?=[^\W\d])")


def widths_within(rows: Rows, width: int | None) -> list[int] | None:
    """Return a width for each column, all together at most `width`; None where none will do.

    `rows` holds the headings first. No column gets narrower than its longest word; the widest
    that can give way gives way first. `width=None` means that there is room for everything.
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(map(extent, column)) for column in columns]
    if width is None:
        return widths
    least = [max(extent(word) for cell in column for word in _words(cell)) for column in columns]
    room = max(width, NARROW) - GAP * (len(columns) - 1)
    if sum(least) > room:
        return None
    while sum(widths) > room:
        wide = [index for index, one in enumerate(widths) if one > least[index]]
        widths[max(wide, key=lambda index: widths[index])] -= 1
    return widths


def table_lines(
    rows: Rows, widths: Sequence[int], right: Sequence[int] = ()
) -> Iterator[list[str]]:
    """Give the lines of each row: of the headings, with a rule below them, then of the others.

    `right` names the columns (from 0) that are aligned to the right.
    """
    for number, row in enumerate(rows):
        cells = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
        lines = []
        for index in range(max(map(len, cells))):
            parts = [cell[index] if index < len(cell) else "" for cell in cells]
            padded = [
                _padded(part, width, at_right=column in right)
                for column, (part, width) in enumerate(zip(parts, widths, strict=True))
            ]
            lines.append((" " * GAP).join(padded).rstrip())
        if number == 0:
            lines.append((" " * GAP).join("─" * width for width in widths))
        yield lines


def listing(headings: Sequence[str], rows: Rows) -> Iterator[str]:
    """Give the same rows for a terminal too narrow for a table: a value a line, under its row."""
    for row in rows:
        yield row[0]
        for heading, cell in zip(headings[1:], row[1:], strict=True):
            yield f"  {heading}: {cell}"


def extent(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def _words(cell: str) -> list[str]:
    return [word for word in _BREAK.split(cell) if word] or [""]


def _wrapped(cell: str, width: int) -> list[str]:
    lines: list[str] = []
    line, start = "", 0
    for match in (*_BREAK.finditer(cell), None):
        word = cell[start : match.start() if match else len(cell)]
        if line and extent(line.rstrip()) + extent(word) + (line != line.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += word + (match[0][:1] if match else "")
        start = match.end() if match else start
    return [*lines, line.rstrip()]


def _padded(text: str, width: int, *, at_right: bool) -> str:
    space = " " * (width - extent(text))
    return space + text if at_right else text + space
