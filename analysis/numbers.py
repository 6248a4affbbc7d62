"""Every printed number format. A number becomes `Words`, which know what finding it is.

Rules that hold throughout: counts are printed in digits, below ten too; a real minus sign; an
en dash in an interval, or "to" where a bound is negative. A number never prints on the wrong
side of the value that it is compared with (the null for an effect, 0.05 for a P value):
it gets more decimals instead.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from analysis.effects import CORRELATION, is_ratio
from analysis.markdown import attribute, escape_inner
from analysis.terms import plural_of

MINUS = "−"
DASH = "–"
HARD = "\N{NO-BREAK SPACE}"
NOT_REPORTED = "not reported"
NOT_STATED = "not stated"
SIGNIFICANCE = 0.05  # only for the decimals of a P value; no verdict hangs on it
MOST_DECIMALS = 9
SMALLEST, LARGEST = 1e-4, 1e6  # beyond these, effects print as bounds


class Piece(NamedTuple):
    """A run of printed text, and the finding that it prints, if it is a number."""

    text: str
    key: str | None = None


class Words(str):
    """Printed text that knows the findings in it. As a string it is the plain text."""

    __slots__ = ("pieces",)
    pieces: tuple[Piece, ...]

    def __new__(cls, *parts: str | Piece) -> Words:
        """Join plain text, pieces and words to one."""
        pieces: list[Piece] = []
        for part in parts:
            if isinstance(part, Words):
                pieces.extend(part.pieces)
            elif isinstance(part, Piece):
                pieces.append(part)
            else:
                pieces.append(Piece(part))
        self = super().__new__(cls, "".join(piece.text for piece in pieces).replace(HARD, " "))
        self.pieces = tuple(pieces)
        return self

    @property
    def markdown(self) -> str:
        """The words as Markdown, each number in a span with its key."""
        return "".join(
            bound_span(piece.text, piece.key) if piece.key else escape_inner(piece.text)
            for piece in self.pieces
        )

    @property
    def keys(self) -> tuple[str, ...]:
        """The findings in it, in reading order."""
        return tuple(piece.key for piece in self.pieces if piece.key)


def bound_span(text: str, key: str) -> str:
    """Return a number as Markdown that carries the finding it prints."""
    return f"[{escape_inner(text)}]{{.num key={attribute(key)}}}"


def ratio(value: float, key: str | None = None) -> Words:
    """Return a ratio: 2 decimals, more below 0.1 or where needed to stay on its side of 1.

    0.89, 0.999 (of 0.9986), 1.0004, 0.045, 12.3; 1.00 only where it is 1.
    """
    return _effect(value, 1.0, key)


def difference(value: float, key: str | None = None) -> Words:
    """Return a difference with a real minus: 2 decimals, below 0.1 two significant digits.

    1.50, −0.12, −0.015 (of −0.0147), 0.00061; 0.00 only where it is 0.
    """
    return _effect(value, 0.0, key)


def effect(value: float, measure: str, key: str | None = None) -> Words:
    """Return an effect as a reader of its measure takes it.

    A logit as its proportion (12.3%) and Fisher's z as its correlation. A double arcsine stays:
    only the sizes of the groups lead back.
    """
    if measure == "PLO":
        return Words(Piece(f"{_share(100 * natural(value, measure), 1)}%", key))
    if measure == CORRELATION:
        return difference(natural(value, measure), key)
    return ratio(value, key) if is_ratio(measure) else difference(value, key)


def natural(value: float, measure: str) -> float:
    """Return the proportion of a logit (PLO), the correlation of Fisher's z (ZCOR)."""
    from scipy.special import expit

    return float(expit(checked(value)) if measure == "PLO" else math.tanh(checked(value)))


def interval(
    lb: float, ub: float, measure: str, keys: tuple[str | None, str | None] = (None, None)
) -> Words:
    """Return the bounds of an interval: `0.79–0.999`, `−0.12 to 0.34`."""
    if checked(lb) > checked(ub):
        raise ValueError(f"interval: found {lb} to {ub}, wanted the lower bound first")
    link = " to " if lb < 0 and measure != "PLO" else DASH
    return Words(effect(lb, measure, keys[0]), link, effect(ub, measure, keys[1]))


def p_number(value: float, key: str | None = None) -> Words:
    """Return a P value for a table: 0.79, 0.047, 0.0496, <0.001, >0.99."""
    sign, text = _p(value)
    return Words(Piece(f"{sign}{text}", key))


def p(value: float, key: str | None = None) -> Words:
    """Return a P value for a sentence: P = 0.047, P < 0.001."""
    sign, text = _p(value)
    return Words(f"P{HARD}{sign or '='}{HARD}", Piece(text, key))


def percent(value: float, key: str | None = None, decimals: int = 1) -> Words:
    """Return a percentage of 0 to 100: 47.5%, 0%, <0.1%, >99.9%."""
    if not -1e-9 <= checked(value) <= 100 + 1e-9:
        raise ValueError(f"percent: found {value}, wanted 0 to 100")
    return Words(Piece(f"{_share(value, decimals)}%", key))


def probability(value: float, key: str | None = None) -> Words:
    """Return a probability of 0 to 1 in percent: 98.8%; 0% and 100% only where it is 0 or 1."""
    if not 0 <= checked(value) <= 1:
        raise ValueError(f"probability: found {value}, wanted 0 to 1")
    if 0 < value < 0.0005 or 0.9995 <= value < 1:
        return Words(Piece("<0.1%" if value < 0.5 else ">99.9%", key))
    return percent(100 * value, key)


def weight(value: float, key: str | None = None) -> Words:
    """Return a weight in percent without its sign, for a column: 12.3."""
    return Words(Piece(_share(value, 1), key))


