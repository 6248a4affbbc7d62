"""What the command line prints: tables, problems, progress. Colour only where it is wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO, TextIOWrapper
from typing import TextIO

from analysis.errors import Problem, ReviewError


def _stdout() -> TextIO:
    return _usable(sys.stdout)


def _stderr() -> TextIO:
    return _usable(sys.stderr)


def _usable(stream: TextIO | None) -> TextIO:
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

    `colour` is None to decide by the stream and by NO_COLOR; `quiet` drops progress, which
    is not shown either where `err` is no terminal.
    """

    colour: bool | None = None
    quiet: bool = False
    out: TextIO = field(default_factory=_stdout)
    err: TextIO = field(default_factory=_stderr)

    def say(self, text: str = "") -> None:
        """Print a line of the result."""
        print(text, file=self.out)

    def remark(self, text: str) -> None:
        """Print a line beside the result: a warning, what was done."""
        print(text, file=self.err)

    def problems(self, problems: Sequence[Problem], kind: str) -> None:
        """Print problems, a line each, and how many there are."""
        colours = {"error": "31", "warning": "33", "to do": "36"}
        for problem in problems:
            self.remark(f"{self._coloured(kind, colours[kind])}: {problem}")

    def failure(self, error: ReviewError) -> None:
        """Print an error of the review."""
        if error.problems:
            self.problems(error.problems, "error")
            count = len(error.problems)
            self.remark(f"{count} {'error' if count == 1 else 'errors'}; nothing was written")
        else:
            self.remark(f"{self._coloured('error', '31')}: {error}")

    def table(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        title: str | None = None,
        right: Sequence[int] = (),
    ) -> None:
        """Print a table as wide as the terminal, or as needed where there is none."""
        from rich import box
        from rich.console import Console
        from rich.table import Table

        wide = 200 if not self.out.isatty() else None
        console = Console(
            file=self.out,
            width=wide,
            no_color=not self._colours(self.out),
            highlight=False,
            emoji=False,
            markup=False,
        )
        table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
        for index, heading in enumerate(headings):
            table.add_column(heading, justify="right" if index in right else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table)

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show that a long step is under way, where somebody watches."""
        if self.quiet or not self.err.isatty():
            yield
            return
        from rich.console import Console

        console = Console(file=self.err, no_color=not self._colours(self.err))
        with console.status(text):
            yield

    def _colours(self, stream: TextIO) -> bool:
        if self.colour is not None:
            return self.colour
        return stream.isatty() and not os.environ.get("NO_COLOR")

    def _coloured(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colours(self.err) else text
