"""What pydantic finds wrong with a file, in a reviewer's words: found X, wanted Y."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from analysis.messages import nearest, shown
from analysis.values import ID_PATTERN, UNKNOWN_WORDS, is_maybe
from analysis.yaml_nodes import Mistake, Path, Tree

_OR_UNKNOWN = f"; where it is not known, write: {UNKNOWN_WORDS[0]}"
_NUMBER_LIKE = re.compile(r"[-+−]?\d+(?:[.,·]\d+)?%?\Z")


def empty_values(model: type[BaseModel], tree: Tree) -> Iterator[Mistake]:
    """Give every key whose value is missing: an empty value is a slip, never 'unknown'."""
    for path in _nulls(tree.value, ()):
        info = _field(model, path)
        wanted = _wanted_for(info) if info else "a value, or the line left out"
        if info and not info.is_required() and not is_maybe(info.metadata):
            wanted = "a value, or the line left out"
        yield Mistake(tree.line(path), path, f"found nothing after ':', wanted {wanted}")


def _nulls(value: Any, path: Path) -> Iterator[Path]:
    if value is None:
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _nulls(inner, (*path, key))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            yield from _nulls(inner, (*path, index))


def record_mistakes(
    model: type[BaseModel], tree: Tree, error: ValidationError
) -> Iterator[Mistake]:
    """Give each of pydantic's errors with its line, but for what `empty_values` gives."""
    empty = set(_nulls(tree.value, ()))
    seen: set[Path] = set()
    details = error.errors(include_url=False, include_context=True)
    meant = {
        (*_path(detail)[:-1], _meant(model, _path(detail)))
        for detail in details
        if detail["type"] == "extra_forbidden"
    }
    for detail in details:
        path = _path(detail)
        if path in empty or path in seen:
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
        return _unknown_key(model, path)
    info = _field(model, path)
    if kind == "missing":
        value = _value(tree, path)
        if isinstance(value, tuple):
            return f"found {shown(value)}, wanted {_pair(info)}"
        return f"found no such key, wanted {_wanted_for(info) if info else 'a value'}"
    found = f"found {shown(detail['input'])}"
    wanted = _wanted(kind, context, detail["input"], info) or detail["msg"]
    known = info is not None and is_maybe(info.metadata)
    return f"{found}, wanted {wanted}{_OR_UNKNOWN if known else ''}"


def _wanted(kind: str, context: dict[str, Any], value: Any, info: FieldInfo | None) -> str:
    if kind == "literal_error":
        choices = [str(choice) for choice in get_args(_literal(info))] if info else []
        close = nearest(value, choices) if isinstance(value, str) else None
        ending = f": perhaps {close}?" if close else ""
        return f"one of: {' | '.join(choices)}{ending}"
    if kind == "string_pattern_mismatch":
        return _pattern_wanted(str(context["pattern"]), str(value))
    if kind == "string_type" and (pattern := _pattern(info)):
        return _pattern_wanted(pattern, shown(value))
    if kind == "string_type":
        if isinstance(value, bool | int | float):
            return f"text: in quotes, as '{shown(value)}'"
        return "text"
    if kind in ("int_type", "int_from_float"):
        return f"a whole number{_number_hint(value, whole=True)}"
    if kind == "float_type" or (kind == "number" and isinstance(value, str)):
        return f"a number{_number_hint(value, whole=False)}"
    if kind == "bool_type":
        return "true or false"
    if kind == "tuple_type":
        return "a list: [a, b], or one '- ' a line"
    if kind in ("model_type", "mapping_type", "dict_type"):
        return "keys and values, each on its line under this key, or {key: value}"
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


def _number_hint(value: Any, *, whole: bool) -> str:
    if not isinstance(value, str) or not _NUMBER_LIKE.match(value.strip()):
        return ""
    plain = value.strip().replace("−", "-").replace("·", ".").rstrip("%")
    if whole:
        plain = plain.replace(",", "")
        return f", without quotes or commas: {plain}" if plain.lstrip("-").isdigit() else ""
    return f", without quotes and with a decimal point: {plain.replace(',', '.')}"


