"""What a path may name next: `os.est_ub`, `os.leave_one_out.courdi`, `studies.wang.label`.

Findings, the conditions of claims and templates all walk with it, so that a path means the same
in each.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel


def children(value: Any) -> Mapping[str, Any]:
    """Return what a path may name next, by name: fields and properties, entries, rows by study."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, tuple):
        return {name: row for row in value if (name := row_name(row)) is not None}
    if isinstance(value, BaseModel):
        return _Named(value, _record_names(type(value)))
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return {}
    inner = getattr(value, "synthesis", None)
    return _Named(
        value, _names(value.__class__), inner, _names(inner.__class__) if inner is not None else ()
    )


class _Named(Mapping[str, Any]):
    """Fields and properties by name; a property is worked out only when it is asked for."""

    def __init__(
        self,
        value: Any,
        names: Mapping[str, None],
        inner: Any = None,
        within: Collection[str] = (),
    ) -> None:
        """Name what a value has, and behind it what the one within it has."""
        self._value, self._names = value, names
        self._inner, self._within = inner, within

    def __getitem__(self, name: str) -> Any:
        if name in self._names:
            return getattr(self._value, name)
        if name in self._within:
            return getattr(self._inner, name)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names or name in self._within

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self._within, *self._names)))

    def __len__(self) -> int:
        return len({*self._within, *self._names})


_APART = str.maketrans(" -.", "___")
"""What stands between words, and between the parts of a path."""


def slug(name: str) -> str:
    """Return a name as part of a path: 'retrospective cohort' gives retrospective_cohort."""
    return name.translate(_APART)


def row_name(row: Any) -> str | None:
    """Return the name by which a path reaches a row: its study, else its id."""
    name = getattr(row, "study", None) or getattr(row, "id", None)
    return name if isinstance(name, str) else None


@cache
def _names(kind: Any) -> Mapping[str, None]:
    return dict.fromkeys((*(field.name for field in dataclasses.fields(kind)), *_properties(kind)))


@cache
def _record_names(kind: type[BaseModel]) -> Mapping[str, None]:
    return dict.fromkeys((*kind.model_fields, *_properties(kind)))


def _properties(kind: type) -> Iterator[str]:
    return (name for name, value in vars(kind).items() if isinstance(value, property))
