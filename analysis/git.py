"""Runs git: revisions named and objects read in bulk, without a checkout.

Only plumbing commands run, and `status` in its form for scripts, in a pinned environment: their
output does not depend on the user's settings, language, pager or colours. What a commit holds
is read as the bytes that git stores, so settings of line ends do not matter.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.errors import EditionError

# A hook of git, or git itself, may have set these for a repository that is not meant here.
_FOREIGN = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
)
_PINNED = {
    "LC_ALL": "C",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
_SETTINGS = ("core.quotepath=false", "core.fsmonitor=false", "color.ui=false")

FILE, LINK, TREE = "100644", "120000", "40000"


@dataclass(frozen=True)
class Entry:
    """A file of a tree: its mode and the name of its object."""

    mode: str
    object: str


@dataclass(frozen=True)
class Repository:
    """The git repository that holds a review.

    `root` is the folder of the review, `prefix` its path inside the repository (empty, or
    with a final '/'): a review may be one folder of a larger repository. `git_dir` is private
    to this work tree, `common_dir` shared by all work trees of the repository. `locks` are open
    files that each git gets too, so that a lock outlives us for as long as a git of ours runs.
    """

    root: Path
    prefix: str
    git_dir: Path
    common_dir: Path
    shallow: bool
    locks: tuple[int, ...] = ()

    # --- running git ---------------------------------------------------------------------

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        ok: Sequence[int] = (0,),
    ) -> bytes:
        """Run git in the folder of the review and return what it wrote.

        Raises
        ------
        EditionError : git ended otherwise than with a code of `ok`; its own words are told.
        """
        return _git(self.root, arguments, stdin, environment, ok, self.locks)

    def line(self, *arguments: str, ok: Sequence[int] = (0,)) -> str:
        """Run git and return its output as text, without the final line end."""
        return self.run(*arguments, ok=ok).decode("utf-8", "surrogateescape").rstrip("\n")

    # --- names ---------------------------------------------------------------------------

    def path(self, name: str) -> str:
        """Return the path in the repository of a file of the review."""
        return f"{self.prefix}{name}"

    def commit(self, revision: str) -> str | None:
        """Return the full name of the commit that a revision means, None where there is none."""
        return (
            self.line(
                "rev-parse",
                "--verify",
                "--quiet",
                "--end-of-options",
                f"{revision}^{{commit}}",
                ok=(0, 1, 128),
            )
            or None
        )

    @cached_property
    def head(self) -> str:
        """The commit that is checked out.

        Raises
        ------
        EditionError : there is no commit yet.
        """
        found = self.commit("HEAD")
        if found is None:
            raise EditionError(
                f"{self.root}: found a repository without a commit, wanted at least one"
            )
        return found

    @cached_property
    def branch(self) -> str | None:
        """The branch that is checked out, as 'refs/heads/main'; None: the head is detached."""
        return self.line("symbolic-ref", "--quiet", "HEAD", ok=(0, 1)) or None

    @cached_property
    def boundary(self) -> frozenset[str]:
        """The commits at which a shallow clone ends; none in a whole one."""
        return _boundary(self.common_dir)

    def refs(self) -> tuple[str, ...]:
        """Return HEAD, every branch and every tag with its commit, and where the history ends."""
        return (self.line("show-ref", "--head", ok=(0, 1)), *sorted(_boundary(self.common_dir)))

    def history(self, name: str) -> tuple[str, ...]:
        """Return the commits of HEAD's history that touch a file, parents before children."""
        return tuple(self.ancestry(name))

    def ancestry(self, name: str) -> dict[str, tuple[str, ...]]:
        """Return the commits of `history` in its order, each with those of them it came from."""
        pathspec = f":(top,literal){self.path(name)}"
        found = self.line("rev-list", "--topo-order", "--parents", "HEAD", "--", pathspec)
        lines = (line.split(" ") for line in reversed(found.splitlines()))
        return {commit: tuple(parents) for commit, *parents in lines}

    # --- objects -------------------------------------------------------------------------

    def read(self, names: Iterable[str], kind: str = "blob") -> dict[str, bytes | None]:
        """Return the content of objects, by name (hash, or 'COMMIT:path').

        None where one is missing, or not of this kind: 'blob', a file, or 'tree', a folder. One
        process reads them all.
        """
        wanted = list(dict.fromkeys(names))
        if not wanted:
            return {}
        lines = "".join(f"{name}\n" for name in wanted)
        output = self.run("cat-file", "--batch", stdin=lines.encode("utf-8", "surrogateescape"))
        found: dict[str, bytes | None] = {}
        at = 0
        for name in wanted:
            end = output.index(b"\n", at)
            head = output[at:end].split(b" ")
            at = end + 1
            if head[-1] == b"missing" or len(head) != 3:
                found[name] = None
                continue
            size = int(head[2])
            found[name] = output[at : at + size] if head[1] == kind.encode() else None
            at += size + 1
        return found

    def trees(
        self, commits: Iterable[str], folders: Sequence[str] = ("",)
    ) -> dict[str, dict[str, Entry]]:
        """Return the files of the review in each commit, by path in the review.

        Parameters
        ----------
        folders : folders of the review to look into ('data'); by default all of it.

        All commits are read together, one process for each level of folders.
        """
        wanted = list(dict.fromkeys(commits))
        starts = {
            (commit, folder): f"{commit}:{self.path(folder)}".rstrip("/")
            for commit in wanted
            for folder in folders
        }
        known = self.read(starts.values(), "tree")
        trees: dict[str, bytes] = {k: v for k, v in known.items() if v is not None}
        found: dict[str, dict[str, Entry]] = {commit: {} for commit in wanted}
        # (commit, folder, tree): the folders whose entries are still to be listed.
        todo = [(c, f"{f}/" if f else "", name) for (c, f), name in starts.items() if name in trees]
        width = len(wanted[0]) // 2 if wanted else 20
        while todo:
            below: list[tuple[str, str, str]] = []
            for commit, folder, tree in todo:
                for name, entry in _entries(trees[tree], width):
                    if entry.mode == TREE:
                        below.append((commit, f"{folder}{name}/", entry.object))
                    else:
                        found[commit][f"{folder}{name}"] = entry
            fresh = self.read((t for _, _, t in below if t not in trees), "tree")
            trees |= {k: v for k, v in fresh.items() if v is not None}
            todo = below
        return found


