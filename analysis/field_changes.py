"""Two values of records compared, part by part: which fields differ, under names a reader finds.

Entries of a list go by what names them (`analyses[os].method`, `results[dfs].ci`), so that an
entry put in front of others changes nothing but itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analysis.records import Record
from analysis.values import Printed, is_maybe

UNKNOWN = "not reported"

# What may name an entry among its list, most telling first; several where one is not enough.
_NAMES: tuple[tuple[str, ...], ...] = (
    ("id",),
    ("arm",),
    ("item",),
    ("outcome",),
    ("outcome", "subgroup"),
    ("outcome", "subgroup", "adjustment"),
    ("outcome", "subgroup", "adjustment", "measure"),
    ("tool",),
    ("category",),
    ("category", "source"),
    ("field",),
    ("domain",),
    ("term",),
    ("name",),
    ("label",),
    ("analysis",),
    ("source",),
)


@dataclass(frozen=True)
class FieldChange:
    """One field before and after, as text; None where it was not there.

    `path` is that of the file, as `results[dfs].ci`. `values` are the two values themselves,
    where they are at hand, to be put in other words.
    """

    path: str
    before: str | None
    after: str | None
    values: tuple[Any, Any] | None = field(default=None, compare=False, repr=False)


def field_changes(before: Any, after: Any, path: str = "") -> Iterator[FieldChange]:
    """Compare two values of records, part by part.

    A number printed with other decimals is another statement of it, and a change. A value
    that its source does not give reads `not reported`, a part that is absent None.
    """
    if isinstance(before, Record) and isinstance(after, Record) and type(before) is type(after):
        if before is after:
            return
        for name, info in type(before).model_fields.items():
            a, b = getattr(before, name), getattr(after, name)
            if is_maybe(info.metadata):
                a, b = (UNKNOWN if value is None else value for value in (a, b))
            yield from field_changes(a, b, f"{path}.{name}" if path else name)
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from field_changes(before.get(key), after.get(key), f"{path}.{key}")
    elif _records(before) and _records(after) and (before or after):
        yield from _entries(before, after, path)
    elif not _same(before, after):
        yield FieldChange(path, as_text(before), as_text(after), (before, after))


def as_text(value: Any) -> str | None:
    """Return a value of a record as a reader would write it; None where there is none."""
    if value is None or (isinstance(value, tuple | Mapping) and not value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Printed):
        return value.as_printed()
    if isinstance(value, Record):
        fields = type(value).model_fields.items()
        return _braces((name, getattr(value, name)) for name, info in fields if _given(value, name))
    if isinstance(value, tuple):
        return "[" + ", ".join(as_text(part) or UNKNOWN for part in value) + "]"
    if isinstance(value, Mapping):
        return _braces(value.items())
    return str(value)


def _given(record: Record, name: str) -> bool:
    info = type(record).model_fields[name]
    value = getattr(record, name)
    return info.is_required() or (value is not None and value != info.default)


def _braces(parts: Iterator[tuple[str, Any]] | Any) -> str:
    return "{" + ", ".join(f"{name}: {as_text(part) or UNKNOWN}" for name, part in parts) + "}"


def _records(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(entry, Record) for entry in value)


def _entries(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[FieldChange]:
    """Compare two lists of records, entry by entry."""
    names = _named(before, after)
    if names is None:
        # Nothing names them: those that both lists have are set aside, the rest paired in order.
        old = [entry for entry in before if entry not in after]
        new = [entry for entry in after if entry not in before]
        for index in range(max(len(old), len(new))):
            a = old[index] if index < len(old) else None
            b = new[index] if index < len(new) else None
            at = before.index(a) if a is not None else after.index(b)
            yield from field_changes(a, b, f"{path}[{at}]")
        return
    old_by, new_by = (
        dict(zip(n, e, strict=True)) for n, e in zip(names, (before, after), strict=True)
    )
    for name in [*old_by, *(name for name in new_by if name not in old_by)]:
        yield from field_changes(old_by.get(name), new_by.get(name), f"{path}[{name}]")
    kept = [[name for name in order if name in old_by and name in new_by] for order in names]
    if kept[0] != kept[1]:
        yield FieldChange(f"{path} (order)", ", ".join(kept[0]), ", ".join(kept[1]))


def _named(before: Sequence[Any], after: Sequence[Any]) -> tuple[list[str], list[str]] | None:
    """Return a name for each entry, by the first fields that tell all of them apart."""
    fields = type((before or after)[0]).model_fields
    for names in _NAMES:
        if all(name in fields for name in names):
            told = tuple([_name(entry, names) for entry in side] for side in (before, after))
            if all(len(set(side)) == len(side) for side in told):
                return told  # type: ignore[return-value]
    return None


def _name(entry: Record, names: Sequence[str]) -> str:
    values = (getattr(entry, name) for name in names)
    return ", ".join(
        UNKNOWN
        if value is None
        else " ".join(value.values())
        if isinstance(value, Mapping)
        else str(value)
        for value in values
        if value != {}
    )


def _same(before: Any, after: Any) -> bool:
    # 0.7 and 0.70 are the same number, but not the same statement of it.
    if isinstance(before, Printed) and isinstance(after, Printed):
        return before == after and before.decimals == after.decimals and type(before) is type(after)
    if isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        return all(map(_same, before, after))
    return bool(before == after)
