"""Reading objects of git in bulk, held against git's own commands."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from analysis.errors import EditionError
from analysis.git import Entry, Repository, open_repository
from tests.scratch import Scratch, make

pytestmark = pytest.mark.usefixtures("git_identity")


@pytest.fixture
def repository(tmp_path: Path) -> Scratch:
    """A repository of plain files: names with spaces, umlauts and a line of folders."""
    scratch = Scratch(tmp_path, tmp_path)
    scratch.git("init", "-q", "-b", "main")
    for name, text in {
        "a.txt": "one\n",
        "data/Aleknavičius 2014.yml": "käse\n",
        "data/studies/deep/x.yml": "",
        'data/quo"te.yml': "q\n",
    }.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    (tmp_path / "link").symlink_to("a.txt")
    scratch.commit("First")
    (tmp_path / "a.txt").write_text("two\n")
    (tmp_path / "data" / "run").write_text("#!\n")
    (tmp_path / "data" / "run").chmod(0o755)
    scratch.commit("Second")
    return scratch


def listed(scratch: Scratch, commit: str, folder: str = "") -> dict[str, Entry]:
    """What `git ls-tree` says, which `trees` does not use."""
    lines = scratch.git("ls-tree", "-r", "-z", commit, *([folder] if folder else []))
    found = {}
    for line in filter(None, lines.split("\0")):
        head, _, name = line.partition("\t")
        mode, _, object_ = head.split(" ")
        found[name] = Entry(mode, object_)
    return found


def test_trees_are_those_of_ls_tree(repository: Scratch) -> None:
    commits = repository.git("rev-list", "HEAD").split()
    found = open_repository(repository.root).trees(commits)
    assert found == {commit: listed(repository, commit) for commit in commits}
    assert "data/Aleknavičius 2014.yml" in found[commits[0]]


def test_trees_of_one_folder(repository: Scratch) -> None:
    head = repository.head
    found = open_repository(repository.root).trees([head], ["data", "nowhere"])
    assert found == {head: listed(repository, head, "data/")}


def test_a_review_in_a_folder_of_a_larger_repository(tmp_path: Path) -> None:
    scratch = make(tmp_path / "all", "reviews/my review")
    repository = open_repository(scratch.root)
    assert repository.prefix == "reviews/my review/"
    tree = repository.trees([scratch.head], ["data"])[scratch.head]
    whole = listed(scratch, scratch.head, "reviews/my review/data/")
    assert {f"reviews/my review/{name}": one for name, one in tree.items()} == whole
    assert repository.history("data/review.yml") == (scratch.head,)


def test_objects_are_read_by_hash_and_by_path(repository: Scratch) -> None:
    head = repository.head
    blob = repository.git("rev-parse", "HEAD:a.txt")
    name = f"{head}:data/Aleknavičius 2014.yml"
    found = open_repository(repository.root).read([blob, name, f"{head}:no such.txt", blob])
    assert found == {blob: b"two\n", name: "käse\n".encode(), f"{head}:no such.txt": None}
    assert open_repository(repository.root).read([]) == {}


def test_an_object_of_another_kind_is_missing(repository: Scratch) -> None:
    found = open_repository(repository.root)
    file, folder = f"{repository.head}:a.txt", f"{repository.head}:data"
    assert found.read([folder, file]) == {folder: None, file: b"two\n"}
    assert found.read([file], "tree") == {file: None}
    assert found.trees([repository.head], ["a.txt"]) == {repository.head: {}}


def test_sha256_repositories(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path, tmp_path)
    scratch.git("init", "-q", "-b", "main", "--object-format=sha256")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.yml").write_text("x\n")
    head = scratch.commit()
    assert open_repository(tmp_path).trees([head]) == {head: listed(scratch, head)}


def test_settings_of_line_ends_do_not_matter(repository: Scratch) -> None:
    repository.git("config", "core.autocrlf", "true")
    (repository.root / ".gitattributes").write_text("*.txt text eol=crlf\n")
    (repository.root / "a.txt").write_bytes(b"three\r\n")
    head = repository.commit()
    assert open_repository(repository.root).read([f"{head}:a.txt"]) == {f"{head}:a.txt": b"three\n"}


def test_variables_of_a_hook_are_not_followed(
    repository: Scratch, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make(tmp_path_factory.mktemp("other") / "repo")
    head = repository.head
    monkeypatch.setenv("GIT_DIR", str(other.top / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.top / ".git" / "index"))
    assert open_repository(repository.root).head == head


def test_history_puts_parents_first_through_a_merge(repository: Scratch) -> None:
    start = repository.head
    repository.git("switch", "-q", "-c", "side")
    (repository.root / "a.txt").write_text("side\n")
    side = repository.commit("Side")
    repository.git("switch", "-q", "main")
    (repository.root / "b.txt").write_text("main\n")
    repository.commit("Main")
    repository.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    first = repository.git("rev-list", "--max-parents=0", "HEAD")
    assert open_repository(repository.root).history("a.txt") == (first, start, side)


def test_where_the_head_is(repository: Scratch) -> None:
    found = open_repository(repository.root)
    assert found.branch == "refs/heads/main"
    assert (found.head, found.shallow, found.boundary) == (repository.head, False, frozenset())
    assert found.commit("main~1") == repository.git("rev-parse", "main~1")
    assert found.commit("nonsense") is None
    assert found.commit("--all") is None  # a name, never an option
    repository.git("checkout", "-q", "--detach")
    assert open_repository(repository.root).branch is None


def test_a_shallow_clone_and_its_boundary(repository: Scratch, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    repository.git("clone", "-q", "--depth=1", f"file://{repository.top}", str(clone))
    found = open_repository(clone)
    assert found.shallow
    assert found.boundary == {repository.head}


def test_a_second_work_tree_shares_the_common_directory(
    repository: Scratch, tmp_path: Path
) -> None:
    repository.git("worktree", "add", "-q", str(tmp_path / "second"), "-b", "second")
    found = open_repository(tmp_path / "second")
    assert found.common_dir == repository.top / ".git"
    assert found.git_dir == repository.top / ".git" / "worktrees" / "second"


def no_git(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> Path:
    empty = scratch.top / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    return scratch.root


def no_repository(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.rmtree(scratch.top / ".git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(scratch.top.parent))
    return scratch.root


def no_folder(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> Path:
    return scratch.root / "nowhere"


def bare(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> Path:
    scratch.git("clone", "-q", "--bare", ".", "bare.git")
    return scratch.top / "bare.git"


@pytest.mark.parametrize(
    ("breaks", "message"),
    [
        (
            no_git,
            "git: found no such program, wanted it: the editions of a review are kept in git "
            "(https://git-scm.com/downloads)",
        ),
        (
            no_repository,
            "{root}: found no git repository, wanted one: the editions of a review are kept in "
            "git (git init)",
        ),
        (no_folder, "{root}: found no such folder, wanted that of a review (see --root)"),
        (bare, "{root}: found a bare repository, wanted one with its files"),
    ],
)
def test_no_repository_to_work_with(
    repository: Scratch,
    monkeypatch: pytest.MonkeyPatch,
    breaks: Callable[[Scratch, pytest.MonkeyPatch], Path],
    message: str,
) -> None:
    root = breaks(repository, monkeypatch)
    with pytest.raises(EditionError) as caught:
        open_repository(root)
    assert str(caught.value) == message.format(root=root)


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    with pytest.raises(EditionError) as caught:
        _ = open_repository(tmp_path).head
    wanted = f"{tmp_path}: found a repository without a commit, wanted at least one"
    assert str(caught.value) == wanted


def test_git_says_what_is_wrong_in_its_own_words(repository: Scratch) -> None:
    with pytest.raises(EditionError) as caught:
        open_repository(repository.root).run("rev-list", "nonsense", "--")
    assert str(caught.value) == "git rev-list: fatal: bad revision 'nonsense'"


def test_the_language_of_the_user_does_not_matter(
    repository: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(repository.top.parent))
    shutil.rmtree(repository.top / ".git")
    with pytest.raises(EditionError, match="found no git repository"):
        open_repository(repository.root)


def test_standard_input_is_closed(repository: Scratch) -> None:
    """A git that asks for something gets an end of file, and does not wait for ever."""
    found: Repository = open_repository(repository.root)
    assert found.line("hash-object", "--stdin") == (
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"  # the empty blob, as every git names it
    )
