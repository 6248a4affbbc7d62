"""How findings become words: phrases of numbers and terms, for text, tables, figures, terminal.

A format returns `Words`, a plain string that also knows which finding each of its numbers is.
Figures, titles and the terminal use it as the string it is; the manuscript takes its
`markdown`, where each number is a span with its key: `[0.89]{.num key="os.est"}`. The formats
of single numbers are in `analysis.numbers`, those of texts in `analysis.phrases`; both may be taken
from here.
"""

from __future__ import annotations

from typing import NamedTuple

from analysis.effects import CORRELATION, ONE_GROUP, is_ratio
from analysis.numbers import (
    DASH,
    HARD,
    LARGEST,
    MINUS,
    MOST_DECIMALS,
    NOT_REPORTED,
    NOT_STATED,
    Piece,
    Words,
    checked,
    count,
    difference,
    effect,
    fixed,
    interval,
    magnitude,
    number,
    p,
    p_number,
    percent,
    printed_interval,
    probability,
    ratio,
    significant,
    tau2,
    weight,
)
from analysis.phrases import WEIGHTED, date, known, model, model_short, series, within, years
from analysis.terms import SYMBOLS

__all__ = [
    "DASH",
    "HARD",
    "MINUS",
    "NOT_REPORTED",
    "NOT_STATED",
    "WEIGHTED",
    "Keys",
    "Piece",
    "Words",
    "compatible_with",
    "confidence",
    "count",
    "date",
    "difference",
    "effect",
    "estimate",
    "estimate_cell",
    "fixed",
    "in_unit",
    "interval",
    "known",
    "magnitude",
    "model",
    "model_short",
    "null_phrase",
    "number",
    "p",
    "p_number",
    "p_of_effect",
    "percent",
    "printed_interval",
    "probability",
    "ratio",
    "series",
    "significant",
    "tau2",
    "weight",
    "within",
    "years",
]


class Keys(NamedTuple):
    """The findings that an estimate prints."""

    est: str | None = None
    lb: str | None = None
    ub: str | None = None
    pval: str | None = None
    level: str | None = None

    @classmethod
    def under(cls, path: str, *, bounds: tuple[str, str] = ("est_lb", "est_ub")) -> Keys:
        """Return the keys below a path, as os.est, os.est_lb, os.est_ub, os.pval, os.level."""
        lb, ub = bounds
        return cls(*(f"{path}.{name}" for name in ("est", lb, ub, "pval", "level")))


NO_KEYS = Keys()


def estimate(
    est: float,
    lb: float,
    ub: float,
    measure: str,
    level: float = 0.95,
    pval: float | None = None,
    keys: Keys = NO_KEYS,
    unit: str | None = None,
) -> Words:
    """Return an estimate as a sentence gives it.

    HR 0.89 (95% CI 0.79–0.999); HR 0.89 (95% CI 0.79–0.999; P = 0.047) where `pval` is given; MD
    −1.20 days (95% CI −2.30 to −0.10) where `unit` is.
    """
    bounds = interval(lb, ub, measure, (keys.lb, keys.ub))
    inner = [confidence(level, keys.level), f"{HARD}CI{HARD}", bounds]
    if pval is not None:
        inner += ["; ", p(pval, keys.pval)]
    name = f"{SYMBOLS[measure]}{HARD}" if measure != "GEN" else ""
    of = f"{HARD}{unit}" if unit else ""
    return Words(name, effect(est, measure, keys.est), f"{of} (", *inner, ")")


def estimate_cell(
    est: float,
    lb: float,
    ub: float,
    measure: str,
    keys: Keys = NO_KEYS,
    *,
    named: bool = False,
    unit: str | None = None,
    level: str = "",
) -> Words:
    """Return an estimate as a table gives it: 0.89 (0.79–0.999).

    Its measure, unit and level stand in the heading; where that has several, here: HR 0.89
    (0.79–0.999), with `named`; −1.20 (−2.30 to −0.10) days, with `unit`; 0.89 (90% CI 0.81–0.98),
    with `level` as of `levels.named_level`.
    """
    bounds = interval(lb, ub, measure, (keys.lb, keys.ub))
    name = f"{SYMBOLS[measure]}{HARD}" if named and measure != "GEN" else ""
    of = f"){HARD}{unit}" if unit else ")"
    return Words(name, effect(est, measure, keys.est), " (", level, bounds, of)


