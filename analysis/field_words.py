"""A changed field in words: `results[dfs].ci` reads results: Disease-free survival: ci."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from analysis.records import Record, Review

_PART = re.compile(r"([^.\[\]]+)(?:\[([^\]]*)\])?")


def names_in(review: Review) -> dict[str, str]:
    """Return what a reader calls the studies, analyses, outcomes, arms, tools and so on, by id."""
    plan = review.plan
    lists: tuple[Sequence[Any], ...] = (
        plan.harms, plan.tools, plan.characteristics, plan.arms, plan.outcomes, plan.analyses,
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
