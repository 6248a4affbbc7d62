"""The manuscript, styles and figures that the tests of the engines publish."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from analysis.engines import Source, pandoc

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "tests" / "sample"
DATE = "2026-01-31"
HEAD = "---\ntitle: T\nnumber-sections: true\nbibliography: data/references.bib\n---\n\n"
"""Six lines: what follows starts on line 7."""


def files() -> dict[str, bytes]:
    found = {f"templates/{p.name}": p.read_bytes() for p in (ROOT / "templates").iterdir()}
    return found | {"data/references.bib": (SAMPLE / "data" / "references.bib").read_bytes()}


def figures() -> dict[str, bytes]:
    return {f"figures/{p.name}": p.read_bytes() for p in (SAMPLE / "figures").iterdir()}


def source(body: str, head: str = HEAD, **more: bytes) -> Source:
    """Return a small manuscript; `more` are files, with `__` for `/` and `_dot_` for `.`."""
    extra = {k.replace("__", "/").replace("_dot_", "."): v for k, v in more.items()}
    return Source(head + body, files() | extra, DATE)


def publish(body: str, *to: str, head: str = HEAD, **more: bytes) -> dict[str, bytes]:
    return pandoc.write(pandoc.read(source(body, head, **more)), figures(), to)


def sample() -> Source:
    return Source((SAMPLE / "index.qmd").read_text(encoding="utf-8"), files(), DATE)


@cache
def published() -> dict[str, bytes]:
    """Return the sample in all three formats, rendered once for all tests."""
    return pandoc.write(pandoc.read(sample()), figures(), ["html", "pdf", "docx"])


def pdf_text(pdf: bytes) -> str:
    """Return the words of a PDF, hyphenated ones made whole, runs of space one space."""
    import io

    import pypdf

    pages = (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"\s+", " ", re.sub(r"(?<=\w)[-‐\u00ad]\n(?=[a-z])", "", "\n".join(pages)))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)


def html_text(page: bytes) -> str:
    """Return the words of a page, runs of space one space."""
    parser = _Words()
    parser.feed(page.decode("utf-8"))
    return re.sub(r"\s+", " ", "".join(parser.words))