def in_unit(title: str, unit: str | None) -> str:
    """Return what heads effects, with their unit where they have one: Mean difference, days."""
    return f"{title}, {unit}" if unit else title


def confidence(value: float, key: str | None = None) -> Words:
    """Return a confidence level: 95%."""
    if not 0 < checked(value) < 1:
        raise ValueError(f"level: found {value}, wanted one between 0 and 1")
    return Words(Piece(f"{100 * value:g}%", key))


def compatible_with(
    lb: float, ub: float, measure: str, keys: tuple[str | None, str | None] = (None, None)
) -> Words:
    """Return what an interval is compatible with, its bounds as changes of a ratio.

    "compatible with a reduction of 0.1% to 21%", "compatible with no difference, with a
    reduction of up to 22% and with an increase of up to 3%". Differences are given as they
    are: "compatible with differences of −0.30 to −0.10".
    """
    low, high = keys
    if not is_ratio(measure):
        values = interval(lb, ub, measure, keys)
        if measure in ONE_GROUP:
            return Words("compatible with ", values)
        what = "correlation" if measure == CORRELATION else "difference"
        if lb <= 0 <= ub:
            return Words(f"compatible with no {what} and with {what}s of ", values)
        return Words(f"compatible with {what}s of ", values)
    if checked(lb) > checked(ub):
        raise ValueError(f"interval: found {lb} to {ub}, wanted the lower bound first")
    if ub < 1:
        return Words("compatible with a reduction of ", _change(ub, high), " to ", _change(lb, low))
    if lb > 1:
        return Words("compatible with an increase of ", _change(lb, low), " to ", _change(ub, high))
    parts = [Words("no difference")]
    if lb < 1:
        parts.append(Words("with a reduction of up to ", _change(lb, low)))
    if ub > 1:
        parts.append(Words("with an increase of up to ", _change(ub, high)))
    return Words("compatible with ", series(parts))


def _change(bound: float, key: str | None) -> Words:
    """Return how far a ratio lies from 1 in percent: 21%, 0.1%; never 0% unless it is 1."""
    size = 100 * abs(bound - 1)
    if size >= LARGEST:
        return Words(Piece(f">{LARGEST:,.0f}%", key))
    decimals = 0
    while decimals < MOST_DECIMALS and not float(f"{size:.{decimals}f}"):
        decimals += 1
    if bound > 0 and bound < 1 and size >= 99.5:
        return Words(Piece(">99%", key))
    return Words(Piece(f"{size:,.{decimals}f}%", key))


def null_phrase(
    lb: float, ub: float, measure: str, below: str | None = None, above: str | None = None
) -> Words:
    """Return where an interval lies to the null, the value of no effect.

    "includes the null"; "lies wholly below the null", "lies wholly above the null". What the
    sides mean may be given: "excludes the null in favour of the drug", with `below` "in favour
    of the drug".

    Raises
    ------
    ValueError : the measure is a proportion of one group, which has no such value.
    """
    # An excluded null without its side would read the same for benefit and for harm.
    low, high = (
        f"excludes the null {meaning}" if meaning else f"lies wholly {side} the null"
        for side, meaning in (("below", below), ("above", above))
    )
    return by_null(lb, ub, measure, low, high, "includes the null", "null_phrase")


def by_null(
    lb: float, ub: float, measure: str, below: str, above: str, around: str, name: str = "by_null"
) -> Words:
    """Return one of three texts: an interval lies below the null, above it, or around it.

    `name` is that of the format, for the error.

    Raises
    ------
    ValueError : the measure is a proportion of one group, which has no such value.
    """
    if measure in ONE_GROUP:
        raise ValueError(
            f"null: found {measure}, wanted a measure that has a value of no difference, which no "
            f"proportion has: take `| {name}` out of the sentence"
        )
    null = 1.0 if is_ratio(measure) else 0.0
    if checked(lb) <= null <= checked(ub):
        return Words(around)
    return Words(below if ub < null else above)


def p_of_effect(pval: float | None, measure: str, key: str | None = None) -> Words:
    """Return the P value of an effect for a table; a dash where there is none.

    Of one group no value is no effect, to be tested against.
    """
    if pval is None or measure in ONE_GROUP:
        return Words(DASH)
    return p_number(pval, key)
