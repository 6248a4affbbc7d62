"""Put a finished build in place whole: after a crash there is the old output or the new."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from analysis import interruption
from analysis.critical import in_turn
from analysis.errors import Problem, RenderError
from analysis.project import LINKED, link_at

ASIDE = ".living-review"
MARK = ".made-by-living-review"
LOCK = "lock"
PATIENCE = 60.0  # seconds in which another process has put its output in place
DEFAULT = "_output"  # git-ignored; Quarto, run by hand, writes there too
_NEW = "output-new-"
_MOUNTED = "found a mount point, wanted a folder that can be replaced: --output DIR names another"


def put_in_place(root: Path, output: Path, files: Mapping[str, bytes]) -> None:
    """Replace the folder `output` by one that holds `files` (path to content).

    The files are written aside, on the disk of `output`; the old folder is moved away, the new
    one moved in. Of two processes that come together one waits for the other. A folder that
    living-review did not make is never replaced.

    Raises
    ------
    RenderError : `output` holds files of somebody else, is a symbolic link, a file or a mount
        point, or cannot be written; or what stands aside is a symbolic link.
    """
    aside, old = _aside(root, output)
    new = aside / f"{_NEW}{output.name}"
    # A contribution may have brought any of them; whoever names an output may name a link.
    for path in (output, aside, aside / LOCK, new, old):
        if path.is_symlink():
            wanted = ": --output DIR leads elsewhere" if path == output else ""
            raise RenderError(f"{_in_review(root, path)}: {LINKED}{wanted}")
    if output.is_mount():
        raise RenderError(f"{output}: {_MOUNTED}")
    if output.exists() and not output.is_dir():
        raise RenderError(f"{output}: found a file, wanted a folder (see --output)")
    try:
        with _alone(root, aside):
            _heal(output, aside, old)
            if output.exists() and output != root / DEFAULT and not _ours(output):
                raise RenderError(
                    f"{output}: found a folder that living-review did not make, "
                    "wanted an empty or a new one (see --output)"
                )
            output.parent.mkdir(parents=True, exist_ok=True)
            try:
                _write(new, files)
                _swap(output, new, old)
            except BaseException:  # Ctrl-C too leaves nothing behind
                shutil.rmtree(new, ignore_errors=True)
                raise
    except TimeoutError as error:
        raise RenderError(f"{output}: found {error}, wanted it to be done by then") from None
    except OSError as error:
        if error.errno == errno.EBUSY:  # as of a folder of this disk that is mounted there
            raise RenderError(f"{output}: {_MOUNTED}") from error
        raise RenderError(
            f"{error.filename or output}: could not be written ({error.strerror}); "
            "the last output is as it was"
        ) from error


@contextmanager
def _alone(root: Path, aside: Path) -> Iterator[None]:
    """Have the folder aside for oneself; then remove it, where it is not that of the review."""
    try:
        with in_turn(aside / LOCK, PATIENCE):
            yield
    finally:
        if aside != root / ASIDE:
            with suppress(OSError):  # the next one is in it
                aside.rmdir()


def _swap(output: Path, new: Path, old: Path) -> None:
    before = interruption.left()
    interruption.leave(interruption.FILES)
    try:
        if output.exists():
            output.rename(old)
        new.rename(output)
    except BaseException:
        if old.exists() and not output.exists():
            old.rename(output)
        if new.exists():
            interruption.leave(before)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _heal(output: Path, aside: Path, old: Path) -> None:
    """Bring back the last output, if a crash came between moving it away and the new one in."""
    if old.exists():
        if output.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(output)
    # Whoever is at work here is alone: what lies about is of a process that died.
    for left in aside.glob(f"{_NEW}*"):
        shutil.rmtree(left, ignore_errors=True)


def write_file(path: Path, content: bytes) -> bool:
    """Write one file whole, and only if it changes; say whether it did.

    It keeps its permissions; a new one has those that the process gives. A symbolic link stays:
    the file is written that it leads to.
    """
    path = path.resolve()
    there = path.exists()
    if there and path.read_bytes() == content:
        return False
    interruption.leave(interruption.FILES)
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = stat.S_IMODE(path.stat().st_mode) if there else 0o666  # less what the umask takes
    aside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with open(aside, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
        if there:
            aside.chmod(mode)
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return True


def write_in(root: Path, files: Mapping[str, bytes]) -> frozenset[str]:
    """Write files of the review in `root`, by their path in it; return the paths that changed.

    Raises
    ------
    RenderError : as `refuse_links`; nothing is written.
    """
    refuse_links(root, files)
    return frozenset(name for name, content in files.items() if write_file(root / name, content))


def refuse_links(root: Path, names: Iterable[str]) -> None:
    """Refuse to write where a symbolic link leads, which a contribution may have brought.

    Raises
    ------
    RenderError : a path of the review is one, or in a folder that is one; each is named.
    """
    links = (link_at(root, root / name) for name in names)
    places = (link.relative_to(root).as_posix() for link in links if link)
    if problems := [Problem(place, "", LINKED) for place in places]:
        raise RenderError(problems)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in {**files, MARK: b""}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _in_review(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def _ours(output: Path) -> bool:
    return (output / MARK).exists() or not any(output.iterdir())


def _aside(root: Path, output: Path) -> tuple[Path, Path]:
    """Return the folder to prepare `output` in, and where in it the last output waits.

    It stands beside `output`, on the same disk, or that could not be moved, and no other output
    has it; that of the review itself has its own place, which git passes over.
    """
    aside = root / ASIDE
    if output != root / DEFAULT:
        aside = output.with_name(f".{output.name}{ASIDE}")
    return aside, aside / f"output-old-{output.name}"
