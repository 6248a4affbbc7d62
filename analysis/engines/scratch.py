"""A folder for a program to work in, that holds what it is given and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def folder_of(files: Mapping[str, bytes]) -> Iterator[Path]:
    """Make a temporary folder that holds some files, by path in it; afterwards it is gone."""
    with tempfile.TemporaryDirectory(prefix="living-review-", ignore_cleanup_errors=True) as name:
        root = Path(name).resolve()
        for inside, content in files.items():
            path = root / inside
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield root
