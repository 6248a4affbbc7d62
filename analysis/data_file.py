"""One YAML file of `data/`: which record it is, its values, and what is wrong with its form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pydantic import ValidationError

from analysis.foreign_files import table_message
from analysis.located import CLAIMS, EDITIONS, PUBLISHED, REVIEW, SEARCHES, STUDIES
from analysis.record_errors import empty_values, record_mistakes
from analysis.records import Claims, Editions, Plan, Published, Record, Searches, Study
from analysis.todos import marked
from analysis.yaml_nodes import Mistake, Path, Tree, read_tree

KINDS: Mapping[str, type[Record]] = {
    REVIEW: Plan,
    SEARCHES: Searches,
    PUBLISHED: Published,
    CLAIMS: Claims,
    EDITIONS: Editions,
}


@dataclass(frozen=True)
class DataFile:
    """One YAML file: its record (None where it has errors), its tree and its mistakes."""

    record: Record | None
    tree: Tree
    mistakes: tuple[Mistake, ...]
    todos: tuple[Path, ...]


def is_study(name: str) -> bool:
    """Say whether a path of the review is the file of a study."""
    return name.startswith(STUDIES) and name.endswith(".yml") and name.count("/") == 2


def kind_of(name: str) -> type[Record]:
    """Return the record that the file at a path of the review is."""
    return KINDS.get(name, Study)


@lru_cache(maxsize=4096)
def read_data_file(kind: type[Record], data: bytes) -> DataFile:
    """Read a file; the same content is read once in a process."""
    # The evidence of many editions is read in one go: most files are the same in all of them.
    tree = read_tree(data)
    if tree.mistakes or not isinstance(tree.value, dict):
        mistakes = tree.mistakes
        if table := table_message(data):
            ending = ", one file a study" if kind is Study else ""
            mistakes = (Mistake(1, (), f"{table}{ending}"),)
        elif not mistakes:
            mistakes = (Mistake(tree.line(()), (), "found no 'key: value' lines, wanted them"),)
        return DataFile(None, tree, mistakes, ())
    mistakes = tuple(empty_values(kind, tree))
    todo = tuple(marked(tree.value))
    try:
        record = kind.model_validate(tree.value)
    except ValidationError as error:
        return DataFile(None, tree, (*mistakes, *record_mistakes(kind, tree, error)), todo)
    return DataFile(None if mistakes else record, tree, mistakes, todo)
