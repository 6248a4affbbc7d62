"""The records as types: which field stands at a path of a file, and what it may hold."""

from __future__ import annotations

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from analysis.values import Day, PartialDate
from analysis.yaml_nodes import Path, Tree

MOST_KEYS = 6


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give each value of a file that holds no other, with its path."""
    ahead = [(path, value)]  # the next one last
    while ahead:
        path, value = ahead.pop()
        if isinstance(value, dict):
            ahead += [((*path, key), inner) for key, inner in reversed(value.items())]
        elif isinstance(value, tuple):
            ahead += [((*path, at), value[at]) for at in reversed(range(len(value)))]
        else:
            yield path, value


def plain_type(annotation: Any) -> Any:
    """Return an annotation without Annotated, and without None."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, UnionType):
            annotation = next(a for a in get_args(annotation) if a is not type(None))
        else:
            return annotation


def is_numbers(annotation: Any) -> bool:
    """Say whether an annotation is a pair, or a list, of numbers."""
    inner = get_args(plain_type(annotation))
    bare = plain_type(inner[0]) if get_origin(plain_type(annotation)) is tuple and inner else None
    return isinstance(bare, type) and issubclass(bare, float)


def is_model(annotation: Any) -> bool:
    """Say whether an annotation is a record."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _step(annotation: Any, part: str | int) -> Any:
    bare = plain_type(annotation)
    if is_model(bare):
        info = bare.model_fields.get(str(part))
        return info.annotation if info else None
    inner = get_args(bare)
    if not inner:
        return None
    if get_origin(bare) is tuple:
        index = int(part) if isinstance(part, int) and Ellipsis not in inner else 0
        return inner[min(index, len(inner) - 1)]
    return inner[-1]


def model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """Return the record at `path`, None where there is none."""
    annotation: Any = model
    for part in path:
        annotation = _step(annotation, part)
    bare = plain_type(annotation) if annotation is not None else None
    return bare if is_model(bare) else None


def field_at(model: type[BaseModel], path: Path) -> FieldInfo | None:
    """Return what is known of the field at `path`; of an entry of a list, its annotation."""
    if not path:
        return None
    holder = model_at(model, path[:-1])
    if holder is not None:
        return holder.model_fields.get(str(path[-1]))
    annotation: Any = model
    for part in path:
        annotation = _step(annotation, part)
        if annotation is None:
            return None
    return FieldInfo.from_annotation(annotation)


def literal_of(info: FieldInfo) -> Any:
    """Return the list of words that a field may hold, None where it holds anything else."""
    bare = plain_type(info.annotation)
    return bare if get_origin(bare) is Literal else None


def pattern_of(info: FieldInfo | None) -> str | None:
    """Return the pattern of a field's text, also where it may be left out."""
    patterns = (getattr(part, "pattern", None) for part in _metadata(info))
    return next((pattern for pattern in patterns if isinstance(pattern, str)), None)


def is_date(info: FieldInfo) -> bool:
    """Say whether a field holds a date, as precise as it is known."""
    dates = {get_args(date)[1] for date in (PartialDate, Day)}
    return any(part in dates for part in _metadata(info) if isinstance(part, BeforeValidator))


def _metadata(info: FieldInfo | None) -> Iterator[Any]:
    """Give what annotations say of a field, and of its value where it may be left out."""
    if info is None:
        return
    for part in (*info.metadata, *(get_args(info.annotation) or (info.annotation,))):
        yield part
        yield from getattr(part, "__metadata__", ())
        yield from getattr(part, "metadata", ())


def value_at(tree: Tree, path: Path) -> Any:
    """Return what a file has at `path`, None where it has nothing."""
    value: Any = tree.value
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def shape_of(annotation: Any) -> str | None:
    """Return how a record, or a list or mapping of records, is written: [{name: …, n: …}].

    The keys are those that it must have. None for anything else.
    """
    bare = plain_type(annotation)
    if is_model(bare):
        fields = bare.model_fields
        keys = [name for name, info in fields.items() if info.is_required()] or list(fields)
        rest = ", …" if len(keys) > MOST_KEYS else ""
        return f"{{{', '.join(f'{key}: …' for key in keys[:MOST_KEYS])}{rest}}}"
    inner = get_args(bare)
    if not inner:
        return None
    shape = shape_of(inner[0] if get_origin(bare) is tuple else inner[-1])
    if shape is None or get_origin(bare) is tuple:
        return shape and f"[{shape}]"
    return f"{{name: {shape}}}"
