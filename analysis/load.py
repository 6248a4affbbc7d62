"""`data/` to a `Review`: every file read strictly, every error of every file at once.

`load` takes a mapping of path to bytes, so that a folder and a git tree are read alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path as FilePath
from typing import Any, cast

from analysis.bibliography import Bibliography, read_bibliography
from analysis.checks import check
from analysis.data_file import KINDS, DataFile, is_study, kind_of, read_data_file
from analysis.data_names import (
    is_data_file,
    is_line,
    misplaced,
    name_problems,
    near_data_file,
    readable,
)
from analysis.errors import DataError, Problem, in_order
from analysis.located import (
    CLAIMS,
    EDITIONS,
    PUBLISHED,
    REFERENCES,
    REVIEW,
    SEARCHES,
    Draft,
    Loaded,
    Places,
)
from analysis.messages import where_of
from analysis.records import Claims, Editions, Plan, Published, Review, Search, Searches, Study
from analysis.todos import todo_message, todos_of
from analysis.yaml_nodes import Mistake


@dataclass(frozen=True)
class Attempt:
    """What could be read of a review, and every problem of every file.

    `loaded` is None where review.yml, searches.yml or references.bib has errors of its own.
    """

    loaded: Loaded | None
    problems: tuple[Problem, ...]


def load_review(root: str | FilePath = ".") -> Review:
    """Read the review in the folder `root`.

    Raises
    ------
    DataError : with every problem of every file under `data/`.
    """
    return load(read_files(FilePath(root))).review


def data_folder(root: FilePath) -> FilePath:
    """Return the folder of the data files, which makes a folder that of a review.

    Raises
    ------
    DataError : there is none.
    """
    folder = root / "data"
    if not folder.is_dir():
        message = f"found no folder data/ in {root}, wanted the folder of a review (see --root)"
        raise DataError([Problem("data/", "", message)])
    return folder


def read_files(root: FilePath) -> dict[str, bytes]:
    """Return the data files under `root`, by their path in the review ('data/review.yml').

    Hidden files and an editor's backups are passed over.

    Raises
    ------
    DataError : there is no `data/`, or a file is a symbolic link, cannot be read or misses the
        name of a data file by its ending.
    """
    folder = data_folder(root)
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink() and (is_data_file(name) or path.is_dir()):
            # A contribution could point anywhere on the machine that builds the page.
            problems.append(Problem(name, "", "found a symbolic link, wanted the file itself"))
        elif is_data_file(name) and path.is_file():
            try:
                files[name] = path.read_bytes()
            except OSError as error:
                reason = error.strerror or "no reason given"
                message = f"found a file that cannot be read ({reason}), wanted a readable one"
                problems.append(Problem(name, "", message))
        elif path.is_file() and near_data_file(name):
            files[name] = b""  # `attempt` says what is wrong with its name
    if problems:
        raise DataError(problems)
    return files


def load(files: Mapping[str, bytes], *, checked: bool = True) -> Loaded:
    """Read the data files of a review, given by path ('data/studies/x.yml') and content.

    With `checked=False` only the form of each file is checked, not whether they agree: for
    evidence that passed its checks when it was published.

    Raises
    ------
    DataError : with every problem of every file.
    """
    found = attempt(files, checked=checked)
    if found.problems or found.loaded is None:
        raise DataError(found.problems)
    return found.loaded


def attempt(files: Mapping[str, bytes], *, checked: bool = True) -> Attempt:
    """Read the data files as `load` does, as far as they can be read, and give every problem.

    A study whose file has errors of its own is not among those of the review.
    """
    problems = [near for name in files if (near := near_data_file(name))]
    found = {name: data for name, data in sorted(files.items()) if is_data_file(name)}
    files = {readable(name): data for name, data in found.items()}
    problems += name_problems(found)
    files = {name: data for name, data in files.items() if is_line(name)}
    problems += misplaced(files)
    read = {
        name: read_data_file(kind_of(name), data)
        for name, data in files.items()
        if name in KINDS or is_study(name)
    }
    for name, one in read.items():
        problems += _problems(name, one.mistakes)
    bibliography = read_bibliography(files.get(REFERENCES, b""))
    keys_known = REFERENCES in files and not bibliography.mistakes
    problems += [
        Problem(f"{REFERENCES}:{line}", "", message) for line, message in bibliography.mistakes
    ]
    draft, doubled = _draft(read, bibliography if keys_known else None)
    problems += doubled
    warnings: tuple[Problem, ...] = ()
    if checked:
        errors, warnings = check(draft)
        problems += errors
    loaded = None
    if draft.plan is not None and draft.searches is not None and keys_known:
        loaded = Loaded(
            review=_review(draft, draft.plan, draft.searches, bibliography, evidence_hash(files)),
            warnings=warnings,
            todos=in_order(_todos(read, bibliography, draft.plan)),
            places=draft.places,
        )
    return Attempt(loaded, in_order(problems))


def evidence_hash(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of the evidence, in hexadecimal.

    It covers every file that `load` reads but `data/editions.yml`, which changes with each
    release: of each, in the order of their paths, the path, the length and the content, with
    line ends as LF, so that a checkout on Windows has the hash of any other.
    """
    whole = sha256()
    for name in sorted(files):
        if is_data_file(name) and name != EDITIONS:
            content = files[name].replace(b"\r\n", b"\n")
            whole.update(f"{name}\0{len(content)}\0".encode(errors="surrogateescape"))
            whole.update(content)
    return whole.hexdigest()


