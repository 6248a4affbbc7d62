"""What kind of number a name stands for, and which formats print such a number as what it is.

The names are those of the findings (`analysis.meanings` says what each is), which mean the same
wherever they stand: `pval`, `between_pval` and `qm_pval` are P values. A number of another name
has no kind, and takes any format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from analysis.effects import is_ratio
from analysis.items import Item
from analysis.paths import children


class Kind(NamedTuple):
    """A kind of number: what it is called, and the formats that print it as such."""

    noun: str
    formats: tuple[str, ...]

    @property
    def article(self) -> str:
        """What stands before the noun."""
        return "an" if self.noun[0] in "aeiou" else "a"


EFFECT = Kind("effect", ("effect", "ratio"))
DIFFERENCE = Kind("effect", ("effect",))
TRANSFORMED = Kind("effect on the analysis scale", ())
PVALUE = Kind("P value", ("p", "p_number"))
PERCENTAGE = Kind("percentage", ("percent",))
VARIANCE = Kind("variance", ("tau2",))
LEVEL = Kind("level of confidence", ("level",))
PROPORTION = Kind("proportion", ("number", "level"))
STATISTIC = Kind("statistic", ())
ERROR = Kind("standard error", ())
SIGN = Kind("sign", ())
COUNT = Kind("count", ("count",))
ANY = ("number", "significant")
"""Formats that say nothing of what they print."""

PRINTED_AS: Mapping[str, str] = {
    "ratio": "a ratio",
    "effect": "an effect on the printed scale",
    "p": "a P value",
    "p_number": "a P value",
    "percent": "a percentage",
    "tau2": "a variance",
    "level": "a level of confidence",
}
"""The formats that say what they print: what that is."""

_NAMED: tuple[tuple[re.Pattern[str], Kind], ...] = tuple(
    (re.compile(names), kind)
    for names, kind in (
        (r"(pi_)?est(_\w+)?|estimate", EFFECT),
        (r"mu|yi|b|(ci|pi)_[lu]b", TRANSFORMED),
        (r"p|(\w+_)?pval", PVALUE),
        (r"i2(_\w+)?|r2|weights?|reduction", PERCENTAGE),
        (r"tau2(_\w+)?|sigma2_\w+|vi", VARIANCE),
        (r"level", LEVEL),
        (r"p_benefit(_new)?|(baseline|risk)(_[lu]b)?|alpha|power", PROPORTION),
        (r"direction", SIGN),
        (r"qe|qm|h2(_\w+)?|(\w+_)?statistic", STATISTIC),
        (r"se", ERROR),
    )
)


def named_kind(name: str) -> Kind | None:
    """Return the kind of a number by its name alone, None where the name does not tell."""
    return next((kind for names, kind in _NAMED if names.fullmatch(name)), None)


def kind_of(item: Item) -> Kind | None:
    """Return what kind of number an item is, None where that is not known or it is none."""
    value = item.value
    if isinstance(value, str | bool | Mapping):
        return None
    around = item.parent.value if item.parent is not None else None
    # What the plan or the data name themselves, as the id of an item, tells no kind.
    kind = None if isinstance(around, Mapping) else named_kind(item.name)
    if kind is None and item.name in ("lb", "ub") and "est" in children(around):
        kind = EFFECT  # its interval
    if kind is None and item.bound and type(value) is int:
        return COUNT
    measure = item.near("measure", str)
    if kind is EFFECT and not (measure is None or measure == "GEN" or is_ratio(measure)):
        return DIFFERENCE
    if kind is TRANSFORMED and not (measure is not None and is_ratio(measure)):
        return None if measure is None else DIFFERENCE  # the analysis scale is the printed one
    return kind


def unsuited(item: Item, format_: str) -> str | None:
    """Return why a format would print an item as what it is not, None where it does not."""
    shown = PRINTED_AS.get(format_)
    kind = kind_of(item) if shown else None
    if kind is None or format_ in kind.formats:
        return None
    measure = item.near("measure", str) if kind in (EFFECT, DIFFERENCE) else None
    what = f"{kind.article} {kind.noun}{f' ({measure})' if measure else ''}"
    wanted = "ratio" if measure and is_ratio(measure) else (*kind.formats, *ANY)[0]
    found = f"found {item.path} | {format_}, which prints {what} as {shown}"
    return f"{found}, wanted {item.path} | {wanted}"
