"""Streams that pass for a terminal, so that questions and colours can be tested without one."""

from __future__ import annotations

from io import StringIO

from analysis.terminal import Terminal


class Tty(StringIO):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def answering(*lines: str) -> Terminal:
    """Return a terminal on which somebody types these lines, and then Ctrl-D."""
    typed = "".join(f"{line}\n" for line in lines)
    return Terminal(colour=False, in_=Tty(typed), out=StringIO(), err=Tty())
