"""Put a finished build in place whole: after a crash there is the old output or the new."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from analysis import interruption
from analysis.errors import RenderError

ASIDE = ".living-review"
MARK = ".made-by-living-review"
DEFAULT = "_output"  # git-ignored; Quarto, run by hand, writes there too
_MOUNTED = "found a mount point, wanted a folder that can be replaced: --output DIR names another"


def put_in_place(root: Path, output: Path, files: Mapping[str, bytes]) -> None:
    """Replace the folder `output` by one that holds `files` (path to content).

    The files are written aside, on the disk of `output`; the old folder is moved away, the new
    one moved in. A folder that living-review did not make is never replaced.

    Raises
    ------
    RenderError : `output` holds files of somebody else, is a mount point, or cannot be written.
    """
    if output.is_mount():
        raise RenderError(f"{output}: {_MOUNTED}")
    aside, old = _aside(root, output)
    try:
        heal(root, output)
        if output.exists() and output != root / DEFAULT and not _ours(output):
            raise RenderError(
                f"{output}: found a folder that living-review did not make, "
                "wanted an empty or a new one (see --output)"
            )
        aside.mkdir(parents=True, exist_ok=True)
        output.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix="output-new-", dir=aside))
        try:
            new.chmod(0o755)  # mkdtemp makes folders private; a page is to be read
            _write(new, files)
            _swap(output, new, old)
        except BaseException:  # Ctrl-C too leaves nothing behind
            shutil.rmtree(new, ignore_errors=True)
            raise
        finally:
            _leave(root, aside)
    except OSError as error:
        if error.errno == errno.EBUSY:  # as of a folder of this disk that is mounted there
            raise RenderError(f"{output}: {_MOUNTED}") from error
        raise RenderError(
            f"{error.filename or output}: could not be written ({error.strerror}); "
            "the last output is as it was"
        ) from error


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


def heal(root: Path, output: Path) -> None:
    """Bring back the last output, if a crash came between moving it away and the new one in."""
    aside, old = _aside(root, output)
    if old.exists():
        if output.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(output)
    for left in aside.glob("output-new-*"):
        shutil.rmtree(left, ignore_errors=True)
    _leave(root, aside)


def write_file(path: Path, content: bytes) -> bool:
    """Write one file whole, and only if it changes; say whether it did."""
    if path.exists() and path.read_bytes() == content:
        return False
    interruption.leave(interruption.FILES)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(0o644)
    os.replace(name, path)
    return True


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in {**files, MARK: b""}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _ours(output: Path) -> bool:
    return output.is_dir() and ((output / MARK).exists() or not any(output.iterdir()))


def _aside(root: Path, output: Path) -> tuple[Path, Path]:
    """Return the folder to prepare `output` in, and where in it the last output waits.

    It is on the same disk as `output`, or that could not be moved.
    """
    there = next((folder for folder in output.parents if folder.exists()), root)
    if there.stat().st_dev == root.stat().st_dev:
        aside = root / ASIDE
    else:
        aside = output.with_name(f".{output.name}{ASIDE}")
    return aside, aside / f"output-old-{output.name}"


def _leave(root: Path, aside: Path) -> None:
    """Remove an empty folder aside, where it is not that of the review."""
    if aside != root / ASIDE:
        with suppress(OSError):
            aside.rmdir()
