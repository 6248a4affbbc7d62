"""Reporting checklists: each item with the place in the manuscript that covers it, or what lacks.

`templates/checklists.yml` holds them, beside the templates whose labels it names: it describes
the manuscript and is no evidence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from analysis.errors import DataError, Problem
from analysis.messages import unknown, where_of
from analysis.record_errors import empty_values, record_mistakes
from analysis.records import Checklist, ChecklistItem, Checklists
from analysis.yaml_nodes import Mistake, Tree, read_tree

FILE = "templates/checklists.yml"
FRONT = {"title": "Title", "abstract": "Abstract"}
"""Parts of the manuscript that have no label to refer to."""
NOT_COVERED = "Not covered"


@dataclass(frozen=True)
class ChecklistRow:
    """A row of the appendix: `where` is Markdown with cross-references."""

    item: str
    topic: str
    where: str
    covered: bool


@lru_cache(maxsize=4)  # a check reads it for the paper and for what may not lack
def read_checklists(data: bytes, file: str = FILE) -> Checklists:
    """Read the checklists from the bytes of their file.

    Raises
    ------
    DataError : every mistake, with its line; an item without a place and without a reason too.
    """
    from pydantic import ValidationError

    tree = read_tree(data)
    mistakes = list(tree.mistakes)
    checklists: Checklists | None = None
    if not mistakes:
        mistakes += empty_values(Checklists, tree)
        try:
            checklists = Checklists.model_validate(tree.value)
        except ValidationError as error:
            mistakes += record_mistakes(Checklists, tree, error)
    if checklists is not None:
        mistakes += _silent(checklists, tree)
    if checklists is None or mistakes:
        raise DataError(_problem(file, mistake) for mistake in mistakes)
    return checklists


def _problem(file: str, mistake: Mistake) -> Problem:
    return Problem(f"{file}:{mistake.line}", where_of(mistake.path), mistake.message)


def _silent(checklists: Checklists, tree: Tree) -> Iterator[Mistake]:
    for i, checklist in enumerate(checklists.checklists):
        for j, item in enumerate(checklist.items):
            if not item.where and item.lacking is None:
                path = ("checklists", i, "items", j)
                message = "found neither `where` nor `lacking`, wanted one or both"
                yield Mistake(tree.line(path), path, message)


def rows(checklist: Checklist) -> tuple[ChecklistRow, ...]:
    """Return the rows of the appendix table."""
    return tuple(
        ChecklistRow(item.item, item.topic, _where(item), bool(item.where))
        for item in checklist.items
    )


def _where(item: ChecklistItem) -> str:
    places = ", ".join(FRONT.get(label) or f"@{label}" for label in item.where)
    if item.lacking is None:
        return places
    lacking = item.lacking.rstrip(".")
    if not places:
        return f"{NOT_COVERED}: {lacking}"
    return f"{places}. {NOT_COVERED}: {lacking}"


def misplaced(
    checklists: Checklists, labels: Collection[str], file: str = FILE
) -> tuple[Problem, ...]:
    """Return a problem for each place that the manuscript does not have."""
    known = sorted({*labels, *FRONT})
    return tuple(
        Problem(
            file,
            f"{checklist.id} {item.item}",
            unknown(label, "a label of the manuscript, title or abstract", known),
        )
        for checklist in checklists.checklists
        for item in checklist.items
        for label in item.where
        if label not in known
    )
