"""Modules that the libraries bring along and the program never uses, loaded when they are used.

SciPy copies every public name of numpy, and with them numpy's wrapper of Fortran and its helpers
for tests: these take as long to import as the data of a review take to read.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

LATE = frozenset({"numpy.f2py", "numpy.testing"})
"""Those that no thread of ours uses: before Python 3.12 two threads may not load one at once."""


class _Late:
    """A finder as in `sys.meta_path`, whose modules run at the first use of a name of theirs."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in LATE:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def postpone() -> None:
    """Have the modules of `LATE` loaded late in this process, where they are not loaded yet."""
    if _Late not in sys.meta_path:
        sys.meta_path.insert(0, _Late)
