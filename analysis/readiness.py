"""What must hold before an edition is released: a clean tree, a branch, a day that is today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from analysis.editions import Held, Released, tag_of
from analysis.errors import DataError, EditionError, Problem, TemplateError
from analysis.future import reported_later, searched_later
from analysis.git import Repository
from analysis.load import evidence_hash, read_files
from analysis.located import EDITIONS, Loaded
from analysis.project import MANUSCRIPT, QUARTO, VARIABLES, Project
from analysis.states import is_day

_READ = ("data/", "templates/", "editions/", MANUSCRIPT, QUARTO, VARIABLES)
_UNDER_WAY = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisection",
}


def check_repository(repository: Repository) -> None:
    """Refuse a detached head, an operation of git under way, a dirty tree, no identity.

    Raises
    ------
    EditionError : what was found, all changed files at once, and what to do.
    """
    head = repository.head
    if repository.branch is None:
        raise EditionError(
            f"release: found a detached head at {head[:10]}, wanted a branch (git switch BRANCH)"
        )
    for name, what in _UNDER_WAY.items():
        if (repository.git_dir / name).exists():
            raise EditionError(f"release: found {what} under way, wanted it finished or aborted")
    if changed := _changed(repository):
        raise EditionError(changed)
    try:
        repository.run("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
        repository.run("-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    except EditionError:
        raise EditionError(
            "release: found no name and address of a committer, wanted them: "
            "git config user.name NAME; git config user.email ADDRESS"
        ) from None


def _changed(repository: Repository) -> list[Problem]:
    """Return what differs from HEAD; files that git does not know count where they are read."""
    output = repository.run("status", "--porcelain=v1", "-z", "--untracked-files=all")
    parts = iter(output.decode("utf-8", "surrogateescape").split("\0"))
    problems = []
    for part in parts:
        if not part:
            continue
        state, path = part[:2], part[3:]
        if "R" in state or "C" in state:
            next(parts)  # where it came from
        inside = path.startswith(repository.prefix)
        name = path.removeprefix(repository.prefix)
        if state == "??":
            if inside and name.startswith(_READ):
                found = "found a file that is not in git, wanted it committed or removed"
                problems.append(Problem(name, "", found))
        elif "U" in state or state in ("AA", "DD"):
            problems.append(Problem(path, "", "found an unresolved merge, wanted it resolved"))
        else:
            found = "found changes that are not committed, wanted them committed or undone"
            problems.append(Problem(path, "", found))
    return problems


def check_committed(root: Path, project: Project) -> None:
    """Refuse files that are read but that git does not keep, and merges left in the text."""
    there = read_files(root)
    problems = [
        Problem(name, "", "found a file that git ignores, wanted it committed or removed")
        for name in sorted(there.keys() - project.data.keys())
    ]
    if not problems and evidence_hash(there) != evidence_hash(project.data):
        problems = [Problem("data/", "", "found other files than those of HEAD, wanted the same")]
    if problems:
        raise EditionError(problems)
    conflicts = [
        Problem(f"{name}:{number}", "", f"found {line[:7]}, a merge conflict, wanted it resolved")
        for name, text in project.sources.items()
        for number, line in enumerate(text.split("\n"), start=1)
        if line.startswith(("<<<<<<< ", ">>>>>>> "))
    ]
    if conflicts:
        raise TemplateError(conflicts)


def release_day(repository: Repository, clock: str, today: str | None) -> str:
    """Return the day of the release: never before the last commit, never in the future."""
    today = clock if today is None else today
    if not is_day(today):
        raise EditionError(f"release: found the day {today!r}, wanted one as YYYY-MM-DD")
    stamp = int(repository.line("rev-list", "--max-count=1", "--timestamp", "HEAD").split()[0])
    committed = datetime.fromtimestamp(stamp, UTC).date().isoformat()
    if today < committed:
        raise EditionError(
            f"release: found the day {today}, wanted none before the last commit, of {committed}: "
            "an edition is never backdated"
        )
    # Somewhere on earth it may be tomorrow already.
    if today > (date.fromisoformat(clock) + timedelta(days=1)).isoformat():
        raise EditionError(
            f"release: found the day {today}, wanted the day of the release, {clock}"
        )
    return today


def check_dates(loaded: Loaded, today: str) -> tuple[Problem, ...]:
    """Refuse a search that nobody can have run yet; return the reports of a day to come.

    Raises
    ------
    DataError : each search with a date after the day of the release.
    """
    if later := searched_later(loaded, today):
        raise DataError(later)
    return reported_later(loaded, today)


def check_last(last: Held, today: str) -> None:
    """Refuse a day before the last edition's, and a clone that is too shallow to know it.

    Raises
    ------
    EditionError : with what to do.
    """
    entry = last.released.entry
    if last.released.loss and "shallow" in last.released.loss:
        raise EditionError(last.released.loss)
    if today < entry.released:
        raise EditionError(
            f"release: found the day {today}, wanted none before edition {entry.version}, "
            f"released on {entry.released}"
        )


def check_free(repository: Repository, version: str, editions: Sequence[Released]) -> None:
    """Refuse a version that exists, here or under the tag of another branch.

    Raises
    ------
    EditionError : with what to do.
    """
    tag = tag_of(version)
    if version in (one.entry.version for one in editions):
        raise EditionError(f"release: found edition {version} in {EDITIONS}, wanted a new version")
    if repository.line("rev-parse", "-q", "--verify", f"refs/tags/{tag}", ok=(0, 1)):
        raise EditionError(
            f"release: found a tag {tag}, wanted none: another branch has released {version}; "
            "bring its commits here first, or delete the tag if it is a leftover"
        )
