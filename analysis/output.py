"""Put a finished build in place whole: after a crash there is the old output or the new."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from analysis.errors import RenderError

ASIDE = ".living-review"
MARK = ".made-by-living-review"
DEFAULT = "_output"  # git-ignored; Quarto, run by hand, writes there too


def put_in_place(root: Path, output: Path, files: Mapping[str, bytes]) -> None:
    """Replace the folder `output` by one that holds `files` (path to content).

    The files are written aside, on the same disk; the old folder is moved away, the new one
    moved in. A folder that living-review did not make is never replaced.

    Raises
    ------
    RenderError : `output` holds files of somebody else, or cannot be written.
    """
    heal(root, output)
    if output.exists() and output != root / DEFAULT and not _ours(output):
        raise RenderError(
            f"{output}: found a folder that living-review did not make, "
            "wanted an empty or a new one (see --output)"
        )
    try:
        aside = root / ASIDE
        aside.mkdir(exist_ok=True)
        output.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix="output-new-", dir=aside))
        new.chmod(0o755)  # mkdtemp makes folders private; a page is to be read
        _write(new, files)
        old = _aside(root, output)
        if output.exists():
            output.rename(old)
        try:
            new.rename(output)
        except OSError:
            if old.exists():
                old.rename(output)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise RenderError(
            f"{error.filename or output}: could not be written ({error.strerror}); "
            "the last output is as it was"
        ) from error


def heal(root: Path, output: Path) -> None:
    """Bring back the last output, if a crash came between moving it away and the new one in."""
    old = _aside(root, output)
    if old.exists():
        if output.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(output)
    for left in (root / ASIDE).glob("output-new-*"):
        shutil.rmtree(left, ignore_errors=True)


def write_file(path: Path, content: bytes) -> bool:
    """Write one file whole, and only if it changes; say whether it did."""
    if path.exists() and path.read_bytes() == content:
        return False
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


def _aside(root: Path, output: Path) -> Path:
    return root / ASIDE / f"output-old-{output.name}"
