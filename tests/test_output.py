"""A finished build is put in place whole; the last good one survives whatever happens."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis import interruption
from analysis import output as subject
from analysis.cli import main
from analysis.critical import in_turn
from analysis.errors import RenderError
from tests.small_review import small_project, write_review

MEMORY = Path("/dev/shm")
MOUNTED = "found a mount point, wanted a folder that can be replaced: --output DIR names another"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """Return an empty folder on another disk than that of `tmp_path`."""
    if not MEMORY.is_dir() or MEMORY.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("needs a second file system at /dev/shm")
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        yield Path(name)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != subject.MARK
    }


def test_files_arrive_and_old_ones_go(tmp_path: Path) -> None:
    output = tmp_path / "_output"
    subject.put_in_place(tmp_path, output, {"index.html": b"one", "figures/a.svg": b"a"})
    subject.put_in_place(tmp_path, output, {"index.html": b"two"})
    assert contents(output) == {"index.html": b"two"}
    assert contents(tmp_path / subject.ASIDE) == {}


def test_a_folder_of_somebody_else_is_never_replaced(tmp_path: Path) -> None:
    theirs = tmp_path / "thesis"
    theirs.mkdir()
    (theirs / "chapter.txt").write_text("years of work")
    with pytest.raises(RenderError) as caught:
        subject.put_in_place(tmp_path, theirs, {"index.html": b"one"})
    assert str(caught.value) == (
        f"{theirs}: found a folder that living-review did not make, "
        "wanted an empty or a new one (see --output)"
    )
    assert contents(theirs) == {"chapter.txt": b"years of work"}


@pytest.mark.parametrize("name", ["_output", "site"])
def test_a_file_is_never_replaced_by_a_folder(tmp_path: Path, name: str) -> None:
    theirs = tmp_path / name
    theirs.write_text("years of work")
    with pytest.raises(RenderError) as caught:
        subject.put_in_place(tmp_path, theirs, {"index.html": b"one"})
    assert str(caught.value) == f"{theirs}: found a file, wanted a folder (see --output)"
    assert theirs.read_text() == "years of work"


@pytest.mark.parametrize(
    ("output", "link"),
    [
        ("_output", "_output"),
        ("_output", ".living-review"),
        ("_output", ".living-review/lock"),
        ("_output", ".living-review/output-new-_output"),
        ("_output", ".living-review/output-old-_output"),
        ("site", ".site.living-review"),
    ],
)
def test_nothing_is_written_or_removed_where_a_link_leads(
    tmp_path: Path, output: str, link: str
) -> None:
    there = tmp_path / "there"
    (there / "output-new-x").mkdir(parents=True)
    root = tmp_path / "review"
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(there, target_is_directory=True)
    with pytest.raises(RenderError) as caught:
        subject.put_in_place(root, root / output, {"index.html": b"one"})
    wanted = ": --output DIR leads elsewhere" if link == "_output" else ""
    assert str(caught.value) == f"{link}: found a symbolic link, wanted the file itself{wanted}"
    assert [path.name for path in there.iterdir()] == ["output-new-x"]
    assert (root / link).is_symlink()


def test_a_link_aside_of_the_review_is_named_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "review").mkdir()
    aside = tmp_path / ".site.living-review"
    aside.symlink_to(tmp_path / "nowhere")
    with pytest.raises(RenderError) as caught:
        subject.put_in_place(tmp_path / "review", tmp_path / "site", {"index.html": b"one"})
    assert str(caught.value) == f"{aside}: found a symbolic link, wanted the file itself"
    assert not (tmp_path / "nowhere").exists()


def test_what_quarto_left_by_hand_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "_output").mkdir()
    (tmp_path / "_output" / "index.html").write_text("by hand")
    subject.put_in_place(tmp_path, tmp_path / "_output", {"index.html": b"new"})
    assert contents(tmp_path / "_output") == {"index.html": b"new"}


@pytest.mark.parametrize("failing", [1, 2])
def test_a_failed_move_leaves_the_last_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    output = tmp_path / "_output"
    subject.put_in_place(tmp_path, output, {"index.html": b"good"})
    rename, calls = Path.rename, []

    def fails(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == failing:
            raise OSError(28, "No space left on device", str(target))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(RenderError) as caught:
        subject.put_in_place(tmp_path, output, {"index.html": b"never"})
    assert "could not be written (No space left on device); the last output is as it was" in str(
        caught.value
    )
    assert contents(output) == {"index.html": b"good"}


def fail(root: Path, output: Path) -> None:
    """Try to put another output in place, on a disk that is full by then."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subject, "_write", full)
        with pytest.raises(RenderError):
            subject.put_in_place(root, output, {"index.html": b"never"})


