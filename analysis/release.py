"""Publish an edition: everything is checked and made first, then put into git in one step."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from analysis import archive, build, rendering
from analysis.agreement import stale
from analysis.claims import weigh, without_answer
from analysis.comparison import answered
from analysis.critical import locked
from analysis.editions import Held, Released, hold, released_editions, tag_of
from analysis.entry import CHANGELOG, message, why, with_entry, with_section
from analysis.errors import DataError, EditionError, Problem
from analysis.essentials import essentials
from analysis.findings import Findings
from analysis.git import Repository, open_repository
from analysis.history import same
from analysis.load import analysed_hash, load
from analysis.located import EDITIONS
from analysis.manuscript_texts import todos_of
from analysis.paper import examine_state
from analysis.past import Listed, returning
from analysis.plan import find
from analysis.project import AGREEMENT, CHECKLISTS, MANUSCRIPT, QUARTO, VARIABLES, Project
from analysis.readiness import (
    check_committed,
    check_dates,
    check_free,
    check_last,
    check_repository,
    release_day,
)
from analysis.records import Edition, Review
from analysis.schedule import SEARCHES
from analysis.states import State, evidence_at
from analysis.steps import Side, Step, as_text, main_results, step
from analysis.transaction import Stage, commit_and_tag, lock_of
from analysis.unanswered import not_estimable
from analysis.values import UNKNOWN_WORDS

PACKAGES = ("numpy", "scipy", "matplotlib", "pypandoc_binary", "typst")
_ATTRIBUTES = "editions/.gitattributes"
_NO_CONVERSION = (
    b"# What was published stays as it was, line ends too: manifests hold hashes.\n* -text\n"
)


@dataclass(frozen=True)
class Wishes:
    """What whoever releases says of it; None: worked out from the data and the clock.

    `today` is the day of the release, `clock` the day by the clock (both YYYY-MM-DD, UTC).
    """

    clock: str
    today: str | None = None
    trigger: str | None = None
    summary: str | None = None
    by: str | None = None
    engine: str = "auto"
    to: tuple[str, ...] = rendering.FORMATS


@dataclass(frozen=True)
class Prepared:
    """An edition that is ready: nothing of it is written yet.

    `warnings` are those of `check`: what does not stop a release, but may change one's mind.
    """

    edition: Edition
    step: Step
    files: Mapping[str, bytes]
    message: str
    head: str
    warnings: tuple[Problem, ...] = ()


def utc_today() -> str:
    """Return the day by the clock, in UTC: a release is an act in real time."""
    return datetime.now(UTC).date().isoformat()


def prepare(
    root: Path, wishes: Wishes, tell: Callable[[str], None] = lambda line: None
) -> Prepared:
    """Check that an edition may be released, work out its step, and make all its files.

    Raises
    ------
    EditionError : the repository is not ready: a dirty tree, a detached head, a merge under
        way, no identity, a day that is past, nothing changed, a version that exists.
    DataError, MethodError, TemplateError, RenderError : the review is not ready: errors, TODOs,
        a search of a day to come, claims that are not met or have no answer.
    """
    repository = open_repository(root)
    check_repository(repository)
    project = evidence_at(repository, repository.head)
    check_committed(root, project)
    today = release_day(repository, wishes.clock, wishes.today)
    loaded = load(project.data)
    if todos := (*loaded.todos, *todos_of(project.sources)):
        raise DataError(todos)
    ahead = check_dates(loaded, today)
    review = loaded.review
    findings = find(review)
    if unread := without_answer(weigh(review.claims, findings, located=loaded.place)[0]):
        raise DataError(unread)
    editions = released_editions(repository)
    last = hold(repository, editions[-1:])[0] if editions else None
    if last is not None:
        check_last(last, today)
    before = _side_of(last) if last else None
    past = Listed(repository, editions).evidence
    due = step(
        last.released.entry.version if last else None,
        before,
        Side(review, findings),
        review.claims,
        method_changed=_method_changed(last, before),
        returned=returning(before.review, review, past) if before and before.review else (),
    )
    if last is not None and due.kind == "patch" and not _anything(repository, last.released):
        raise EditionError(
            f"release: found nothing that changed since edition {last.released.entry.version}, "
            "wanted a change of the data, the text or the results"
        )
    check_free(repository, due.version, editions)
    edition = _entry(repository, review, findings, due, wishes, today)
    data = {**project.data, EDITIONS: with_entry(project.data.get(EDITIONS), edition)}
    project = replace(project, data=data)
    engine: list[str] = []
    final = examine_state(root, State("the new edition", project))
    outputs = rendering.render(
        final, project, wishes.to, wishes.engine, lambda line: _engine(line, engine, tell)
    )
    kept = {name: c for name, c in outputs.items() if not name.startswith("figures/")}
    manifest = _manifest(edition, project, final, kept, engine[0] if engine else "unknown")
    folder = archive.folder_of(edition.version)
    changelog = repository.read([f"HEAD:{repository.path(CHANGELOG)}"]).popitem()[1]
    files = {
        EDITIONS: data[EDITIONS],
        CHANGELOG: with_section(changelog, edition, due),
        _ATTRIBUTES: _NO_CONVERSION,
        **{f"{folder}/{name}": content for name, content in kept.items()},
        f"{folder}/{archive.MANIFEST}": manifest.to_json(),
    }
    text = message(edition, due, manifest.evidence)
    warnings = (
        *final.warnings,
        *not_estimable(final.loaded, final.findings),
        *essentials(final.loaded, project.styles.get(CHECKLISTS)),
        *archive.doubts([one.version for one in review.editions], archive.doubted(root)),
        *stale(project.styles.get(AGREEMENT), analysed_hash(project.data)),
        *ahead,
    )
    return Prepared(edition, due, files, text, repository.head, warnings)


def publish(root: Path, prepared: Prepared, stage: Stage = lambda name: None) -> str:
    """Commit and tag a prepared edition; return the name of the commit.

    Raises
    ------
    EditionError : another release is under way, or the repository changed since `prepare`.
    """
    repository = open_repository(root)
    with locked(lock_of(repository)) as lock:
        repository = replace(repository, locks=(lock,))
        check_repository(repository)
        if repository.head != prepared.head:
            raise EditionError(
                f"release: found a new commit {repository.head[:10]} on the branch, wanted it as "
                "it was when the edition was made; run living-review release again"
            )
        entry = prepared.edition
        tag = tag_of(entry.version)
        return commit_and_tag(
            repository, prepared.files, prepared.message, tag, entry.version, stage
        )


# --- what changed --------------------------------------------------------------------------


def _side_of(last: Held) -> Side | None:
    """Return the last edition by today's code, or by its archive where its evidence is lost."""
    if last.released.commit:
        try:
            review = load(last.files, checked=False).review
        except DataError:
            pass  # a format that is older than the code: the archive is what can be read
        else:
            return Side(review, answered(review, find)[0])
    if last.findings is None:
        version = last.released.entry.version
        why = last.released.loss or f"edition {version}: this version cannot read its data"
        raise EditionError(
            f"release: found no findings of edition {version} in its archive either, wanted them "
            f"or its evidence to compare with ({why})"
        )
    return Side(None, Findings.from_json(last.findings.decode("utf-8")))


