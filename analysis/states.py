"""A state of the review under any name: the work tree, an edition, a revision, a day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from analysis.as_of import as_of
from analysis.data_names import is_data_file
from analysis.edition_commits import read_editions
from analysis.editions import hold, released_editions
from analysis.errors import DataError, EditionError, MethodError, Problem, TemplateError
from analysis.git import LINK, Repository, open_repository
from analysis.load import evidence_hash, load
from analysis.located import EDITIONS, Loaded
from analysis.messages import listed
from analysis.project import (
    AGREEMENT,
    MANUSCRIPT,
    QUARTO,
    STYLES,
    TEMPLATES,
    VARIABLES,
    Project,
    make_project,
    read_outside_data,
    read_project,
)
from analysis.records import Claim, Edition

VERSION = re.compile(r"v?(\d+\.\d+\.\d+)")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class State:
    """One state of the review: the work tree, a commit, an edition, or the evidence of a day.

    `name` is what a reader sees ('edition 1.0.0'), but for the `day`; `edition` is set where
    one was asked for; `commit` is None for the work tree; `tool` is the version of
    living-review that made it.
    """

    name: str
    project: Project
    edition: Edition | None = None
    commit: str | None = None
    day: str | None = None
    tool: str | None = None

    @cached_property
    def loaded(self) -> Loaded:
        """The review, with the evidence of the day where one was asked for.

        Raises
        ------
        DataError : with every problem; the places of a commit are named as git names them.
        """
        with self.located():
            # An edition passed the checks of its day; those of today may ask for more.
            loaded = load(self.project.data, checked=self.edition is None)
        if self.day is None:
            return loaded
        review = as_of(loaded.review, self.day)
        # It is no edition, and what an edition asserts need not hold of it.
        claims = tuple(_on_the_day(claim) for claim in review.claims)
        return replace(loaded, review=review.model_copy(update={"editions": (), "claims": claims}))

    @property
    def data_hash(self) -> str:
        """The hash of the data files as they stand."""
        return evidence_hash(self.project.data)

    @contextmanager
    def located(self) -> Iterator[None]:
        """Name the places of what is wrong with it as git names them; the work tree's as they are.

        Raises
        ------
        DataError, MethodError, TemplateError : as raised inside, each place as COMMIT:path; the
            first problem says which version of living-review made the edition.
        """
        try:
            yield
        except (DataError, MethodError, TemplateError) as error:
            at = str(self.commit)[:10]
            if self.commit is None or any(one.place == at for one in error.problems):
                raise
            found = error.problems or [Problem("", "", str(error))]
            problems = [
                Problem(f"{at}:{one.place}" if one.place else at, one.where, one.message)
                for one in found
            ]
            head = Problem(at, "", self._beyond(isinstance(error, DataError)))
            # The place of the head sorts before every place in the commit.
            raise type(error)([head, *problems]) from error

    def _beyond(self, data: bool) -> str:
        """Say that data or paper are beyond today's code, and which version knows them."""
        from importlib.metadata import version

        of = f" of {self.name}" if self.edition else ""
        now = f"that living-review {version('living-review')} cannot"
        found = f"found data{of} {now} read" if data else f"found a paper{of} {now} make"
        made = "made and reads" if data else "made"
        return f"{found}; living-review {self.tool} {made} it" if self.tool else found


def evidence_at(repository: Repository, revision: str) -> Project:
    """Return the review as a revision has it, with the page and paper styles of today.

    Data, text and what was compared with metafor are those of the commit; how a page looks,
    and what an engine wants beside it, belongs to the code.

    Raises
    ------
    EditionError : there is no such revision, or it holds no review.
    TemplateError : a template is not UTF-8, or one of today is a symbolic link.
    """
    commit = repository.commit(revision)
    if commit is None:
        raise EditionError(_no_such(repository, revision))
    tree = repository.trees([commit], ("data", "templates"))[commit]
    wanted = {
        name: entry.object
        for name, entry in tree.items()
        if entry.mode != LINK and (is_data_file(name) or name.startswith("templates/"))
    }
    single = (MANUSCRIPT, QUARTO, VARIABLES, AGREEMENT)
    wanted |= {name: f"{commit}:{repository.path(name)}" for name in single}
    contents = repository.read(wanted.values())
    files = {n: content for n, o in wanted.items() if (content := contents[o]) is not None}
    data = {name: content for name, content in files.items() if is_data_file(name)}
    if not data:
        raise EditionError(f"{commit[:10]}: found no data/ in the commit, wanted a review")
    styles = _styles_of_today(repository.root)
    if MANUSCRIPT not in files:
        # Its evidence can be compared; who wants its paper is told what is missing.
        return Project(data, {}, styles, {})
    rest = {name: content for name, content in files.items() if name not in data}
    try:
        return make_project(data, {**rest, **styles})
    except TemplateError as error:
        raise TemplateError(f"{commit[:10]}:{error}") from error


def resolve(root: Path, what: str | None = None, day: str | None = None) -> State:
    """Return the state of the review that a reader names.

    Parameters
    ----------
    what : None, the work tree; a version, that edition; a day (YYYY-MM-DD), the evidence of
        the work tree as published by then; else a revision of git.
    day : the evidence as published by this day, of whatever `what` is.

    Raises
    ------
    EditionError : nothing has that name, or the evidence is lost; the message says what to do.
    """
    if what is not None and DAY.fullmatch(what):
        what, day = None, what
    if day is not None and not is_day(day):
        raise EditionError(f"found the day {day!r}, wanted one of the calendar as YYYY-MM-DD")
    return replace(_named(root, what), day=day)


def _named(root: Path, what: str | None) -> State:
    if what is None:
        return State("work tree", read_project(root))
    repository = open_repository(root)
    version = VERSION.fullmatch(what)
    if version:
        return edition(repository, version[1])
    commit = repository.commit(what)
    if commit is None:
        raise EditionError(_no_such(repository, what))
    return State(f"commit {commit[:10]}", evidence_at(repository, commit), commit=commit)


def is_day(text: str) -> bool:
    """Say whether a text is a day of the calendar as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def edition(repository: Repository, version: str) -> State:
    """Return the state of an edition; raises as `resolve`."""
    found = {one.entry.version: one for one in released_editions(repository)}
    if version not in found:
        raise EditionError(_no_such(repository, version))
    one = hold(repository, [found[version]])[0]
    commit = one.released.commit
    if commit is None:
        raise EditionError(str(one.released.loss))
    return State(
        f"edition {version}",
        evidence_at(repository, commit),
        edition=one.released.entry,
        commit=commit,
        tool=one.manifest.tool if one.manifest else None,
    )


def _no_such(repository: Repository, what: str) -> str:
    file = repository.root / EDITIONS
    entries = read_editions(file.read_bytes()) if file.is_file() else ()
    known = listed(e.version for e in entries) if entries else "none yet"
    return (
        f"found {what!r}, wanted an edition, a day (YYYY-MM-DD) or a revision of git; "
        f"editions: {known}"
    )


def _on_the_day(claim: Claim) -> Claim:
    if claim.otherwise is not None:
        return claim
    otherwise = f"(On the evidence of this day it does not hold: “{claim.text}”)"
    return claim.model_copy(update={"otherwise": otherwise})


# --- files of a commit ---------------------------------------------------------------------


def _styles_of_today(root: Path) -> dict[str, bytes]:
    return {
        name: content
        for name, content in read_outside_data(root).items()
        if (name.startswith(f"{TEMPLATES}/") and name.endswith(STYLES)) or name == QUARTO
    }
