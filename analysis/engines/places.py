"""Where in the manuscript something stands, for messages.

Pandoc's Markdown reader keeps no positions, so a place is the first line that holds the
words an author would look for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from analysis.engines import MANUSCRIPT
from analysis.errors import Problem


@dataclass(frozen=True)
class Places:
    """The lines of the manuscript, and of the templates that it was written from, by path."""

    text: str
    templates: Mapping[str, str] = field(default_factory=dict)

    def of(self, *tokens: str) -> str:
        """Return `index.qmd:LINE` of the first token found, `index.qmd` if none is.

        A line that stands so in one place of the templates is named there. A token that ends in
        a letter or digit is not found inside a longer word: `#fig-os` is not in `#fig-os-dfs`.
        """
        for token in tokens:
            if not token:
                continue
            end = r"(?![\w-])" if token[-1].isalnum() else ""
            found = re.search(re.escape(token) + end, self.text)
            if found:
                return self.at(found.start())
        return MANUSCRIPT

    def at(self, offset: int) -> str:
        """Return the place of a character of the text, as `of` does."""
        at = self.text.count("\n", 0, offset)
        homes = self._homes.get(self._lines[at], [])
        # What Jinja wrote, or what stands twice, has no one line of the author's.
        return homes[0] if len(homes) == 1 else f"{MANUSCRIPT}:{at + 1}"

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def _homes(self) -> dict[str, list[str]]:
        """Each line of the templates, and where it stands."""
        homes: dict[str, list[str]] = {}
        for name, text in self.templates.items():
            for number, line in enumerate(text.split("\n"), start=1):
                homes.setdefault(line, []).append(f"{name}:{number}")
        return homes

    def problem(self, message: str, *tokens: str, where: str = "") -> Problem:
        """Return a problem at the first of the tokens."""
        return Problem(self.of(*tokens), where, message)
