"""data/editions.yml, and the commits that an edition may be of, from its history alone.

The commit of an edition is the one that brought its version into the file. A file that lost a
version and has it again, as in a review that began as a copy of another, has it from the later
commit: what an earlier one brought in was another edition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import ValidationError

from analysis.errors import DataError, Problem
from analysis.git import Repository
from analysis.located import EDITIONS
from analysis.messages import where_of
from analysis.record_errors import record_mistakes
from analysis.records import Edition, Editions
from analysis.yaml_nodes import read_tree

# An entry's own line. Parsing 200 files of up to 200 entries each would take seconds; that one
# of them holds a version is seen from its bytes, in block style for sure.
_BLOCK = re.compile(
    rb"""^[ \t]*(?:-[ \t]+)?['"]?version['"]?[ \t]*:[ \t]*['"]?(\d+\.\d+\.\d+)\b""", re.M
)
_FLOW = re.compile(rb"""[{,][ \t]*['"]?version['"]?[ \t]*:""")

_Origins = dict[str, tuple[str, ...]]  # by version


def read_editions(content: bytes) -> tuple[Edition, ...]:
    """Return the entries of data/editions.yml.

    Raises
    ------
    DataError : the file cannot be read, or has a version twice.
    """
    tree = read_tree(content)
    found = tree.mistakes
    if not found:
        try:
            editions = Editions.model_validate(tree.value).editions
        except ValidationError as error:
            found = tuple(record_mistakes(Editions, tree, error))
    if found:
        raise DataError(Problem(f"{EDITIONS}:{m.line}", where_of(m.path), m.message) for m in found)
    lines: dict[str, int] = {}
    for index, edition in enumerate(editions):
        line = tree.line(("editions", index, "version"))
        if edition.version in lines:
            message = (
                f"found {edition.version}, which line {lines[edition.version]} has too, "
                "wanted one entry an edition"
            )
            raise DataError([Problem(f"{EDITIONS}:{line}", f"editions[{index}].version", message)])
        lines[edition.version] = line
    return editions


def commits_of_versions(repository: Repository) -> Mapping[str, tuple[str, ...]]:
    """Return for each version of HEAD's data/editions.yml the commits that brought it in.

    The likeliest comes first: several are left where lines of history that have the version
    each on its own were merged, and those before the file lost the version come last.
    """
    ancestry = repository.ancestry(EDITIONS)
    names = {commit: f"{commit}:{repository.path(EDITIONS)}" for commit in ancestry}
    contents = repository.read(names.values())
    at: dict[str, _Origins] = {}
    lost: _Origins = {}
    for commit, parents in ancestry.items():
        inherited: _Origins = {}
        for parent in parents:
            for version, origins in at.get(parent, {}).items():
                inherited[version] = _joined(inherited.get(version, ()), origins)
        here = dict.fromkeys(_versions(contents[names[commit]] or b""))
        at[commit] = {version: inherited.get(version) or (commit,) for version in here}
        for version in inherited.keys() - here.keys():
            lost[version] = _joined(lost.get(version, ()), inherited[version])
    # Parents come before their children: the last one is what HEAD has.
    head = at[next(reversed(ancestry))] if ancestry else {}
    return {version: _joined(own, lost.get(version, ())) for version, own in head.items()}


def _joined(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _versions(content: bytes) -> list[str]:
    if _FLOW.search(content):
        # In flow style, or in a sentence that looks like it.
        try:
            return [edition.version for edition in read_editions(content)]
        except DataError:
            pass  # a state of the file that was mended since
    return [match[1].decode("ascii") for match in _BLOCK.finditer(content)]
