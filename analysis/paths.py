"""What a path may name next: `os.est_ub`, `os.leave_one_out.courdi`, `studies.wang.label`.

Findings, the conditions of claims and templates all walk with it, so that a path means the same
in each.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
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
        return {name: getattr(value, name) for name in _record_names(type(value))}
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return {}
    found = {name: getattr(value, name) for name in _names(type(value))}
    inner = found.get("synthesis")
    return found if inner is None else {**children(inner), **found}


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
