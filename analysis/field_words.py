"""A changed field in words: `results[dfs].ci` reads results: Disease-free survival: ci."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from analysis.changes import Change
from analysis.field_changes import UNKNOWN, FieldChange, as_text
from analysis.records import Record, Review
from analysis.values import is_maybe

_ANALYSIS = re.compile(r"analyses\[([^\]]*)\]\.?")
_NAMING, _LABELS = ("id",), ("label", "title")
_PART = re.compile(r"([^.\[\]]+)(?:\[([^\]]*)\])?")


def names_in(review: Review) -> dict[str, str]:
    """Return what a reader calls the studies, analyses, outcomes, arms, tools and so on, by id."""
    plan = review.plan
    lists: tuple[Sequence[Any], ...] = (
        # The later wins: an analysis often has the id of its outcome.
        plan.analyses, plan.harms, plan.tools, plan.characteristics, plan.arms, plan.outcomes,
        review.studies,
    )  # fmt: skip
    return {one.id: _title(one) for each in lists for one in each}


def field_words(path: str, of: Any, names: Mapping[str, str]) -> str:
    """Return a path of `field_changes` with labels for ids and spaces for underscores.

    Parameters
    ----------
    of : the record in which the path is looked up, for the labels of its entries. An entry that
        is not in it (it was removed) goes by `names`, else by its id in words.
    names : labels by id, as `names_in` gives them.
    """
    told, here = [], of
    for name, key in _PART.findall(path):
        inside = isinstance(here, Mapping) or not hasattr(here, name)
        told.append(names.get(name, _spaced(name)) if inside else _spaced(name))
        here = here.get(name) if isinstance(here, Mapping) else getattr(here, name, None)
        if key:
            entries = here if isinstance(here, tuple) else ()
            here = next((one for one in entries if getattr(one, "id", None) == key), None)
            told.append(_entry(key, here, names))
    return ": ".join(told)


def worded(change: Change, review: Review, names: Mapping[str, str]) -> Change:
    """Return a change whose fields, before and after, are in words: no key or id of the data.

    `review` is the later side; what it has no longer goes by its id in words.
    """
    of: Any = review.plan
    if change.studies:
        of = review.by_id.get(change.studies[0]) if len(change.studies) == 1 else None
    elif change.kind == "search":
        of = next((one for one in review.searches if f"search_{one.id}" == change.id), None)
    elif change.kind != "plan":
        of = review.published
    details = []
    for detail in change.details:
        here, path = of, detail.path
        if analysis := _ANALYSIS.match(path):
            here = next((one for one in review.plan.analyses if one.id == analysis[1]), None)
            path = path[analysis.end() :] or "analysis"
        told = "search" if path.startswith("searches[") else field_words(path, here, names)
        before, after = detail.before, detail.after
        if detail.values is not None:
            before, after = (value_words(value, names) for value in detail.values)
        details.append(FieldChange(told, before, after))
    return replace(change, details=tuple(details))


def value_words(value: Any, names: Mapping[str, str]) -> str | None:
    """Return a value of a record in words: labels for ids, no brackets; None for none.

    Parts of an entry are told apart by commas, entries of a list by semicolons.
    """
    if value is None or (isinstance(value, tuple | Mapping) and not value):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Record):
        told = (_field_of(value, name, names) for name in type(value).model_fields)
        return ", ".join(part for part in told if part)
    if isinstance(value, Mapping):
        parts = []
        for key, one in value.items():
            parts.append(f"{names.get(key, _spaced(key))}: {value_words(one, names) or UNKNOWN}")
        return "; ".join(parts)
    if isinstance(value, tuple):
        between = "; " if any(isinstance(one, Record) for one in value) else ", "
        return between.join(value_words(one, names) or UNKNOWN for one in value)
    return names.get(value, value) if type(value) is str else as_text(value)


def _field_of(record: Record, name: str, names: Mapping[str, str]) -> str | None:
    """Return a field of a record as 'patients 1200', None where it says nothing of its own."""
    info, value = type(record).model_fields[name], getattr(record, name)
    if name in _NAMING and type(record).model_fields.keys() & _LABELS:
        return None  # its label says it
    if value is None and is_maybe(info.metadata):
        return f"{_spaced(name)} {UNKNOWN}"
    if value is None or (not info.is_required() and value == info.default):
        return None
    told = value_words(value, names)
    if told is None or name in (*_LABELS, "arm", "item", "value"):
        return told
    if isinstance(value, Record) or (isinstance(value, tuple) and isinstance(value[0], Record)):
        return f"{_spaced(name)}: {told}"
    return f"{_spaced(name)} {told}"


def _entry(key: str, entry: Record | None, names: Mapping[str, str]) -> str:
    if entry is None or not (label := _title(entry)):
        return ", ".join(names.get(part, _spaced(part)) for part in key.split(", "))
    analysis = getattr(entry, "analysis", None)
    # The same risk stands once for each analysis that it is for.
    return f"{label} ({names.get(analysis, _spaced(analysis))})" if analysis else label


def _title(entry: Any) -> str:
    return getattr(entry, "label", None) or getattr(entry, "title", None) or ""


def _spaced(name: str) -> str:
    return name.replace("_", " ")
