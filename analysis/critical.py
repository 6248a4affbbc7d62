"""What makes a step uninterrupted: a lock between processes, signals held, durable files."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from analysis.errors import EditionError

_FAR = 1 << 30  # Windows lets nobody read the byte that is locked; who holds it stands at 0
_LOOK = 0.02  # seconds between two looks at whether it is our turn


class LockedError(EditionError):
    """Another process holds the lock."""


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Hold the lock of releases, a file; the system frees it however the process ends.

    Yields the open file, which a child process may share: then the lock lasts until it ends too.

    Raises
    ------
    LockedError : another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if not _seize(file):
            file.seek(0)
            holder = file.read().decode("ascii", "replace").strip() or "another process"
            raise LockedError(
                f"release: found another release under way ({holder}), wanted to be alone; "
                "try again when it is done"
            )
        file.truncate(0)
        file.write(f"process {os.getpid()}".encode("ascii"))
        file.flush()
        yield file.fileno()


@contextmanager
def in_turn(path: Path, patience: float) -> Iterator[None]:
    """Be alone with what a file stands for, after whoever is at it; the file is then gone.

    `patience` is in seconds. The folder of the file is made.

    Raises
    ------
    TimeoutError : another process is at it for longer than that.
    """
    end = time.monotonic() + patience
    while (file := _first_at(path)) is None:
        if time.monotonic() > end:
            raise TimeoutError(f"another process at work there for {patience:g} s")
        time.sleep(_LOOK)
    try:
        yield
    finally:
        try:
            path.unlink()  # while it is locked, or it might be the next one's already
        except OSError:  # Windows removes no open file, nor one that the next one has opened
            file.close()
            with suppress(OSError):
                path.unlink()
        file.close()


def _first_at(path: Path) -> BinaryIO | None:
    """Return the locked file, None where another process has it or has just removed it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        file = path.open("a+b")
    except FileNotFoundError:
        return None
    with suppress(FileNotFoundError):
        if _seize(file) and os.path.samestat(os.fstat(file.fileno()), path.stat()):
            return file
    file.close()
    return None


def write_durably(path: Path, content: bytes) -> None:
    """Put a file in place whole, and have it survive a loss of power."""
    aside = path.with_name(f"{path.name}.new")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)
    if os.name == "posix":  # elsewhere a folder cannot be opened, nor need it be
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _seize(file: BinaryIO) -> bool:
    try:
        try:
            import fcntl
        except ImportError:  # Windows
            _lock_byte(file)
        else:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _lock_byte(file: BinaryIO) -> None:
    """Lock one byte, the same in every process: Windows locks from where the file stands."""
    import msvcrt

    os.lseek(file.fileno(), _FAR, os.SEEK_SET)
    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]


@contextmanager
def signals_held() -> Iterator[None]:
    """Act on Ctrl-C, a hang-up or a polite kill only when the block is done."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are for the main thread alone
        return
    names = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
    came: list[int] = []
    previous = {name: signal.signal(name, lambda number, _: came.append(number)) for name in names}
    try:
        yield
    finally:
        for name, handler in previous.items():
            signal.signal(name, handler)
        if came:
            signal.raise_signal(came[0])


def git_dir_of(root: Path) -> Path | None:
    """Return the git directory of the work tree that holds `root`, without running git."""
    here = root.resolve()
    for folder in (here, *here.parents):
        git = folder / ".git"
        if git.is_dir():
            return git
        if git.is_file():
            said = git.read_text("utf-8", "replace").partition("gitdir: ")[2].strip()
            return (folder / said).resolve() if said else None
    return None
