"""The paper of any state of the review, with what changed since the edition before it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import build, words
from analysis.editions import Held, Released, hold, released_editions
from analysis.errors import DataError, EditionError
from analysis.load import evidence_hash, load
from analysis.records import Review
from analysis.remembering import RememberingFind
from analysis.states import State

if TYPE_CHECKING:
    from analysis.git import Repository
    from analysis.history import PastEdition


def examine_state(root: Path, state: State, find: RememberingFind | None = None) -> build.Examined:
    """Examine a state of the review, told apart from the published paper where it is not it.

    Templates see `changes`, the comparison with the edition before (None where there is none,
    where its evidence is lost, and in a folder without git), and, of the last edition that
    included other studies, their ids (`studies_before`) and its searches (`searches_before`).

    `find` runs the plan, where it may remember answers of another state.

    Raises
    ------
    DataError, MethodError, TemplateError : as `build.examine`.
    """
    find = find or RememberingFind()
    extra: dict[str, object] = {}
    draft = False
    if state.day is None:
        review = state.loaded.review
        listed = list_editions(root)
        with ThreadPoolExecutor(max_workers=1) as aside:  # git runs while changes are attributed
            past = aside.submit(past_editions, listed)
            earlier = edition_before(listed, review, state.data_hash)
            if earlier is not None:
                from analysis.comparison import compare

                extra["changes"] = compare(earlier, review, find)
            extra["past"] = past.result()
        if (previous := with_other_studies(listed, review, earlier)) is not None:
            extra["studies_before"] = included(previous)
            extra["searches_before"] = tuple(search.id for search in previous.searches)
        draft = state.commit is None and has_moved_on(root, review, state.data_hash)
    else:
        extra["first_edition"] = False  # nor is it any other
    what = recomputed(state)
    with state.located():
        return build.examine(
            state.project, extra, recomputed=what, draft=draft, loaded=state.loaded, find=find
        )


@dataclass(frozen=True)
class Listed:
    """The editions of a review, and the repository that holds them."""

    repository: Repository
    editions: tuple[Released, ...]


def list_editions(root: Path) -> Listed | None:
    """Return the editions of a review, None where there is no git to ask.

    Raises
    ------
    DataError : data/editions.yml cannot be read.
    """
    from analysis.git import open_repository

    try:
        repository = open_repository(root)
        return Listed(repository, released_editions(repository))
    except EditionError:
        return None


def past_editions(listed: Listed | None) -> tuple[PastEdition, ...]:
    """Return the editions with their results, none where their history cannot be read."""
    from analysis.history import history

    try:
        return history(listed.repository, released=listed.editions) if listed else ()
    except EditionError:
        return ()


def has_moved_on(root: Path, review: Review, evidence: str) -> bool:
    """Say whether the evidence is another than that of the last edition, as archived.

    An edition that is being made has no archive yet: it is no draft.
    """
    from analysis.archive import MANIFEST, folder_of, read_manifest

    if not review.editions:
        return False
    path = root / folder_of(review.editions[-1].version) / MANIFEST
    try:
        return read_manifest(path.read_bytes(), str(path)).evidence != evidence
    except (OSError, EditionError):
        return False


def recomputed(state: State) -> str | None:
    """Say of what a paper is a recomputation; None for that of the work tree."""
    parts = [state.name] if state.commit else []
    if state.day:
        parts.append(f"the reports published by {words.date(state.day)}")
    return ", ".join(parts) or None


def edition_before(listed: Listed | None, review: Review, evidence: str) -> Review | None:
    """Return the evidence of the edition before a review, None where it is not at hand.

    Where the evidence is that of the review's last edition, that is the edition before this
    one; else it is the last edition, and the review is on its way to the next.
    """
    if listed is None or not review.editions:
        return None
    try:
        return _evidence(before_this(listed, review, evidence))
    except (DataError, EditionError):
        return None  # data of a format that is older than the code; `history` says so


def with_other_studies(
    listed: Listed | None, review: Review, earlier: Review | None
) -> Review | None:
    """Return the last edition that included other studies: what an update is an update of.

    `earlier` is the edition before the review, None where that is not at hand.
    """
    if listed is None or earlier is None or included(earlier) != included(review):
        return earlier
    known = {one.entry.version: one for one in listed.editions}
    for entry in reversed(earlier.editions):
        if entry.version in known:
            try:
                found = _evidence(hold(listed.repository, [known[entry.version]])[0])
            except DataError:
                return None
            if found is not None and included(found) != included(review):
                return found
    return None


def _evidence(held: Held | None) -> Review | None:
    if held is None or held.released.commit is None:
        return None
    return load(held.files, checked=False).review


def included(review: Review) -> tuple[str, ...]:
    """Return the ids of the included studies, in order."""
    return tuple(sorted(study.id for study in review.studies if study.status == "included"))


def before_this(listed: Listed, review: Review, evidence: str) -> Held | None:
    """Return the edition that a review is compared with, None where it is the first."""
    repository, known = listed.repository, {one.entry.version: one for one in listed.editions}
    versions = [entry.version for entry in review.editions]
    last = known.get(versions[-1])
    held = hold(repository, [last])[0] if last else None
    if held is not None and (held.manifest or held.files):
        own = held.manifest.evidence if held.manifest else evidence_hash(held.files)
        if own != evidence:
            return held
    # The review is its last edition itself, or about to be.
    earlier = [known[version] for version in versions[:-1] if version in known]
    return hold(repository, earlier[-1:])[0] if earlier else None


def with_navigation(examined: build.Examined, links: str) -> build.Examined:
    """Return a paper whose page leads to others: `links` is Markdown."""
    import yaml

    head, _, body = examined.manuscript.text.removeprefix("---\n").partition("\n---\n")
    front = yaml.safe_load(head)
    front["edition"] = ", ".join(filter(None, (front.get("edition"), links)))
    # Where the bar has no room for it, the facts beside the abstract still lead there.
    front["imprint"] = [*front.get("imprint", ()), {"label": "Other editions", "text": links}]
    text = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=1_000_000)
    manuscript = replace(examined.manuscript, text=f"---\n{text}---\n{body}")
    return replace(examined, manuscript=manuscript)