def test_a_crash_between_the_moves_is_healed(tmp_path: Path) -> None:
    output = tmp_path / "_output"
    subject.put_in_place(tmp_path, output, {"index.html": b"good"})
    # As after a power cut: the old folder is away, the new one not yet in.
    output.rename(tmp_path / subject.ASIDE / "output-old-_output")
    (tmp_path / subject.ASIDE / "output-new-x").mkdir()
    fail(tmp_path, output)
    assert contents(output) == {"index.html": b"good"}
    assert not list((tmp_path / subject.ASIDE).iterdir())


def test_after_a_crash_another_output_of_the_same_name_leaves_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, here, there = tmp_path / "review", tmp_path / "a" / "site", tmp_path / "b" / "site"
    root.mkdir()
    subject.put_in_place(root, here, {"index.html": b"good"})
    rename = Path.rename

    def cut(self: Path, target: Path) -> Path:
        if target == here:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", cut)
        patch.setattr(subject.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            subject.put_in_place(root, here, {"index.html": b"never"})
    assert not here.exists()
    subject.put_in_place(root, there, {"index.html": b"other"})
    fail(root, here)
    assert contents(here) == {"index.html": b"good"}
    assert contents(there) == {"index.html": b"other"}
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_dir()) == [
        "a", "b", "review", "site", "site",
    ]  # fmt: skip


