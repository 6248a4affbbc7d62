"""The lock of releases as Windows has it, and files that survive a loss of power."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import pytest

from analysis.critical import LockedError, in_turn, locked, write_durably


class Windows:
    """`msvcrt.locking` as its manual has it: bytes from where the file stands, for one holder.

    A lock is of the open file; nobody else may read or write the bytes that it holds.
    """

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.held: dict[int, int] = {}

    def locking(self, handle: int, mode: int, count: int) -> None:
        assert (mode, count) == (self.LK_NBLCK, 1)
        byte = os.lseek(handle, 0, os.SEEK_CUR)
        if byte in self.held:
            raise PermissionError(13, "Permission denied")
        self.held[byte] = handle


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Windows:
    system = Windows()
    module = SimpleNamespace(locking=system.locking, LK_NBLCK=system.LK_NBLCK)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", module)
    return system


@pytest.mark.parametrize("left", [b"", b"process 4711, which is gone"])
def test_on_windows_one_process_alone_holds_the_lock(
    tmp_path: Path, windows: Windows, left: bytes
) -> None:
    path = tmp_path / "git" / "release.lock"
    path.parent.mkdir()
    path.write_bytes(left)
    with locked(path):
        holder = f"process {os.getpid()}".encode()
        assert path.read_bytes() == holder
        # What is locked is no byte that says who holds it.
        assert min(windows.held) > len(holder)
        with pytest.raises(LockedError) as caught, locked(path):
            pass
    assert str(caught.value) == (
        f"release: found another release under way (process {os.getpid()}), wanted to be alone; "
        "try again when it is done"
    )


def test_a_lock_that_vanishes_while_it_is_taken_is_let_go_and_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[IO[Any]] = []
    really = Path.open
    stat_of = Path.stat

    def recorded(self: Path, *arguments: Any, **more: Any) -> IO[Any]:
        opened.append(really(self, *arguments, **more))
        return opened[-1]

    def gone(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if self == path and len(opened) == 1:
            path.unlink()  # as whoever had it does at the end
        return stat_of(self, follow_symlinks=follow_symlinks)

    path = tmp_path / "lock"
    monkeypatch.setattr(Path, "open", recorded)
    monkeypatch.setattr(Path, "stat", gone)
    with in_turn(path, 5.0):
        assert [one.closed for one in opened] == [True, False]


@pytest.mark.skipif(os.name != "posix", reason="Windows opens no folders")
def test_a_file_is_on_the_disk_before_its_name_and_the_name_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.json"
    path.write_bytes(b"old")
    seen: list[tuple[bool, bytes]] = []

    def fsync(handle: int) -> None:
        seen.append((stat.S_ISDIR(os.fstat(handle).st_mode), path.read_bytes()))

    monkeypatch.setattr(os, "fsync", fsync)
    write_durably(path, b"new")
    assert seen == [(False, b"old"), (True, b"new")]
    assert [one.name for one in tmp_path.iterdir()] == ["journal.json"]
