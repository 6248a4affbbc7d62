"""A finished build is put in place whole; the last good one survives whatever happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis import output as subject
from analysis.errors import RenderError


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


def test_a_crash_between_the_moves_is_healed(tmp_path: Path) -> None:
    output = tmp_path / "_output"
    subject.put_in_place(tmp_path, output, {"index.html": b"good"})
    # As after a power cut: the old folder is away, the new one not yet in.
    output.rename(tmp_path / subject.ASIDE / "output-old-_output")
    (tmp_path / subject.ASIDE / "output-new-x").mkdir()
    subject.heal(tmp_path, output)
    assert contents(output) == {"index.html": b"good"}
    assert not list((tmp_path / subject.ASIDE).iterdir())


def test_a_file_is_written_only_where_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "figures" / "a.svg"
    assert subject.write_file(path, b"a") is True
    before = path.stat().st_mtime_ns
    assert subject.write_file(path, b"a") is False
    assert path.stat().st_mtime_ns == before
    assert subject.write_file(path, b"b") is True
    assert path.read_bytes() == b"b"