def test_an_output_elsewhere_needs_no_place_in_the_review(tmp_path: Path) -> None:
    """As of a checkout that may only be read; as root that cannot be tried but so."""
    root = tmp_path / "review"
    root.mkdir()
    (root / subject.ASIDE).write_text("in the way of a folder")
    for text in (b"one", b"two"):
        subject.put_in_place(root, tmp_path / "site", {"index.html": text})
    assert contents(tmp_path / "site") == {"index.html": b"two"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["review", "site"]


TOGETHER = """
import sys
from pathlib import Path
from analysis.output import put_in_place
root, name = Path(sys.argv[1]), sys.argv[2]
sys.stdin.readline()
for _ in range(40):
    put_in_place(root, root / "_output", {f"{n}.html": name.encode() for n in range(20)})
"""


def test_renders_at_the_same_time_all_end_well(tmp_path: Path) -> None:
    """Programs of their own that put 40 outputs in place, each over those of the others."""
    running = {
        name: subprocess.Popen(
            [sys.executable, "-c", TOGETHER, str(tmp_path), name],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
        )
        for name in ("one", "two", "three")
    }
    for process in running.values():
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    told = {name: process.communicate(timeout=120)[1] for name, process in running.items()}
    assert told == {"one": "", "two": "", "three": ""}
    there = contents(tmp_path / "_output")
    assert len(there) == 20
    assert len(set(there.values())) == 1  # whole: that of one of them
    assert list((tmp_path / subject.ASIDE).iterdir()) == []


def test_what_another_render_is_writing_is_not_swept_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = tmp_path / subject.ASIDE
    theirs = aside / "output-new-_output" / "index.html"
    monkeypatch.setattr(subject, "PATIENCE", 0.1)
    with in_turn(aside / subject.LOCK, 0.0):
        theirs.parent.mkdir()
        theirs.write_text("half of it")
        with pytest.raises(RenderError) as caught:
            subject.put_in_place(tmp_path, tmp_path / "_output", {"index.html": b"mine"})
        assert theirs.read_text() == "half of it"
    assert str(caught.value) == (
        f"{tmp_path / '_output'}: found another process at work there for 0.1 s, wanted it "
        "to be done by then"
    )
    subject.put_in_place(tmp_path, tmp_path / "_output", {"index.html": b"mine"})
    assert contents(tmp_path / "_output") == {"index.html": b"mine"}
    assert list(aside.iterdir()) == []


def test_a_file_is_written_only_where_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "figures" / "a.svg"
    assert subject.write_file(path, b"a") is True
    before = path.stat().st_mtime_ns
    assert subject.write_file(path, b"a") is False
    assert path.stat().st_mtime_ns == before
    assert subject.write_file(path, b"b") is True
    assert path.read_bytes() == b"b"


@pytest.fixture
def umask() -> Iterator[None]:
    """The process keeps what it makes from everybody else."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "study.yml"
    for mode in (0o600, 0o664, 0o444):
        path.write_bytes(b"")
        path.chmod(mode)
        assert subject.write_file(path, b"new") is True
        assert stat.S_IMODE(path.stat().st_mode) == mode
        path.chmod(0o600)


@pytest.mark.usefixtures("umask")
def test_a_new_file_is_as_private_as_the_user_wants(tmp_path: Path) -> None:
    subject.write_file(tmp_path / "deep" / "a", b"a")
    subject.put_in_place(tmp_path, tmp_path / "_output", {"index.html": b"a"})
    made = [tmp_path / "deep/a", tmp_path / "_output/index.html"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in made] == [0o600, 0o600]
    folders = [tmp_path / "deep", tmp_path / "_output"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in folders] == [0o700, 0o700]


def test_a_link_stays_and_leads_to_the_new_content(tmp_path: Path) -> None:
    real, link = tmp_path / "elsewhere" / "real.yml", tmp_path / "link.yml"
    real.parent.mkdir()
    real.write_bytes(b"old")
    link.symlink_to(real)
    assert subject.write_file(link, b"new") is True
    assert (link.is_symlink(), real.read_bytes()) == (True, b"new")


@pytest.mark.parametrize("at", ["open", "chmod", "replace"])
def test_a_file_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    path = tmp_path / "study.yml"
    path.write_bytes(b"old")

    def fails(*given: object, **more: object) -> None:
        raise PermissionError(13, "in use")

    owner = Path if at == "chmod" else os
    with monkeypatch.context() as patch:
        patch.setattr(owner, at, fails)
        with pytest.raises(PermissionError):
            subject.write_file(path, b"new")
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"study.yml": b"old"}


def test_an_output_on_another_disk_is_put_in_place_whole(tmp_path: Path, elsewhere: Path) -> None:
    output = elsewhere / "deep" / "paper"
    subject.put_in_place(tmp_path, output, {"index.html": b"one", "figures/a.svg": b"a"})
    subject.put_in_place(tmp_path, output, {"index.html": b"two"})
    assert contents(elsewhere) == {"deep/paper/index.html": b"two"}
    assert [path.name for path in (elsewhere / "deep").iterdir()] == ["paper"]
    assert list(tmp_path.iterdir()) == []


def test_a_crash_on_another_disk_is_healed(tmp_path: Path, elsewhere: Path) -> None:
    output = elsewhere / "paper"
    subject.put_in_place(tmp_path, output, {"index.html": b"good"})
    aside = elsewhere / ".paper.living-review"
    (aside / "output-new-x").mkdir(parents=True)
    output.rename(aside / "output-old-paper")
    fail(tmp_path, output)
    assert contents(elsewhere) == {"paper/index.html": b"good"}
    assert not aside.exists()


def test_an_output_whose_link_leads_to_another_disk(
    tmp_path: Path, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_review(tmp_path, small_project())
    output = root / "_output"
    output.symlink_to(elsewhere, target_is_directory=True)
    command = ["render", "--root", str(root), "--to", "html", "--engine", "pandoc"]
    for _ in range(2):
        code = main([*command, "--output", str(output)])
        assert (code, "error" in capsys.readouterr().err) == (0, False)
    assert output.is_symlink()
    assert "index.html" in contents(elsewhere)
    assert not (root / subject.ASIDE).exists() or contents(root / subject.ASIDE) == {}


def test_a_mount_point_is_not_replaced(tmp_path: Path) -> None:
    if not MEMORY.is_mount():
        pytest.skip("needs a file system mounted at /dev/shm")
    with pytest.raises(RenderError) as caught:
        subject.put_in_place(tmp_path, MEMORY, {"index.html": b"never"})
    assert str(caught.value) == f"{MEMORY}: {MOUNTED}"
    assert list(tmp_path.iterdir()) == []


def test_a_mount_point_of_the_same_disk_is_known_by_what_the_system_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "_output"
    output.mkdir()

    def busy(self: Path, target: Path) -> Path:
        raise OSError(errno.EBUSY, "Device or resource busy", str(self))

    monkeypatch.setattr(Path, "rename", busy)
    with pytest.raises(RenderError) as caught:
        subject.put_in_place(tmp_path, output, {"index.html": b"never"})
    assert str(caught.value) == f"{output}: {MOUNTED}"
    assert not list((tmp_path / subject.ASIDE).iterdir())


@pytest.mark.parametrize("at", ["writing", "moving"])
def test_an_interruption_leaves_the_last_output_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    output = tmp_path / "_output"
    subject.put_in_place(tmp_path, output, {"index.html": b"good"})
    rename = Path.rename

    def interrupted(self: Path, target: Path | bytes) -> Path:
        if at == "moving" and isinstance(target, Path) and target != output:
            return rename(self, target)
        monkeypatch.undo()  # it comes once
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes" if at == "writing" else "rename", interrupted)
    interruption.begin()
    with pytest.raises(KeyboardInterrupt):
        subject.put_in_place(tmp_path, output, {"index.html": b"never"})
    assert interruption.left() == "nothing was changed"
    assert contents(output) == {"index.html": b"good"}
    assert not list((tmp_path / subject.ASIDE).iterdir())


@pytest.mark.parametrize("what", ["file", "folder"])
def test_an_interruption_after_something_was_written_does_not_deny_it(
    tmp_path: Path, what: str
) -> None:
    interruption.begin()
    if what == "file":
        subject.write_file(tmp_path / "a", b"one")
    else:
        subject.put_in_place(tmp_path, tmp_path / "_output", {"index.html": b"one"})
    assert interruption.left() == "files may have been changed"
