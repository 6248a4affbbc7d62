"""Rows as the text of a CSV file that a program, a spreadsheet and R read alike."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from analysis.values import Printed

Cell = float | int | str | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(rows: Sequence[Mapping[str, Cell]]) -> bytes:
    """Return rows as CSV, with every column that one of them has.

    UTF-8; None is left empty. A number stands in full, one that a source printed with its
    decimals. No text is a formula (see `inert`).
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(inert, columns))
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return text.getvalue().encode("utf-8")


def inert(text: str) -> str:
    """Return text that a spreadsheet shows and never runs: a label may come from a stranger.

    An apostrophe before what would begin a formula is what spreadsheets themselves put there.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return inert(value)
    if isinstance(value, Printed):
        return value.as_printed()
    return repr(float(value)) if isinstance(value, float) else str(value)
