"""What pydantic finds wrong with a file, in a reviewer's words: found X, wanted Y."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from analysis.messages import nearest, shown
from analysis.record_fields import (
    field_at,
    is_model,
    is_numbers,
    leaves,
    literal_of,
    model_at,
    pattern_of,
    plain_type,
    shape_of,
    value_at,
)
from analysis.record_hints import (
    choice_hint,
    count_hint,
    interval_hint,
    key_hint,
    share_hint,
    sources_hint,
    space_hint,
    unknown_hint,
)
from analysis.values import ID_PATTERN, MINUSES, UNKNOWN_WORDS, is_maybe
from analysis.yaml_lines import NO_BREAK
from analysis.yaml_nodes import Mistake, Path, Tree

_OR_UNKNOWN = f"; where it is not known, write: {UNKNOWN_WORDS[0]}"
_NEGATING = ("un", "non", "in", "im", "dis", "not")
_NUMBER_LIKE = re.compile(r"[-+−–—‑]?[0-9]+(?:[.,·][0-9]+)?\s?%?\Z")
_BLANKS = {"line_break": "a line break in ", "tab": "a tab in "}
"""By the kind of error: what makes more than a line of a text, which a message does not show."""
_SPACES = re.compile(f"[{NO_BREAK}]")


def empty_values(model: type[BaseModel], tree: Tree) -> Iterator[Mistake]:
    """Give every key whose value is missing: an empty value is a slip, never 'unknown'."""
    for path in _nulls(tree.value):
        info = field_at(model, path)
        wanted = _wanted_for(info) if info else "a value, or the line left out"
        if info and not info.is_required() and not is_maybe(info.metadata):
            wanted = "a value, or the line left out"
        if joined := space_hint(str(path[-1])):
            key, message = joined
            yield Mistake(tree.line(path), (*path[:-1], key), message)
            continue
        yield Mistake(tree.line(path), path, f"found nothing after ':', wanted {wanted}")


def _nulls(value: Any) -> Iterator[Path]:
    return (path for path, leaf in leaves(value) if leaf is None)


def record_mistakes(
    model: type[BaseModel], tree: Tree, error: ValidationError
) -> Iterator[Mistake]:
    """Give each of pydantic's errors with its line, but for what `empty_values` gives."""
    empty = set(_nulls(tree.value))
    seen: set[Path] = set()
    details = error.errors(include_url=False, include_context=True)
    meant = {
        (*_path(detail)[:-1], _meant(model, tree, _path(detail)))
        for detail in details
        if detail["type"] == "extra_forbidden"
    }
    meant |= {(*path[:-1], joined[0]) for path in empty if (joined := space_hint(str(path[-1])))}
    pairs = {
        _path(detail)[:-1]
        for detail in details
        if detail["type"] == "missing" and interval_hint(detail["input"])
    }
    for detail in details:
        path = _path(detail)
        if path in empty or path in seen:
            continue
        if path[:-1] in pairs and detail["type"] != "missing":
            # The one entry of a pair that has two numbers in it: the pair is named.
            continue
        if detail["type"] == "missing" and path in meant:
            # A misspelt key is one slip, not two.
            continue
        if detail["type"] == "too_short" and _long_enough(detail):
            # Pydantic counts the entries without error, which have problems of their own.
            continue
        seen.add(path)
        kind = detail["type"]
        if kind == "missing" and path and isinstance(path[-1], int):
            # A pair with one value: name the pair, once.
            path = path[:-1]
            if path in seen:
                continue
            seen.add(path)
        yield Mistake(tree.line(path), path, _message(model, tree, detail, path))


def _long_enough(detail: ErrorDetails) -> bool:
    return len(detail["input"]) >= int(detail["ctx"]["min_length"])


def _path(detail: ErrorDetails) -> Path:
    # pydantic marks the key of a mapping as (…, key, '[key]').
    loc = detail["loc"]
    return loc[:-1] if loc and loc[-1] == "[key]" else loc


def _message(model: type[BaseModel], tree: Tree, detail: ErrorDetails, path: Path) -> str:
    kind = detail["type"]
    context = detail.get("ctx", {})
    if detail["loc"][-1:] == ("[key]",):
        return f"found the key {shown(path[-1])}, wanted {_id_wanted(str(path[-1]))}"
    if kind == "extra_forbidden":
        return _unknown_key(model, tree, path)
    info = field_at(model, path)
    if kind == "missing":
        value = value_at(tree, path)
        if isinstance(value, tuple):
            return f"found {shown(value)}, wanted {interval_hint(value) or _pair(info)}"
        wanted = sources_hint(model, tree, path) or (_wanted_for(info) if info else "a value")
        return f"found no such key, wanted {wanted}"
    value = detail["input"]
    found = f"found {_BLANKS.get(kind, '')}{shown(value)}"
    if isinstance(value, str) and _SPACES.search(value):
        found += " with a no-break space in it"
    wanted = _wanted(kind, context, value, info) or detail["msg"]
    if kind == "int_type":
        wanted += share_hint(model_at(model, path[:-1]), tree, path)
    if info is not None and is_maybe(info.metadata):
        return f"{found}, wanted {wanted}{_OR_UNKNOWN}"
    return f"{found}, wanted {wanted}{unknown_hint(model_at(model, path[:-1]), path, value)}"


