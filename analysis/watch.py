"""Notice that files of a review were saved, however an editor saves them.

Files are looked at, not listened for: a name that now leads to another file (an editor that
writes aside and renames), a folder moved away and back, a network disk and a git checkout all
show in what `stat` says. Looking at the hundred files of a review takes under a millisecond.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from analysis.project import AGREEMENT, MANUSCRIPT, QUARTO, TEMPLATES, VARIABLES

WATCHED = ("data", TEMPLATES, MANUSCRIPT, QUARTO, VARIABLES, AGREEMENT)
PAUSE = 0.04  # seconds between two looks
STILL = 0.02  # seconds without a change after which a save is taken to be over

State = dict[str, tuple[int, ...]]
"""Path of each file to what tells one content from the next: inode, size, times."""


def state_of(root: Path) -> State:
    """Return the state of the files of the review in `root`; hidden files are passed over.

    Of a symbolic link in a folder it is that of the link, which may lead back to the folder.
    """
    state: State = {}
    for name in WATCHED:
        path = str(root / name)
        _look(path, os.path.isdir(path), state)
    return state


def _look(path: str, folder: bool, state: State) -> None:
    try:
        if folder:
            with os.scandir(path) as entries:
                for entry in entries:
                    if not entry.name.startswith("."):
                        _look(entry.path, entry.is_dir(follow_symlinks=False), state)
        else:
            found = os.lstat(path)
            state[path] = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    except OSError:
        return  # it was there a moment ago: the next look tells


def changes(root: Path, seen: State) -> Iterator[tuple[str, ...]]:
    """Wait, and give the names that changed since the state `seen`, for ever.

    What changes while the caller is at work is given next, at once.
    """
    while True:
        now = state_of(root)
        if now == seen:
            time.sleep(PAUSE)
            continue
        while True:
            time.sleep(STILL)
            later = state_of(root)
            if later == now:
                break
            now = later
        changed = {path for path in seen.keys() | now.keys() if seen.get(path) != now.get(path)}
        seen = now
        if changed:
            yield tuple(sorted(os.path.relpath(path, root) for path in changed))
