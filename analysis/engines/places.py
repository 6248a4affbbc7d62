"""Where in the manuscript something stands, for messages.

Pandoc's Markdown reader keeps no positions, so a place is the first line that holds the
words an author would look for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.engines import MANUSCRIPT
from analysis.errors import Problem


@dataclass(frozen=True)
class Places:
    """The lines of the manuscript."""

    text: str

    def of(self, *tokens: str) -> str:
        """Return `index.qmd:LINE` of the first token found, `index.qmd` if none is.

        A token that ends in a letter or digit is not found inside a longer word:
        `#fig-os` is not in `#fig-os-dfs`.
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
        """Return `index.qmd:LINE` of a character of the text."""
        return f"{MANUSCRIPT}:{self.text.count(chr(10), 0, offset) + 1}"

    def problem(self, message: str, *tokens: str, where: str = "") -> Problem:
        """Return a problem at the first of the tokens."""
        return Problem(self.of(*tokens), where, message)
