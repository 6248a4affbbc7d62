"""Engines publish the finished manuscript: Quarto text to a web page, a PDF, a Word file.

`pandoc` is built in; `quarto` runs the Quarto program. Both take the same `Source`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MANUSCRIPT = "index.qmd"
"""The name under which an error speaks of `Source.text`."""

OUTPUTS: Mapping[str, str] = {"html": "index.html", "pdf": "review.pdf", "docx": "review.docx"}
"""The formats that an engine can publish, and the file that each leaves."""


@dataclass(frozen=True)
class Source:
    """What an engine publishes.

    `text` is Quarto markdown with its front matter. `files` are the files that the text
    and its styles name, path (relative to the review's root) to content; figures may come
    later. `date` (ISO 8601, `2026-01-31`) is the date that page, PDF and DOCX carry: that of
    the data, never the clock's; without one (nothing is released) they carry none. `templates`
    are the texts that it was written from, by path, to say where something stands.
    """

    text: str
    files: Mapping[str, bytes]
    date: str | None
    templates: Mapping[str, str] = field(default_factory=dict)
