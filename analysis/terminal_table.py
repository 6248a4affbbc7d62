"""Tables for a terminal of any width, in which no number is cut."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

GAP = 2
HANG = 2
"""Columns by which the later lines of a wrapped line stand in."""
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


def layout(
    headings: Sequence[str],
    rows: Rows,
    width: int | None,
    right: Sequence[int] = (),
    below: Sequence[int] = (),
) -> tuple[list[str], list[str]]:
    """Return the lines of the headings, and those of the rows.

    Where the columns have no room beside each other, those of `below` (from 0, all after the
    first) stand under their row; where that is not enough, every value has a line of its own.
    """
    beside = list(range(len(headings)))
    widths = widths_within([headings, *rows], width)
    if widths is None and below:
        beside = [column for column in beside if column not in below]
        kept = [[row[column] for column in beside] for row in (headings, *rows)]
        widths = widths_within(kept, width)
    if widths is None:
        return [], list(listing(headings, rows, width))
    aligned = [at for at, column in enumerate(beside) if column in right]
    under = [column for column in below if column not in beside]
    picked = [[row[column] for column in beside] for row in (headings, *rows)]
    head, *blocks = table_lines(picked, widths, aligned)
    for row, block in zip(rows, blocks, strict=True):
        block += (line for column in under for line in _under(headings[column], row[column], width))
    return head, [line for block in blocks for line in block]


def listing(headings: Sequence[str], rows: Rows, width: int | None) -> Iterator[str]:
    """Give the same rows for a terminal too narrow for a table: a value a line, under its row."""
    for number, row in enumerate(rows):
        if number:
            yield ""
        yield from wrapped(row[0], width)
        for heading, cell in zip(headings[1:], row[1:], strict=True):
            yield from _under(heading, cell, width)


def _under(heading: str, cell: str, width: int | None) -> list[str]:
    return wrapped(f"{' ' * HANG}{heading}: {cell}", width)


def wrapped(text: str, width: int | None) -> list[str]:
    """Return a line as lines of at most `width`, broken between words, the later ones set in.

    A word that is longer stays whole. `width=None` means that there is room for everything.
    """
    if width is None or extent(text) <= max(width, NARROW):
        return [text]
    margin = " " * (len(text) - len(text.lstrip(" ")))
    room = max(width, NARROW) - len(margin)
    first, *rest = _wrapped(text.lstrip(" "), room, room - HANG)
    return [margin + first, *(f"{margin}{' ' * HANG}{line}" for line in rest)]


def extent(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def _words(cell: str) -> list[str]:
    return [word for word in _BREAK.split(cell) if word] or [""]


def _wrapped(cell: str, width: int, later: int | None = None) -> list[str]:
    """Break a text into lines of a width; `later` is that of all lines but the first."""
    lines: list[str] = []
    line, start = "", 0
    for match in (*_BREAK.finditer(cell), None):
        word = cell[start : match.start() if match else len(cell)]
        if line and extent(line.rstrip()) + extent(word) + (line != line.rstrip()) > width:
            lines.append(line.rstrip())
            line, width = "", width if later is None else later
        line += word + (match[0][:1] if match else "")
        start = match.end() if match else start
    return [*lines, line.rstrip()]


def _padded(text: str, width: int, *, at_right: bool) -> str:
    space = " " * (width - extent(text))
    return space + text if at_right else text + space
