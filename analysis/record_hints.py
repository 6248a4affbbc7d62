"""What a key that no record has, or a value of another form, was most likely meant to be."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, get_args

from pydantic import BaseModel

from analysis.effects import MEANS, Measure
from analysis.messages import listed, nearest, shown
from analysis.record_fields import value_at
from analysis.records import GroupData, Result, Study
from analysis.terms import MEASURES as MEASURE_NAMES
from analysis.terms import METHODS, TESTS
from analysis.values import MINUSES, Printed
from analysis.yaml_nodes import Path, Tree

MEASURES: tuple[str, ...] = get_args(Measure)

_LOWER = ("lower", "lb", "low", "lcl", "ci_lower", "ci_low", "ci_lb", "lower_ci")
_UPPER = ("upper", "ub", "high", "ucl", "ci_upper", "ci_high", "ci_ub", "upper_ci")
_QUARTILES = ("median", "iqr", "q1", "q3", "quartiles", "range", "min", "max")
_ERRORS = ("se", "sem", "standard_error", "std_error")
_NAMES = {**METHODS, **TESTS, **MEASURE_NAMES}
# What other programs and handbooks call them.
_ELSEWHERE = {
    **dict.fromkeys(("fe", "fixed", "fixed effect", "fixed effects", "common", "ce"), "EE"),
    "dersimonian and laird": "DL",
    **dict.fromkeys(("hk", "hksj", "kh", "hartung knapp sidik jonkman"), "knha"),
}
_SPACE = "[ \u00a0\u2007\u2009\u202f'’]"
# 13 598, 13,598 or 13.598: groups of three behind one to three digits.
_THOUSANDS = re.compile(
    rf"[1-9]\d{{0,2}}(?:{_SPACE}\d{{3}})+|[1-9]\d{{0,2}}(?:[.,]\d{{3}})+", re.ASCII
)
# 20 (17.5%), 20 (17·5 %).
_PER_CENT = re.compile(r"(\d+)\s*\(\d+(?:[.,·]\d+)?\s?%\)", re.ASCII)
# 20/114, 20 of 114.
_SHARE = re.compile(r"(\d+)\s*(?:/|\bof\b)\s*(\d+)", re.ASCII | re.IGNORECASE)
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_INTERVAL = re.compile(rf"({_NUMBER})\s*(?:,|;|\bto\b|-)\s*({_NUMBER})", re.ASCII | re.IGNORECASE)


def key_hint(model: type[BaseModel] | None, tree: Tree, path: Path) -> str | None:
    """Return what is wanted where a key stands for something that its record has otherwise."""
    key = re.sub(r"[^a-z0-9]+", "_", str(path[-1]).lower()).strip("_")
    if model is Result and key in (*_LOWER, *_UPPER):
        entry = value_at(tree, path[:-1])
        return f"ci: {_bounds(entry)}"
    if model is Result and key.upper() in MEASURES:
        value = value_at(tree, path)
        estimate = shown(value) if isinstance(value, Printed | int) else "…"
        return f"measure: {key.upper()}, estimate: {estimate}"
    if model is GroupData and key in _QUARTILES:
        neither = "a median, with quartiles or a range, is neither: keep it in `note` of the result"
        return f"mean and sd ({listed(MEANS)} need them); {neither}"
    if model is GroupData and key in _ERRORS:
        return "sd: a standard error is that of the mean, SD / √n"
    return None


def interval_hint(value: Any) -> str | None:
    """Return the pair that a text was meant to be: 0.18-0.31, (0.18, 0.31), [0.18; 0.31]."""
    if isinstance(value, tuple) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        return None
    plain = value.replace("·", ".").translate(MINUSES).strip().strip("()[]").strip()
    pair = _INTERVAL.fullmatch(plain)
    # 0,66 is a number with a comma; what is no interval would be refused next.
    if pair is None or re.fullmatch(r"\d+,\d+", plain) or not float(pair[1]) < float(pair[2]):
        return None
    return f"[{pair[1]}, {pair[2]}]"


def count_hint(value: Any) -> str:
    """Return the whole number that a number with a point, or a text, stands for."""
    if isinstance(value, Printed):
        if value.is_integer() and value.decimals == 1:
            return f": perhaps {int(value)}?"
        value = value.as_printed()
    if isinstance(value, str) and _THOUSANDS.fullmatch(value.strip()):
        return f": perhaps {re.sub('[^0-9]', '', value)}?"
    if isinstance(value, str) and (count := _PER_CENT.fullmatch(value.strip())):
        return f": perhaps {count[1]}?"
    return ""


def share_hint(model: type[BaseModel] | None, tree: Tree, path: Path) -> str:
    """Return the two keys of events that are written with their patients: 20/114, 20 of 114."""
    share = _SHARE.fullmatch(str(value_at(tree, path)).strip())
    if share is None or path[-1] != "events" or model is not GroupData:
        return ""
    return f": perhaps events: {share[1]}, n: {share[2]}?"


def unknown_hint(model: type[BaseModel] | None, path: Path, value: Any) -> str:
    """Return what to do where a value is not reported whose key has no word for that."""
    # Only a file with errors needs what reads the answers of `add`.
    from analysis.answers import unknown_word

    info = model.model_fields.get(str(path[-1])) if model else None
    if info is None or info.is_required() or not isinstance(value, str) or not unknown_word(value):
        return ""
    instead = " and give its result `estimate` with `ci` or `se`"
    of_means = model is GroupData and path[-1] in ("mean", "sd")
    return f"; where it is not known, leave it out{instead if of_means else ''}"


def sources_hint(model: type[BaseModel], tree: Tree, path: Path) -> str | None:
    """Return which sources of its study a part may name that names none."""
    sources = value_at(tree, ("sources",))
    if model is not Study or path[-1] != "source" or not (isinstance(sources, dict) and sources):
        return None
    return f"one of this study's sources: {listed(map(str, sources))}"


def choice_hint(value: str, choices: Collection[str]) -> str | None:
    """Return the code, with its name, of what was called by a name or by another code: FE."""
    codes = {code: name for code, name in _NAMES.items() if code in choices}
    by_name = {name: code for code, name in codes.items()}
    code = _ELSEWHERE.get(re.sub(r"[^a-z]+", " ", value.lower()).strip())
    if code not in codes:
        name = nearest(value.translate(MINUSES), by_name)
        code = by_name[name] if name else None
    return f"{code} ({codes[code]})" if code else None


def space_hint(key: str) -> tuple[str, str] | None:
    """Return the key, and what is wrong, of `events:62` in braces, which is a key of nothing."""
    match = re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]*):(\S.*)", key)
    if match is None:
        return None
    written = f"'{match[1]}: {match[2]}'"
    return match[1], f"found no space after '{match[1]}:', wanted one: {written}"


def _bounds(entry: Any) -> str:
    known = {str(key).lower(): value for key, value in entry.items()} if entry else {}

    def bound(names: Sequence[str]) -> str:
        numbers = [known[name] for name in names if isinstance(known.get(name), Printed | int)]
        return shown(numbers[0]) if numbers else names[0]

    return f"[{bound(_LOWER)}, {bound(_UPPER)}]"