def tau2(value: float, key: str | None = None) -> Words:
    """Return a between-study variance: 0.0163, 0, <0.0001, 2.31."""
    if checked(value) < 0:
        raise ValueError(f"tau2: found {value}, wanted 0 or more")
    if value == 0:
        text = "0"
    elif value < 0.00005:
        text = "<0.0001"
    else:
        text = f"{value:.4f}" if value < 0.99995 else f"{value:,.2f}"
    return Words(Piece(text, key))


def number(value: float, key: str | None = None, decimals: int = 2) -> Words:
    """Return a statistic or a coefficient with a real minus sign: 20.95, −0.13; 11."""
    if isinstance(value, int):
        decimals = 0
    text = f"{abs(checked(value)):,.{decimals}f}"
    negative = value < 0 and float(text.replace(",", "")) != 0
    return Words(Piece(f"{MINUS if negative else ''}{text}", key))


def significant(value: float, key: str | None = None, digits: int = 3) -> Words:
    """Return a coefficient with so many significant digits: −0.00123."""
    if checked(value) == 0:
        return Words(Piece("0", key))
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return number(float(value), key, min(decimals, MOST_DECIMALS))


def magnitude(value: float, key: str | None = None) -> Words:
    """Return a number of 0 or more: 2 decimals, below 0.01 two significant digits: 12.30, 0.0031.

    0.00 only where it is 0; <0.0001.
    """
    if checked(value) < 0:
        raise ValueError(f"magnitude: found {value}, wanted 0 or more")
    if value == 0 or value >= 0.01:
        return number(float(value), key)
    if value < SMALLEST:
        return Words(Piece(f"<{SMALLEST}", key))
    return significant(value, key, 2)


def count(
    n: int | None, noun: str | None = None, key: str | None = None, plural: str | None = None
) -> Words:
    """Return a count, with its noun in the number that fits: 12,705; 1 study; 0 studies.

    An unknown count prints "not reported", with a noun "an unreported number of patients".
    """
    if n is None:
        return Words(
            f"an unreported number of {plural or plural_of(noun)}" if noun else NOT_REPORTED
        )
    if isinstance(n, bool) or not isinstance(n, int) or n < 0:
        raise ValueError(f"count: found {n!r}, wanted a whole number of 0 or more")
    counted = Words(Piece(f"{n:,}", key))
    if noun is None:
        return counted
    return Words(counted, HARD, noun if n == 1 else plural or plural_of(noun))


def fixed(text: str, key: str | None = None) -> Words:
    """Return a number as its source printed it (`Printed.as_printed()`), with a real minus."""
    return Words(Piece(text.replace("-", MINUS), key))


def printed_interval(lb: str, ub: str, keys: tuple[str | None, str | None] = (None, None)) -> Words:
    """Return an interval as its source printed the bounds."""
    link = " to " if lb.startswith(("-", MINUS)) else DASH
    return Words(fixed(lb, keys[0]), link, fixed(ub, keys[1]))


def checked(value: float) -> float:
    """Return a number as a float; TypeError, ValueError for what is none (None, NaN)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"found {value!r}, wanted a number")
    if math.isnan(value):
        raise ValueError("found a value that is not a number (NaN), wanted a number")
    return float(value)


def _effect(value: float, null: float, key: str | None) -> Words:
    size = abs(checked(value))
    if null == 1.0 and value < 0:
        raise ValueError(f"ratio: found {value}, wanted 0 or more")
    sign = MINUS if value < 0 else ""
    if size >= LARGEST:
        return Words(Piece(f"{'<' if sign else '>'}{sign}{LARGEST:,.0f}", key))
    if null == 1.0 and size < SMALLEST:
        return Words(Piece(f"<{SMALLEST}", key))
    text = _on_its_side(size, null, _decimals(size))
    return Words(Piece((sign if float(text.replace(",", "")) else "") + text, key))


def _decimals(size: float) -> int:
    if size >= 100:
        return 0
    if size >= 10:
        return 1
    if size < 0.5 * 10**-MOST_DECIMALS:
        return 2  # no decimal shows it: it is 0.00
    # Two significant digits below 0.1: of the size as it is rounded, or 0.00996 had three.
    exponent = int(f"{size:.1e}".partition("e")[2])
    return min(max(2, 1 - exponent), MOST_DECIMALS)


def _on_its_side(value: float, bound: float, decimals: int) -> str:
    """Return `value` with as few decimals as keep it on its own side of `bound`."""
    for places in range(decimals, MOST_DECIMALS + 1):
        text = f"{value:,.{places}f}"
        shown = float(text.replace(",", ""))
        if (shown > bound) == (value > bound) and (shown < bound) == (value < bound):
            return text
    # Nearer than the arithmetic is exact: it is the bound.
    return f"{bound:.{max(decimals, 2)}f}"


def _p(value: float) -> tuple[str, str]:
    if not 0 <= checked(value) <= 1:
        raise ValueError(f"p: found {value}, wanted 0 to 1")
    if value < 0.001:
        return "<", "0.001"
    if value >= 0.995:
        return ">", "0.99"
    return "", _on_its_side(value, SIGNIFICANCE, 2 if value >= 0.0995 else 3)


def _share(value: float, decimals: int) -> str:
    step = 10.0**-decimals
    if abs(value) < 1e-9 or abs(value - 100) < 1e-9:
        return f"{abs(value):.0f}"
    if value < step / 2:
        return f"<{step:.{decimals}f}"
    if value >= 100 - step / 2:
        return f">{100 - step:.{decimals}f}"
    return f"{value:.{decimals}f}"
