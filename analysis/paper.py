"""The paper of any state of the review, with what changed since the edition before it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from analysis import build, words
from analysis.errors import EditionError
from analysis.past import (
    Past,
    edition_before,
    found_before,
    included,
    returning,
    with_other_studies,
)
from analysis.records import Review
from analysis.remembering import RememberingFind
from analysis.states import State


@dataclass(frozen=True)
class Memory:
    """What one paper of a review leaves for the next: answers of the plan, and past editions."""

    find: RememberingFind = field(default_factory=RememberingFind)
    past: Past = field(default_factory=Past)


def examine_state(root: Path, state: State, memory: Memory | None = None) -> build.Examined:
    """Examine a state of the review, told apart from the published paper where it is not it.

    Templates see `changes`, the comparison with the edition before (None where there is none,
    where its evidence is lost, and in a folder without git), and, of the last edition that
    included other studies, its version (`version_before`), their ids (`studies_before`), its
    searches (`searches_before`), and which others these had found (`found_before`) or are
    included again since (`included_again`).

    `memory` is of a paper of the same review, in another state.

    Raises
    ------
    DataError, MethodError, TemplateError : as `build.examine`.
    """
    from analysis.manuscript_texts import Ahead

    memory = memory or Memory()
    # Pandoc reads while git and the plan run.
    ahead = Ahead(state.project.sources, state.loaded.review.claims)
    extra, draft = _since(root, state, memory)
    what = recomputed(state)
    with state.located():
        return build.examine(
            state.project,
            extra,
            recomputed=what,
            draft=draft,
            loaded=state.loaded,
            find=memory.find,
            ahead=ahead,
        )


def _since(root: Path, state: State, memory: Memory) -> tuple[dict[str, object], bool]:
    """Return what templates may say of the editions before a state, and whether it is a draft."""
    if state.day is not None:
        return {"first_edition": False}, False  # nor is it any other
    extra: dict[str, object] = {}
    review = state.loaded.review
    listed = memory.past.of(root)
    evidence = partial(memory.past.evidence, root)
    with ThreadPoolExecutor(max_workers=1) as aside:  # git runs while changes are attributed
        past = aside.submit(lambda: listed.past if listed else ())
        earlier = edition_before(listed, review, state.data_hash)
        if earlier is not None:
            from analysis.claim_sentences import reread
            from analysis.comparison import compare

            returned = returning(earlier, review, evidence)
            changes = compare(earlier, review, memory.find, returned)
            then, today = changes.findings
            text = reread(earlier, then, review, today)
            extra["changes"] = changes
            extra["statements_turned"] = tuple(one.id for one in text.worded)
        extra["past"] = past.result()
    if (previous := with_other_studies(listed, review, earlier)) is not None:
        extra["version_before"] = previous.editions[-1].version
        extra["studies_before"] = included(previous)
        extra["searches_before"] = tuple(search.id for search in previous.searches)
        again = returning(previous, review, evidence)
        extra["included_again"] = tuple(sorted(again))
        extra["found_before"] = tuple(sorted(found_before(previous, review) - again))
    return extra, state.commit is None and has_moved_on(root, review, state.data_hash)


def handed_over(root: Path, state: State, memory: Memory | None = None) -> dict[str, object]:
    """Return the names that templates of a state may use beside its findings and its data.

    `memory` is as for `examine_state`.
    """
    from analysis.audit import audit

    memory = memory or Memory()
    extra, draft = _since(root, state, memory)
    review = state.loaded.review
    findings = memory.find(review)
    published, place = review.published, state.loaded.place
    rows = audit(published, review, memory.find, place) if published else ()
    return build.handed_over(state.project, review, findings, rows, extra, draft=draft)


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


def with_navigation(examined: build.Examined, links: str, formats: str = "") -> build.Examined:
    """Return a paper whose page leads to others, and to itself in other formats, as Markdown."""
    import yaml

    head, _, body = examined.manuscript.text.removeprefix("---\n").partition("\n---\n")
    front = yaml.safe_load(head)
    front["edition"] = ", ".join(filter(None, (front.get("edition"), links)))
    # Where the bar has no room for it, the facts beside the abstract still lead there.
    more = (("This edition as", formats), ("Other editions", links))
    facts = [{"label": label, "text": text} for label, text in more if text]
    front["imprint"] = [*front.get("imprint", ()), *facts]
    text = yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=1_000_000)
    manuscript = replace(examined.manuscript, text=f"---\n{text}---\n{body}")
    return replace(examined, manuscript=manuscript)