def _wanted(kind: str, context: dict[str, Any], value: Any, info: FieldInfo | None) -> str:
    if kind == "literal_error":
        choices = [str(choice) for choice in get_args(literal_of(info))] if info else []
        close = nearest(value, choices) if isinstance(value, str) else None
        if close and _opposite(value, close):
            close = None
        elif not close and isinstance(value, str):
            close = choice_hint(value, choices)
        ending = f": perhaps {close}?" if close else ""
        return f"one of: {' | '.join(choices)}{ending}"
    if kind == "string_pattern_mismatch":
        return _pattern_wanted(str(context["pattern"]), str(value))
    if kind == "string_type" and (pattern := pattern_of(info)):
        return _pattern_wanted(pattern, shown(value))
    if kind == "string_type":
        if isinstance(value, bool | int | float):
            return f"text: in quotes, as '{shown(value)}'"
        return "text"
    if kind in ("int_type", "int_from_float"):
        return f"a whole number{_number_hint(value, whole=True) or count_hint(value)}"
    if kind == "float_type" or (kind == "number" and isinstance(value, str)):
        return f"a number{_number_hint(value, whole=False)}"
    if kind == "bool_type":
        return "true or false"
    if kind == "tuple_type":
        shape = shape_of(info.annotation) if info else None
        if info and is_numbers(info.annotation) and (pair := interval_hint(value)):
            return pair
        return f"a list: {shape or '[a, b]'}, or one '- ' a line"
    if kind in ("model_type", "mapping_type", "dict_type"):
        shape = (shape_of(info.annotation) if info else None) or "{key: value}"
        return f"keys and values, each on its line under this key, or {shape}"
    if kind in ("too_short", "too_long"):
        least, most = context.get("min_length"), context.get("max_length")
        if kind == "too_long":
            return _pair(info) if most == 2 else f"at most {most} entries"
        return f"at least {least} {'entry' if least == 1 else 'entries'}"
    if kind == "string_too_short":
        return "text"
    bounds = {
        "greater_than": ("gt", "more than"),
        "greater_than_equal": ("ge", "at least"),
        "less_than_equal": ("le", "at most"),
    }
    if kind in bounds:
        name, words = bounds[kind]
        return f"{words} {context[name]:g}"
    # What analysis.values raises says itself what was wanted.
    return ""


def _opposite(one: str, other: str) -> bool:
    """Say whether two words differ by a prefix that negates: adjusted, unadjusted."""
    from difflib import SequenceMatcher

    short, long = sorted((re.sub(r"[-_ ]", "", w.lower()) for w in (one, other)), key=len)
    bare = (long.removeprefix(prefix) for prefix in _NEGATING if long.startswith(prefix))
    alike = SequenceMatcher(None, long, short).ratio()
    return any(SequenceMatcher(None, rest, short).ratio() > alike for rest in bare)


def _number_hint(value: Any, *, whole: bool) -> str:
    if not isinstance(value, str) or not _NUMBER_LIKE.match(value.strip()):
        return ""
    plain = value.strip().translate(MINUSES).replace("·", ".")
    if plain.endswith("%"):
        return _percent_hint(plain.rstrip("% "), whole=whole)
    if whole:
        plain = plain.replace(",", "")
        return f", without quotes or commas: {plain}" if plain.lstrip("-").isdigit() else ""
    return f", without quotes and with a decimal point: {plain.replace(',', '.')}"


def _percent_hint(plain: str, *, whole: bool) -> str:
    if whole:
        return ": a count, no percentage"
    share = Decimal(plain.replace(",", ".")) / 100
    return f", without %: {share.normalize():f} where it is a proportion"


def _pattern_wanted(pattern: str, value: str) -> str:
    return _id_wanted(value) if pattern == ID_PATTERN else "a version of three numbers, as 1.0.0"


def _id_wanted(value: str) -> str:
    import unicodedata

    letters = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "_", letters.lower()).strip("_").lstrip("0123456789_")
    hint = f", as {slug}" if slug else ""
    return f"a name of lower-case letters, digits and _ that begins with a letter{hint}"


def _known_keys(model: type[BaseModel], path: Path) -> list[str]:
    holder = model_at(model, path[:-1])
    return list(holder.model_fields) if holder else []


def _meant(model: type[BaseModel], tree: Tree, path: Path) -> str | None:
    if key_hint(model_at(model, path[:-1]), tree, path):
        return None
    return nearest(str(path[-1]), _known_keys(model, path))


def _unknown_key(model: type[BaseModel], tree: Tree, path: Path) -> str:
    if hint := key_hint(model_at(model, path[:-1]), tree, path):
        return f"found the unknown key {shown(path[-1])}, wanted {hint}"
    close = _meant(model, tree, path)
    known = _known_keys(model, path)
    wanted = f"one of its keys: perhaps {close}?" if close else f"one of: {', '.join(known)}"
    return f"found the unknown key {shown(path[-1])}, wanted {wanted}"


def _wanted_for(info: FieldInfo) -> str:
    choices = get_args(literal_of(info)) if literal_of(info) else ()
    if choices:
        wanted = f"one of: {' | '.join(map(str, choices))}"
    else:
        wanted = _kind(info.annotation)
    if info.description:
        wanted += f" ({info.description.rstrip('.')})"
    return wanted + (_OR_UNKNOWN if is_maybe(info.metadata) else "")


def _kind(annotation: Any) -> str:
    bare = plain_type(annotation)
    if get_origin(bare) is tuple:
        return "a list" if Ellipsis in get_args(bare) else _pair_of(bare)
    if bare is int:
        return "a whole number"
    if isinstance(bare, type) and issubclass(bare, float):
        return "a number"
    if is_model(bare) or get_origin(bare) is not None:
        return "keys and values"
    return "a value"


def _pair(info: FieldInfo | None) -> str:
    return _pair_of(plain_type(info.annotation) if info else None)


def _pair_of(pair: Any) -> str:
    texts = get_args(pair) and not is_numbers(pair)
    return "two entries: [a, b]" if texts else "two numbers: [lower, upper], with decimal points"
