"""What still says TODO, and what is to be written there instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic.fields import FieldInfo

from analysis.bibliography import Bibliography
from analysis.errors import Problem
from analysis.located import REFERENCES
from analysis.record_fields import (
    field_at,
    is_date,
    leaves,
    literal_of,
    pattern_of,
    plain_type,
    value_at,
)
from analysis.records import Level, Plan, Record, Study
from analysis.values import ID_PATTERN, TODO, UNKNOWN_WORDS, is_maybe
from analysis.yaml_nodes import Path, Tree

FOUND = f"found {TODO}, wanted"
STILL = "what is still to be written"
WRITTEN = f"{FOUND} {STILL}"
SAID = re.compile(rf"\b{TODO}\b")
"""Where prose says it, whatever stands beside it."""


def marked(value: Any) -> Iterator[Path]:
    """Give the path of every text of a file that says TODO, alone or with a remark."""
    for path, leaf in leaves(value):
        if isinstance(leaf, str) and TODO in leaf.replace(":", " ").split():
            yield path


def todo_message(kind: type[Record], tree: Tree, path: Path, plan: Plan) -> str:
    """Say what was found at a path of a file, and what is to be written there.

    Where the field takes one of a list, that list: of the record, or as review.yml declares it.
    """
    value = value_at(tree, path)
    if value != TODO:
        return f"found {' '.join(str(value).split())!r}, wanted {STILL}"
    info = field_at(kind, path)
    unknown = f", or {UNKNOWN_WORDS[0]}" if info and is_maybe(info.metadata) else ""
    if kind is Study and (choices := declared(tree, path, plan)):
        return f"{FOUND} {' | '.join(choices)}{unknown}"
    if info is None:
        return WRITTEN
    if literal := get_args(literal_of(info)):
        return f"{FOUND} {' | '.join(map(str, literal))}{unknown}"
    said = f" ({info.description.rstrip('.')})" if info.description else ""
    return f"{FOUND} {_kind(info)}{said}{unknown}"


def _kind(info: FieldInfo) -> str:
    bare = plain_type(info.annotation)
    if is_date(info):
        return "a date as YYYY, YYYY-MM or YYYY-MM-DD"
    if pattern_of(info) == ID_PATTERN:
        return "an id"
    if bare is int:
        return "a whole number"
    return "a number" if isinstance(bare, type) and issubclass(bare, float) else "text"


def todos_of(bibliography: Bibliography) -> Iterator[Problem]:
    """Give the lines of references.bib that say TODO."""
    for number, line in enumerate(bibliography.text.split("\n"), start=1):
        if TODO in line.replace("{", " ").replace("}", " ").replace(",", " ").split():
            field = line.partition("=")[0].strip()
            what = f"the {field} of the document" if "=" in line and field.isalpha() else STILL
            yield Problem(f"{REFERENCES}:{number}", "", f"{FOUND} {what}")


def declared(tree: Tree, path: Path, plan: Plan) -> Sequence[str]:
    """Return the words that review.yml declares for a field of a study; empty: any, or none."""
    match path:
        case ("characteristics", name, "value"):
            levels = {field.id: field.levels for field in plan.characteristics}
            return _ids(levels.get(str(name), ()))
        case ("quality", int(), "items", int(), "level") | ("quality", int(), "overall"):
            tools = {tool.id: tool for tool in plan.tools}
            tool = tools.get(str(value_at(tree, (*path[:2], "tool"))))
            if tool is None:
                return ()
            return _ids(tool.overall if path[-1] == "overall" else tool.levels)
        case ("planned", int(), "primary_outcome") | ("results", int(), "outcome"):
            return [outcome.id for outcome in plan.outcomes]
        case _:
            return ()


def _ids(levels: Sequence[Level]) -> Sequence[str]:
    return [level.id for level in levels]
