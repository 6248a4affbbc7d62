"""What a path may name next: `os.est_ub`, `os.leave_one_out.courdi`, `studies.wang.label`.

Findings, the conditions of claims and templates all walk with it, so that a path means the same
in each.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
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
        return _Named(dict.fromkeys(_record_names(type(value)), value))
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return {}
    own = _owned(value)
    inner = getattr(value, "synthesis", None)
    return _Named(own if inner is None else {**_owned(inner), **own})


def _owned(value: Any) -> dict[str, Any]:
    kind: Any = type(value)
    return dict.fromkeys(_names(kind), value)


class _Named(Mapping[str, Any]):
    """Fields and properties by name; a property is worked out only when it is asked for."""

    def __init__(self, owners: Mapping[str, Any]) -> None:
        self._owners = owners

    def __getitem__(self, name: str) -> Any:
        return getattr(self._owners[name], name)

    def __contains__(self, name: object) -> bool:
        return name in self._owners

    def __iter__(self) -> Iterator[str]:
        return iter(self._owners)

    def __len__(self) -> int:
        return len(self._owners)


def slug(name: str) -> str:
    """Return a name as part of a path: 'retrospective cohort' gives retrospective_cohort."""
    return name.replace(" ", "_").replace("-", "_")


def row_name(row: Any) -> str | None:
    """Return the name by which a path reaches a row: its study, else its id."""
    name = getattr(row, "study", None) or getattr(row, "id", None)
    return name if isinstance(name, str) else None


@cache
def _names(kind: Any) -> tuple[str, ...]:
    properties = (name for name, value in vars(kind).items() if isinstance(value, property))
    return (*(field.name for field in dataclasses.fields(kind)), *properties)


@cache
def _record_names(kind: type[BaseModel]) -> tuple[str, ...]:
    properties = (name for name, value in vars(kind).items() if isinstance(value, property))
    return (*kind.model_fields, *properties)