def _method_changed(last: Held | None, before: Side | None) -> bool:
    """Say whether today's code answers otherwise than the edition's own on the same data."""
    if last is None or before is None or before.review is None or last.findings is None:
        return False
    entry = last.released.entry
    place = f"{archive.folder_of(entry.version)}/{archive.FINDINGS}"
    stored = archive.read_pools(last.findings, place, last.manifest)
    now = archive.read_pools(before.findings.to_json().encode(), place, last.manifest)
    return any(id_ in now and not same(pool, now[id_]) for id_, pool in stored.items())


def _anything(repository: Repository, last: Released) -> bool:
    """Say whether a file that makes the paper differs from the last edition's commit."""
    if last.commit is None:
        return True
    paths = ("data", "templates", MANUSCRIPT, QUARTO, VARIABLES, AGREEMENT)
    changed = repository.line(
        "diff-tree",
        "-r",
        "--name-only",
        "-z",
        last.commit,
        "HEAD",
        "--",
        *(f":(top,literal){repository.path(path)}" for path in paths),
    )
    return any(name and name != repository.path(EDITIONS) for name in changed.split("\0"))


# --- what is written -----------------------------------------------------------------------


def _entry(
    repository: Repository,
    review: Review,
    findings: Findings,
    due: Step,
    wishes: Wishes,
    today: str,
) -> Edition:
    if review.plan.living is None:
        found = "found no living mode, wanted one: an edition says whether the review is living"
        raise DataError([Problem("data/review.yml", "living", found)])
    results = "; ".join(f"{one.title}: {as_text(one)}" for one in main_results(findings))
    name = repository.line("var", "GIT_COMMITTER_IDENT").rpartition(" <")[0]
    trigger = wishes.trigger or why(due)
    summary = wishes.summary or (f"{results}." if results else trigger)
    return Edition(
        version=due.version,
        released=today,
        trigger=" ".join(trigger.split()),
        summary=" ".join(summary.split()),
        # None is what the record holds; to make one it takes the words.
        last_search=review.last_searched(*SEARCHES) or UNKNOWN_WORDS[0],
        living=review.plan.living.status,
        released_by=wishes.by or name,
    )


def _engine(line: str, engine: list[str], tell: Callable[[str], None]) -> None:
    if line.startswith("engine: "):
        engine.append(line.removeprefix("engine: "))
    tell(line)


def _manifest(
    edition: Edition,
    project: Project,
    examined: build.Examined,
    outputs: Mapping[str, bytes],
    engine: str,
) -> archive.Manifest:
    sources = {**project.data, **project.originals, **project.styles}
    return archive.Manifest(
        version=edition.version,
        released=edition.released,
        evidence=examined.loaded.review.evidence,
        engine=engine,
        sources={name: archive.digest(content) for name, content in sorted(sources.items())},
        outputs={name: archive.digest(content) for name, content in sorted(outputs.items())},
        tools=_tools(),
    )


def _tools() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("living-review", *PACKAGES):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found
