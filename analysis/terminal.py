"""What the command line prints and asks: tables, problems, progress. Colour where it is wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import StringIO, TextIOWrapper
from typing import TextIO

from analysis.errors import Problem, ReviewError

RED, GREEN, YELLOW, CYAN, BOLD = "31", "32", "33", "36", "1"
KINDS = {"error": RED, "warning": YELLOW, "to do": CYAN}

# What stands in a file or its name may not steer the terminal.
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\ufffd")


def _stdin() -> TextIO:
    return sys.stdin if sys.stdin is not None else StringIO()


def _stdout() -> TextIO:
    return usable(sys.stdout)


def _stderr() -> TextIO:
    return usable(sys.stderr)


def usable(stream: TextIO | None) -> TextIO:
    """Return a stream that takes any text: where it is closed, nowhere."""
    if stream is None:
        return StringIO()
    if isinstance(stream, TextIOWrapper):
        # A terminal without τ² is told \u03c4, and does not end the command.
        stream.reconfigure(errors="backslashreplace")
    return stream


@dataclass(frozen=True)
class Terminal:
    """Where results (`out`) and remarks (`err`) go, and whether somebody watches.

    `colour` is None to decide by the stream, by NO_COLOR and by TERM; `quiet` drops progress,
    which is not shown either where `err` is no terminal.
    """

    colour: bool | None = None
    quiet: bool = False
    out: TextIO = field(default_factory=_stdout)
    err: TextIO = field(default_factory=_stderr)
    in_: TextIO = field(default_factory=_stdin)
    _steps: list[str] = field(default_factory=list, repr=False)
    _tables: list[str] = field(default_factory=list, repr=False)

    def say(self, text: str = "") -> None:
        """Print a line of the result."""
        self._print(self.out, text)

    def tell(self, text: str) -> None:
        """Print a line of the result in words, wrapped between them where somebody watches."""
        from analysis.terminal_table import wrapped

        for line in wrapped(clean(text), self._width()):
            self.say(line)

    def remark(self, text: str) -> None:
        """Print a line beside the result: a warning, what was done."""
        self._print(self.err, text)

    def problems(self, problems: Sequence[Problem], kind: str) -> None:
        """Print problems, a line each; `kind` is error, warning or to do."""
        for problem in problems:
            self._print(self.err, f": {problem}", (kind, KINDS[kind]))

    def failure(self, error: ReviewError, *, writes: bool = True) -> None:
        """Print an error of the review; a command that `writes` says that it did not."""
        if error.problems:
            self.problems(error.problems, "error")
            count = len(error.problems)
            counted = f"{count} {'error' if count == 1 else 'errors'}"
            self.remark(f"{counted}; nothing was written" if writes else counted)
        else:
            self._print(self.err, f": {error}", ("error", RED))

    def diff(self, before: str, after: str, name: str) -> None:
        """Print what would change in a file, or did, as a unified diff."""
        from difflib import unified_diff

        old, new = before.splitlines(), after.splitlines()
        source = name if before else "(no such file)"
        for line in unified_diff(old, new, source, name, lineterm=""):
            headed = line.startswith(("---", "+++"))
            colour = {"+": GREEN, "-": RED, "@": CYAN}.get(line[0]) if not headed else BOLD
            self._print(self.out, "", (line, colour) if colour else (line, ""))

    def table(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        title: str | None = None,
        right: Sequence[int] = (),
        below: Sequence[int] = (),
    ) -> None:
        """Print a table as wide as the terminal, or as needed where there is none.

        Text is wrapped between words; no number is ever cut or broken. Where the columns
        cannot be made narrow enough, those of `below` (numbers from 0) stand under their row,
        or else each row is printed as a list of its values.
        """
        from analysis.terminal_table import layout

        cleaned = [[clean(cell) for cell in row] for row in rows]
        head, lines = layout(headings, cleaned, self._width(), right, below)
        if self._tables:
            self.say()
        self._tables.append(headings[0])
        if title:
            self._print(self.out, "", (title, BOLD))
        for line in head:
            self._print(self.out, "", (line, BOLD))
        for line in lines:
            self.say(line)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show that a long step is under way, where somebody watches."""
        if self.quiet or not self.err.isatty():
            yield
            return
        self._steps.append(f"{text} …")
        self._show_step()
        try:
            yield
        finally:
            self._hide_step()
            self._steps.pop()

    @property
    def interactive(self) -> bool:
        """Whether there is somebody to ask."""
        return self.in_.isatty() and self.err.isatty()

    def ask(self, question: str) -> str:
        """Ask, and return the answer without the spaces around it.

        Raises
        ------
        KeyboardInterrupt : the input ended (Ctrl-D) or was interrupted (Ctrl-C).
        """
        try:
            if self.in_ is sys.stdin and self.interactive:
                with suppress(ImportError):
                    import readline  # noqa: F401  # it gives `input` the arrow keys
                return input(question).strip()
            self.err.write(question)
            self.err.flush()
            line = self.in_.readline()
        except EOFError:
            raise KeyboardInterrupt from None
        if not line:
            raise KeyboardInterrupt
        return line.strip()

    def _print(self, stream: TextIO, text: str, marked: tuple[str, str] | None = None) -> None:
        if self._steps:
            self._hide_step()
        head = ""
        if marked is not None:
            head, code = clean(marked[0]), marked[1]
            if code and self._colours(stream):
                head = f"\033[{code}m{head}\033[0m"
        print(head + clean(text), file=stream)
        if self._steps:
            self._show_step()

    def _show_step(self) -> None:
        self.out.flush()
        self.err.write(self._steps[-1])
        self.err.flush()

    def _hide_step(self) -> None:
        self.err.write("\r" + " " * len(self._steps[-1]) + "\r")
        self.err.flush()

    def _width(self) -> int | None:
        if not self.out.isatty():
            return None
        from shutil import get_terminal_size

        return get_terminal_size().columns

    def _colours(self, stream: TextIO) -> bool:
        if self.colour is not None:
            return self.colour
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return stream.isatty() and not plain


def clean(text: str) -> str:
    """Return text without the characters that steer a terminal."""
    return text.translate(_CONTROL)
