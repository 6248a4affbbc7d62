"""A commit and its tag made as one: after any interruption all of it is there, or nothing.

Objects are written first; git shows nobody an object that no ref names. A journal says what is
about to happen. Then the files and the index of the work tree change, and last the branch and
the tag move, in one transaction of `git update-ref`, each only if it still is what it was. That
is the moment of the release. Whoever comes after an interruption reads the journal: if the
branch has moved, the rest is done, else all is taken back. (Were the branch to move first, a
commit made by hand after an interruption would silently take the edition out again.)
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from analysis import interruption
from analysis.critical import LockedError, git_dir_of, locked, signals_held, write_durably
from analysis.errors import EditionError
from analysis.git import FILE, Repository
from analysis.output import refuse_links, write_file
from analysis.project import link_at

FOLDER = "living-review"  # in the git directory of the work tree
JOURNAL, LOCK = "journal.json", "release.lock"
NOTHING = "0"
HEALED = "the next command finishes it or takes it back"

Stage = Callable[[str], None]


@dataclass(frozen=True)
class Journal:
    """What is about to happen; all that is needed to finish it, or to take it back.

    `files` gives the new object of each path of the repository, `before` the old one (absent:
    the path is new).
    """

    version: str
    branch: str
    old: str
    new: str
    tag: str
    tag_object: str
    files: Mapping[str, str]
    before: Mapping[str, str]


def lock_of(repository: Repository) -> Path:
    """Return the file that a release locks, one for all work trees of a repository."""
    return _folder(repository.common_dir) / LOCK


def commit_and_tag(
    repository: Repository,
    files: Mapping[str, bytes],
    message: str,
    tag: str,
    version: str,
    stage: Stage,
) -> str:
    """Commit files on top of HEAD, tag the commit, and bring the work tree along.

    Parameters
    ----------
    files : content by path in the review; they join those of HEAD.
    stage : told the name of each stage as it is reached: 'objects', 'journal', 'files',
        'refs', 'done'.

    Returns
    -------
    The name of the commit. The lock must be held. A signal that comes once the journal is
    written acts when all is done; `interruption.left()` then says whether it was released.

    Raises
    ------
    EditionError : the branch or the tag moved meanwhile; then nothing is changed.
    RenderError : a file is a symbolic link, or lies behind one; nothing is changed either.
    """
    refuse_links(repository.root, files)
    branch, old = repository.branch, repository.head
    if branch is None:
        raise AssertionError("a detached head was refused before")
    objects = {
        repository.path(name): repository.run(
            "hash-object", "-w", "--no-filters", "--stdin", stdin=content
        )
        .decode("ascii")
        .strip()
        for name, content in files.items()
    }
    tree = _tree(repository, old, objects)
    new = repository.run("commit-tree", tree, "-p", old, stdin=message.encode()).decode().strip()
    tagger = repository.line("var", "GIT_COMMITTER_IDENT")
    head = f"object {new}\ntype commit\ntag {tag}\ntagger {tagger}\n\n"
    tag_object = repository.run("mktag", stdin=f"{head}{message}".encode()).decode().strip()
    stage("objects")
    journal = Journal(
        version=version,
        branch=branch,
        old=old,
        new=new,
        tag=f"refs/tags/{tag}",
        tag_object=tag_object,
        files=objects,
        before=_before(repository, old, objects),
    )
    path = _folder(repository.git_dir) / JOURNAL
    with signals_held():
        write_durably(path, json.dumps(asdict(journal)).encode())
        stage("journal")
        try:
            _advance(repository, journal)
            stage("files")
            _move_refs(repository, journal)
        except (EditionError, OSError):
            interruption.leave(f"the release of edition {version} is half done: {HEALED}")
            outcome = _settle(repository, journal)
            if outcome != "finished":
                path.unlink()
                interruption.leave(f"the release of edition {version} was {outcome}")
                raise
        interruption.leave(f"edition {version} is released: commit {new[:10]}")
        stage("refs")
        path.unlink()
    stage("done")
    return new


def recover(root: Path) -> str | None:
    """Finish or undo a release that was interrupted; say what was done, None for nothing.

    Where no release was interrupted this looks at one or two files and runs nothing.
    """
    git_dir = git_dir_of(root)
    if git_dir is None or not (_folder(git_dir) / JOURNAL).exists():
        return None
    from analysis.git import open_repository

    repository = open_repository(root)
    try:
        with locked(lock_of(repository)) as lock, signals_held():
            return _recover(replace(repository, locks=(lock,)))
    except LockedError:
        return None  # it is not interrupted but under way


def _recover(repository: Repository) -> str | None:
    path = _folder(repository.git_dir) / JOURNAL
    if not path.exists():
        return None  # the other process has just finished
    try:
        journal = Journal(**json.loads(path.read_bytes()))
    except (ValueError, TypeError):
        # It is put in place whole, before anything else happens; half of one is not ours.
        path.unlink()
        return None
    outcome = _settle(repository, journal)
    path.unlink()
    return f"the interrupted release of edition {journal.version} was {outcome}"


def _settle(repository: Repository, journal: Journal) -> str:
    """Finish a release whose branch has moved, else take it back; say which."""
    at = repository.commit(journal.branch)
    tag = repository.line("rev-parse", "-q", "--verify", journal.tag, ok=(0, 1))
    if at is not None and _is_ancestor(repository, journal.new, at):
        if not tag:
            nothing = NOTHING * len(journal.new)
            repository.run("update-ref", journal.tag, journal.tag_object, nothing)
        if at == journal.new and repository.branch == journal.branch:
            _advance(repository, journal)
        return "finished"
    if tag == journal.tag_object:
        repository.run("update-ref", "-d", journal.tag, journal.tag_object)
    if at != journal.old or repository.branch != journal.branch:
        return "given up: the branch has moved on, and its files were left as they are"
    _retreat(repository, journal)
    return "undone"


# --- its steps -----------------------------------------------------------------------------


def _tree(repository: Repository, old: str, objects: Mapping[str, str]) -> str:
    """Return the tree of `old` with other objects at some paths, by an index of its own."""
    folder = _folder(repository.git_dir)
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("index-*"):
        left.unlink()  # by a release that was killed; we hold the lock
    index = folder / f"index-{os.getpid()}"
    own = {"GIT_INDEX_FILE": str(index)}
    try:
        repository.run("read-tree", old, environment=own)
        repository.run("update-index", "-z", "--index-info", stdin=_info(objects), environment=own)
        return repository.run("write-tree", environment=own).decode("ascii").strip()
    finally:
        index.unlink(missing_ok=True)


def _info(objects: Mapping[str, str]) -> bytes:
    lines = (f"{FILE} {name}\t{path}\0" for path, name in objects.items())
    return "".join(lines).encode("utf-8", "surrogateescape")


def _before(repository: Repository, old: str, objects: Mapping[str, str]) -> dict[str, str]:
    tops = (f"{old}:{path}" for path in objects)
    lines = "".join(f"{name}\n" for name in tops).encode("utf-8", "surrogateescape")
    answers = repository.run("cat-file", "--batch-check=%(objectname)", stdin=lines).decode()
    found = zip(objects, answers.splitlines(), strict=True)
    return {path: name for path, name in found if not name.endswith(" missing")}


def _move_refs(repository: Repository, journal: Journal) -> None:
    nothing = NOTHING * len(journal.new)
    steps = (
        "start",
        f"update {journal.branch} {journal.new} {journal.old}",
        f"update {journal.tag} {journal.tag_object} {nothing}",
        "prepare",
        "commit",
    )
    message = f"living-review: release {journal.version}"
    lines = "".join(f"{step}\n" for step in steps)
    repository.run("update-ref", "-m", message, "--stdin", stdin=lines.encode())


def _advance(repository: Repository, journal: Journal) -> None:
    """Bring the files and the index of the work tree to the new commit; safe to repeat.

    A file that somebody changed meanwhile is left as it is; git then shows it as changed.
    """
    contents = repository.read(journal.files.values())
    repository.run("update-index", "-z", "--index-info", stdin=_info(journal.files))
    for path, new in journal.files.items():
        file = _file(repository, path)
        if link_at(repository.root, file):
            continue  # it was put there meanwhile, and leads to another file
        _sweep(file)
        if _object_of(repository, file) in (journal.before.get(path), new, None):
            write_file(file, contents[new] or b"")
    _refresh(repository)


def _retreat(repository: Repository, journal: Journal) -> None:
    """Bring the files and the index of the work tree back to the old commit; safe to repeat."""
    contents = repository.read(journal.before.values())
    for path, new in journal.files.items():
        file = _file(repository, path)
        if link_at(repository.root, file):
            continue  # it was put there meanwhile, and leads to another file
        _sweep(file)
        if _object_of(repository, file) != new:
            continue  # not written yet, or changed by somebody since
        if path in journal.before:
            write_file(file, contents[journal.before[path]] or b"")
            continue
        file.unlink()
        with suppress(OSError):  # other files are in it
            file.parent.rmdir()
            file.parent.parent.rmdir()
    new_paths = journal.files.keys() - journal.before.keys()
    removed = "".join(f"0 {NOTHING * len(journal.new)}\t{path}\0" for path in new_paths)
    info = _info(journal.before) + removed.encode("utf-8", "surrogateescape")
    repository.run("update-index", "-z", "--index-info", stdin=info)
    _refresh(repository)


def _refresh(repository: Repository) -> None:
    # Exit code 1: some file differs from the index, which `git status` will tell.
    repository.run("update-index", "-q", "--refresh", ok=(0, 1))


def _sweep(file: Path) -> None:
    """Remove what `write_file` left beside a file when it was killed."""
    file = file.resolve()
    for left in file.parent.glob(f".{glob.escape(file.name)}-*"):
        left.unlink()


def _object_of(repository: Repository, file: Path) -> str | None:
    if not file.exists():
        return None
    # With filters: a checkout may have given the file other line ends.
    return repository.line("hash-object", "--", os.path.relpath(file, repository.root))


def _file(repository: Repository, path: str) -> Path:
    top = repository.root
    for _ in repository.prefix.rstrip("/").split("/") if repository.prefix else ():
        top = top.parent
    return top / path


def _is_ancestor(repository: Repository, commit: str, of: str) -> bool:
    base = repository.line("merge-base", commit, of, ok=(0, 1))
    return base == commit


# --- the file system -----------------------------------------------------------------------


def _folder(git_dir: Path) -> Path:
    return git_dir / FOLDER