def analysed_hash(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of what the planned analyses rest on: the plan and the studies.

    As `evidence_hash`, which another wording of a claim changes too.
    """
    rested_on = {name: data for name, data in files.items() if name == REVIEW or is_study(name)}
    return evidence_hash(rested_on)


def _todos(
    read: Mapping[str, DataFile], bibliography: Bibliography, plan: Plan
) -> Iterator[Problem]:
    for name, one in read.items():
        for path in one.todos:
            message = todo_message(kind_of(name), one.tree, path, plan)
            yield Problem(f"{name}:{one.tree.line(path)}", where_of(path), message)
    yield from todos_of(bibliography)


def _problems(name: str, mistakes: tuple[Mistake, ...]) -> Iterator[Problem]:
    for mistake in mistakes:
        yield Problem(f"{name}:{mistake.line}", where_of(mistake.path), mistake.message)


def _draft(
    read: Mapping[str, DataFile], bibliography: Bibliography | None
) -> tuple[Draft, list[Problem]]:
    """Gather what could be read, and the studies whose id is taken already."""
    homes: dict[str, str] = {}
    studies: list[Study] = []
    doubled: list[Problem] = []
    whole = True
    for name, one in read.items():
        if not is_study(name):
            continue
        if not isinstance(one.record, Study):
            whole = False
        elif one.record.id in homes:
            first = homes[one.record.id]
            at = f"{first}:{read[first].tree.line(('id',))}"
            doubled.append(
                Problem(
                    f"{name}:{one.tree.line(('id',))}",
                    "id",
                    f"found the id {one.record.id}, which {at} has too, wanted another",
                )
            )
        else:
            homes[one.record.id] = name
            studies.append(one.record)
    places = Places({name: one.tree for name, one in read.items()}, homes)

    def record(name: str) -> Any:
        return read[name].record if name in read else None

    searches = cast(Searches | None, record(SEARCHES))
    claims = cast(Claims | None, record(CLAIMS))
    editions = cast(Editions | None, record(EDITIONS))
    draft = Draft(
        places=places,
        plan=cast(Plan | None, record(REVIEW)),
        # By id: a renamed file changes nothing.
        studies=tuple(sorted(studies, key=lambda study: study.id)),
        searches=searches.searches if searches else None,
        published=cast(Published | None, record(PUBLISHED)),
        claims=claims.claims if claims else (),
        editions=editions.editions if editions else (),
        citation_keys=bibliography.keys if bibliography else None,
        retracted_keys=bibliography.retracted if bibliography else frozenset(),
        all_studies=whole and not doubled,
    )
    return draft, doubled


def _review(
    draft: Draft,
    plan: Plan,
    searches: tuple[Search, ...],
    bibliography: Bibliography,
    evidence: str,
) -> Review:
    return Review.model_construct(
        plan=plan,
        studies=draft.studies,
        searches=searches,
        published=draft.published,
        claims=draft.claims,
        editions=draft.editions,
        bibliography=bibliography.text,
        citation_keys=bibliography.keys,
        evidence=evidence,
    )
