"""What a plain scalar of YAML 1.2 means: its core schema, with numbers as they were printed."""

from __future__ import annotations

import re

from analysis.values import Printed

MAX_DIGITS = 20  # characters of a number, its sign and point included

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+\Z|0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")


class TooLong:
    """Stands for a number with more digits than anybody prints."""


def resolved(text: str) -> bool | int | float | Printed | str | TooLong | None:
    """Give a plain scalar its meaning in the core schema of YAML 1.2 (chapter 10.3.2).

    A number with a point or an exponent is `Printed`; only infinity and NaN are plain floats.
    """
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in "+-.0123456789":
        return text
    is_int = _INT.match(text)
    if not (is_int or _FLOAT.match(text)):
        return float(text.replace(".", "", 1)) if _SPECIAL.match(text) else text
    # Nobody prints 21 digits, and 1e999999 would ask for a million decimals.
    exponent = text.lower().partition("e")[2] if not text.startswith("0x") else ""
    if len(text) > MAX_DIGITS or len(exponent.lstrip("+-0")) > 1:
        return TooLong()
    if is_int:
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    return Printed.from_text(text)
