"""Texts as words: lists, dates, labels within a sentence, and how an analysis pooled."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from analysis.numbers import DASH, HARD, NOT_REPORTED, Piece, Words
from analysis.terms import METHODS, METHODS_SHORT, MONTHS, POOLINGS, TESTS

WEIGHTED = "inverse_variance"
"""The pooling that goes without saying."""


def series(items: Iterable[str], last: str = "and") -> Words:
    """Return a list in words: a; a and b; a, b and c."""
    parts: Sequence[str] = tuple(items)
    if not parts:
        raise ValueError("series: found nothing to list")
    joined: list[str] = []
    for at, part in enumerate(parts):
        if at:
            joined.append(f" {last} " if at == len(parts) - 1 else ", ")
        joined.append(part)
    return Words(*joined)


def date(value: str | None, key: str | None = None) -> Words:
    """Return a partial date: 2022; January 2022; 5 January 2022; unknown: "not reported"."""
    if value is None:
        return Words(NOT_REPORTED)
    year, month, day = [*value.split("-"), "", ""][:3]
    parts = [str(int(day))] if day else []
    parts += [MONTHS[int(month) - 1]] if month else []
    return Words(Piece(HARD.join([*parts, year]), key))


def years(start: str | None, end: str | None) -> Words:
    """Return a period by its years: 2003–2007; 2003 where it is one; not reported."""
    if start is None and end is None:
        return Words(NOT_REPORTED)
    first, last = ((value or NOT_REPORTED)[:4] if value else "" for value in (start, end))
    if not first:
        return Words(f"until {last}")
    if not last:
        return Words(f"from {first}")
    return Words(first if first == last else f"{first}{DASH}{last}")


def known(text: str | None, unknown: str = NOT_REPORTED) -> str:
    """Return text of the data, or the words for an unknown one."""
    return unknown if text is None else text


def within(label: str, names: Iterable[str] = ()) -> str:
    """Return a label as it stands within a sentence: overall survival; HDL cholesterol.

    The first letter becomes small, but in an abbreviation (a word with a second capital or a
    digit, or of one letter that is no article), in a name of somebody's (Crohn’s disease) and in
    the `names` given.
    """
    first = next(iter(label.split()), "")
    rest = first[1:]
    own = (first != "A" and not rest[:1].islower()) or any(
        sign.isupper() or sign.isdigit() for sign in rest
    )
    named = own or rest.endswith(("'s", "’s")) or any(_begins(label, name) for name in names)
    return label if named else f"{label[:1].lower()}{label[1:]}"


def _begins(label: str, name: str) -> bool:
    """Say whether a label begins with a name, as a word of its own."""
    return label.startswith(name) and not label[len(name) : len(name) + 1].isalnum()


def model(method: str, test: str, pooling: str = WEIGHTED) -> Words:
    """Return how an analysis pooled, for a sentence; of the pooling, what is not the rule.

    "random-effects model (restricted maximum likelihood, Hartung-Knapp interval)";
    "common-effect model (Mantel-Haenszel, Wald interval)".
    """
    told = [] if pooling == WEIGHTED else [POOLINGS[pooling]]
    if method != "EE":
        told.append(METHODS[method])
    how = ", ".join([*told, f"{TESTS[test]} interval"])
    return Words(f"{'common-effect' if method == 'EE' else 'random-effects'} model ({how})")


def model_short(method: str, test: str, pooling: str = WEIGHTED) -> Words:
    """Return the same for a table or a figure: "REML, Hartung-Knapp"."""
    told = [] if pooling == WEIGHTED else [POOLINGS[pooling]]
    return Words(", ".join([METHODS_SHORT[method], *told, TESTS[test]]))