def open_repository(root: Path) -> Repository:
    """Find the repository that holds the review in `root`.

    Raises
    ------
    EditionError : git is not installed, or the review is in no repository.
    """
    if shutil.which("git") is None:
        raise EditionError(
            "git: found no such program, wanted it: the editions of a review are kept in git "
            "(https://git-scm.com/downloads)"
        )
    if not root.is_dir():
        raise EditionError(f"{root}: found no such folder, wanted that of a review (see --root)")
    try:
        output = _git(
            root,
            (
                "rev-parse",
                "--is-bare-repository",
                "--is-shallow-repository",
                "--absolute-git-dir",
                "--path-format=absolute",
                "--git-common-dir",
                "--show-prefix",
            ),
        )
    except EditionError as error:
        if "not a git repository" in str(error):
            raise EditionError(
                f"{root}: found no git repository, wanted one: the editions of a review are "
                "kept in git (git init)"
            ) from None
        raise
    bare, shallow, git_dir, common, prefix, *_ = [
        *output.decode("utf-8", "surrogateescape").split("\n"),
        "",
    ]
    if bare == "true":
        raise EditionError(f"{root}: found a bare repository, wanted one with its files")
    # In full: from '.' no way leads up to the top of the repository.
    return Repository(root.resolve(), prefix, Path(git_dir), Path(common), shallow == "true")


def _git(
    folder: Path,
    arguments: Sequence[str],
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    ok: Sequence[int] = (0,),
    locks: Sequence[int] = (),
) -> bytes:
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    inherited = {k: v for k, v in os.environ.items() if k not in _FOREIGN}
    run = subprocess.run(
        ["git", *settings, *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        cwd=folder,
        env={**inherited, **_PINNED, **(environment or {})},
        # Ctrl-C on the terminal is for us to act on, not for a git in the midst of its work.
        start_new_session=True,
        pass_fds=locks if os.name == "posix" else (),
    )
    if run.returncode not in ok:
        said = run.stderr.decode("utf-8", "replace").strip() or f"exit code {run.returncode}"
        raise EditionError(f"git {arguments[0]}: {said}")
    return run.stdout


def _boundary(common_dir: Path) -> frozenset[str]:
    file = common_dir / "shallow"
    return frozenset(file.read_text("ascii").split()) if file.exists() else frozenset()


def _entries(tree: bytes, width: int) -> Iterable[tuple[str, Entry]]:
    """Read a tree object: 'MODE NAME\\0' and a hash of `width` bytes, again and again."""
    at = 0
    while at < len(tree):
        end = tree.index(b"\0", at)
        mode, _, name = tree[at:end].partition(b" ")
        at = end + 1 + width
        yield (
            name.decode("utf-8", "surrogateescape"),
            Entry(mode.decode("ascii"), tree[end + 1 : at].hex()),
        )