def _pattern_wanted(pattern: str, value: str) -> str:
    return _id_wanted(value) if pattern == ID_PATTERN else "a version of three numbers, as 1.0.0"


def _id_wanted(value: str) -> str:
    import unicodedata

    letters = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "_", letters.lower()).strip("_").lstrip("0123456789_")
    hint = f", as {slug}" if slug else ""
    return f"a name of lower-case letters, digits and _ that begins with a letter{hint}"


def _known_keys(model: type[BaseModel], path: Path) -> list[str]:
    holder = _model(model, path[:-1])
    return list(holder.model_fields) if holder else []


def _meant(model: type[BaseModel], path: Path) -> str | None:
    return nearest(str(path[-1]), _known_keys(model, path))


def _unknown_key(model: type[BaseModel], path: Path) -> str:
    close = _meant(model, path)
    known = _known_keys(model, path)
    wanted = f"one of its keys: perhaps {close}?" if close else f"one of: {', '.join(known)}"
    return f"found the unknown key {shown(path[-1])}, wanted {wanted}"


def _wanted_for(info: FieldInfo) -> str:
    choices = get_args(_literal(info)) if _literal(info) else ()
    if choices:
        wanted = f"one of: {' | '.join(map(str, choices))}"
    else:
        wanted = _kind(info.annotation)
    if info.description:
        wanted += f" ({info.description.rstrip('.')})"
    return wanted + (_OR_UNKNOWN if is_maybe(info.metadata) else "")


def _kind(annotation: Any) -> str:
    bare = _bare(annotation)
    if get_origin(bare) is tuple:
        return "a list" if Ellipsis in get_args(bare) else _pair_of(bare)
    if bare is int:
        return "a whole number"
    if isinstance(bare, type) and issubclass(bare, float):
        return "a number"
    if _is_model(bare) or get_origin(bare) is not None:
        return "keys and values"
    return "a value"


def _pair(info: FieldInfo | None) -> str:
    return _pair_of(_bare(info.annotation) if info else None)


def _pair_of(pair: Any) -> str:
    texts = get_args(pair) and _bare(get_args(pair)[0]) is str
    return "two entries: [a, b]" if texts else "two numbers: [lower, upper], with decimal points"


# --- walking the records along a path ------------------------------------------------------


def _bare(annotation: Any) -> Any:
    """Return an annotation without Annotated, and without None."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType):
            annotation = next(a for a in get_args(annotation) if a is not type(None))
        else:
            return annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _step(annotation: Any, part: str | int) -> Any:
    bare = _bare(annotation)
    if _is_model(bare):
        info = bare.model_fields.get(str(part))
        return info.annotation if info else None
    inner = get_args(bare)
    if not inner:
        return None
    if get_origin(bare) is tuple:
        index = int(part) if isinstance(part, int) and Ellipsis not in inner else 0
        return inner[min(index, len(inner) - 1)]
    return inner[-1]


def _model(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    annotation: Any = model
    for part in path:
        annotation = _step(annotation, part)
    bare = _bare(annotation) if annotation is not None else None
    return bare if _is_model(bare) else None


def _field(model: type[BaseModel], path: Path) -> FieldInfo | None:
    """Return what is known of the field at `path`; of an entry of a list, its annotation."""
    if not path:
        return None
    holder = _model(model, path[:-1])
    if holder is not None:
        return holder.model_fields.get(str(path[-1]))
    annotation: Any = model
    for part in path:
        annotation = _step(annotation, part)
        if annotation is None:
            return None
    return FieldInfo.from_annotation(annotation)


def _literal(info: FieldInfo) -> Any:
    bare = _bare(info.annotation)
    return bare if get_origin(bare) is Literal else None


def _pattern(info: FieldInfo | None) -> str | None:
    """Return the pattern of a field's text, also where it may be left out."""
    if info is None:
        return None
    parts = [*info.metadata, *(get_args(info.annotation) or (info.annotation,))]
    for part in parts:
        for inner in (part, *getattr(part, "__metadata__", ()), *getattr(part, "metadata", ())):
            pattern = getattr(inner, "pattern", None)
            if isinstance(pattern, str):
                return pattern
    return None


def _value(tree: Tree, path: Path) -> Any:
    value: Any = tree.value
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value
