"""The editions before a paper: what git holds of them, read once while nothing in git moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.editions import Held, Released, hold, released_editions
from analysis.errors import DataError, EditionError
from analysis.load import evidence_hash, load
from analysis.located import EDITIONS
from analysis.records import Review

if TYPE_CHECKING:
    from analysis.git import Repository
    from analysis.history import PastEdition


class Listed:
    """The editions of a review, the oldest first, and the repository that holds them."""

    def __init__(self, repository: Repository, editions: tuple[Released, ...]) -> None:
        self.repository = repository
        self.editions: Mapping[str, Released] = {one.entry.version: one for one in editions}
        self.held = cache(self._held)
        """What git holds of an edition, by its version; None where it has no such edition."""
        self.evidence = cache(self._evidence)
        """The evidence of an edition, by its version; None where it is lost.

        Raises
        ------
        DataError : it is of a format that is older than the code.
        """

    @cached_property
    def past(self) -> tuple[PastEdition, ...]:
        """The editions with their results, none where their history cannot be read."""
        from analysis.history import history

        try:
            return history(self.repository, released=tuple(self.editions.values()))
        except EditionError:
            return ()

    def _held(self, version: str) -> Held | None:
        known = self.editions.get(version)
        return hold(self.repository, [known])[0] if known else None

    def _evidence(self, version: str) -> Review | None:
        held = self.held(version)
        if held is None or held.released.commit is None:
            return None
        return load(held.files, checked=False).review


class Past:
    """Lists the editions of a review, anew only where git or their file has moved on."""

    def __init__(self) -> None:
        self._listed: Listed | None = None
        self._state: tuple[object, ...] = ()

    def of(self, root: Path) -> Listed | None:
        """Return the editions of a review, None where there is no git to ask.

        Raises
        ------
        DataError : data/editions.yml cannot be read.
        """
        from analysis.git import open_repository

        try:
            repository = self._listed.repository if self._listed else open_repository(root)
            state = (root, repository.refs(), _content(root / EDITIONS))
            if self._listed is None or state != self._state:
                if self._listed:  # what it remembers of git may be no more
                    repository = open_repository(root)
                self._listed = Listed(repository, released_editions(repository))
                self._state = state
        except EditionError:
            self._listed = None
        return self._listed

    def evidence(self, root: Path, version: str) -> Review | None:
        """Return the evidence of an edition, None where it is not at hand; raises as `of`."""
        listed = self.of(root)
        return listed.evidence(version) if listed else None


def _content(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def edition_before(listed: Listed | None, review: Review, evidence: str) -> Review | None:
    """Return the evidence of the edition before a review, None where it is not at hand.

    Where the evidence is that of the review's last edition, that is the edition before this
    one; else it is the last edition, and the review is on its way to the next.
    """
    if listed is None or not review.editions:
        return None
    try:
        held = before_this(listed, review, evidence)
        return listed.evidence(held.released.entry.version) if held else None
    except (DataError, EditionError):
        return None  # data of a format that is older than the code; `history` says so


def before_this(listed: Listed, review: Review, evidence: str) -> Held | None:
    """Return the edition that a review is compared with, None where it is the first."""
    versions = [entry.version for entry in review.editions]
    held = listed.held(versions[-1])
    if held is not None and (held.manifest or held.files):
        own = held.manifest.evidence if held.manifest else evidence_hash(held.files)
        if own != evidence:
            return held
    # The review is its last edition itself, or about to be.
    earlier = [version for version in versions[:-1] if version in listed.editions]
    return listed.held(earlier[-1]) if earlier else None


def with_other_studies(
    listed: Listed | None, review: Review, earlier: Review | None
) -> Review | None:
    """Return the last edition that included other studies: what an update is an update of.

    `earlier` is the edition before the review, None where that is not at hand.
    """
    if listed is None or earlier is None or included(earlier) != included(review):
        return earlier
    for entry in reversed(earlier.editions):
        try:
            found = listed.evidence(entry.version)
        except DataError:
            return None
        if found is not None and included(found) != included(review):
            return found
    return None


def returning(
    before: Review, after: Review, evidence: Callable[[str], Review | None]
) -> frozenset[str]:
    """Return the ids of the studies that `after` includes again: not `before`, but an edition did.

    `evidence` gives that of an edition by its version, None where it is lost. Editions are read
    only where a study entered that `before` lists: the file of one that left stays there.
    """
    there = {study.id for study in before.studies}
    entered = there.intersection(included(after)).difference(included(before))
    found: set[str] = set()
    for entry in reversed(before.editions):
        if found == entered:
            break
        try:
            then = evidence(entry.version)
        except (DataError, EditionError):
            continue  # data of a format that is older than the code; `history` says so
        found |= entered.intersection(included(then)) if then else set()
    return frozenset(found)


def found_before(before: Review, after: Review) -> frozenset[str]:
    """Return the ids of the studies that searches of `before` had found, and it did not include.

    But for those that a search since has found as well.
    """
    known = {id_ for search in before.searches for id_ in search.studies}
    searched = {search.id for search in before.searches}
    since = {i for search in after.searches if search.id not in searched for i in search.studies}
    return frozenset(known.difference(included(before), since))


def included(review: Review) -> tuple[str, ...]:
    """Return the ids of the included studies, in order."""
    return tuple(sorted(study.id for study in review.studies if study.status == "included"))
