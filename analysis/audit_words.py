"""The numbers of an audit in words, alike in the paper's table and on the terminal."""

from __future__ import annotations

import math

from analysis import words
from analysis.audit import AuditRow
from analysis.numbers import MINUS, MOST_DECIMALS, Words


def printed(row: AuditRow) -> Words:
    """Return what the article prints, its thousands apart: 12,705; 47.5%; <0.001."""
    return words.fixed(_digits(row.printed.as_printed()) + _unit(row))


def recomputed(row: AuditRow, key: str | None = None) -> Words | None:
    """Return the recomputed value as precise as the printed one: 0.89; 47.5%; 1.00 (0.9986).

    Where that makes it 1 or 0, which it is not, the value stands behind it. None where there is
    no value; `key` is the finding of this review that has the same.
    """
    if row.recomputed is None or row.value is None:
        return None
    shown = words.fixed(_digits(row.recomputed) + _unit(row), key)
    bare = row.recomputed.lstrip("<>")
    exact = bare != row.recomputed or float(bare) not in (0.0, 1.0) or float(bare) == row.value
    return shown if exact else Words(shown, " (", words.significant(row.value, key, 4), ")")


def span(row: AuditRow) -> Words | None:
    """Return the range that the rounding of the inputs allows: 0.050–0.088, 77.0–81.6%.

    Its width has two significant digits, or as many more as show whether what is printed lies
    in it. None where there is no range.
    """
    if row.reach is None:
        return None
    low, high, stated = row.reach.low, row.reach.high, float(row.printed)
    width = high - low
    digits = 1 - math.floor(math.log10(width)) if width > 0 else row.printed.decimals + 1
    for decimals in range(max(0, digits), MOST_DECIMALS + 1):
        shown = f"{low:.{decimals}f}", f"{high:.{decimals}f}"
        if (low <= stated <= high) == (float(shown[0]) <= stated <= float(shown[1])):
            break
    return words.printed_interval(shown[0], shown[1] + _unit(row))


def _unit(row: AuditRow) -> str:
    return "%" if row.percent else ""


def _digits(text: str) -> str:
    """Return a printed number with its thousands apart: 12705 becomes 12,705."""
    head, point, tail = text.lstrip("<-").partition(".")
    sign = text[: len(text) - len(text.lstrip("<-"))].replace("-", MINUS)
    return f"{sign}{int(head or 0):,}{point}{tail}"
