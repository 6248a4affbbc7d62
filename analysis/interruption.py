"""What is said when Ctrl-C ends a command: whoever changes something tells it here first.

It is of the process, as the signal is: an interruption comes from outside, into any function,
and carries nothing. Who catches it cannot see what was done by then.
"""

from __future__ import annotations

NOTHING = "nothing was changed"
FILES = "files may have been changed"

_left = [NOTHING]


def begin() -> None:
    """Begin a command: nothing is changed yet."""
    leave(NOTHING)


def leave(what: str) -> None:
    """Tell what an interruption from now on leaves behind."""
    _left[0] = what


def left() -> str:
    """Return what an interruption now leaves behind."""
    return _left[0]
