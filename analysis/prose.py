"""The prose of the templates: no number typed in, no reference to nothing, nothing unreferred.

The text is read as Pandoc reads it, once for all templates, with every expression of Jinja
masked. What passes: citations, references, attributes, link targets, code, the fixed terms of
the review, and `[…]{.fixed reason="…"}`, of which the reason is required. What counts as a
number is decided in `analysis.number_words`.
"""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from analysis.errors import Problem
from analysis.messages import unknown
from analysis.number_words import numbers
from analysis.template_syntax import STAND_IN

Node = dict[str, Any]
# A code block of its own format between two files: longer than any fence in a file.
_FENCE = "`" * 40
_FILE = "file"
_LABEL = re.compile(r"(fig|tbl|sec|eq|lst)-.+")
_SMART = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "--", "—": "---", "…": "...", "\xa0": " "}
)
REACH = 4000  # characters within which the next word of the tree is looked for in the source


@dataclass
class _Seen:
    """What the templates refer to and declare, by label: where, first."""

    labels: dict[str, str]
    references: dict[str, str] = field(default_factory=dict)
    citations: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


Read = Mapping[str, tuple[str, list[Node]]]
"""Each template: its text, Jinja masked, and Pandoc's tree of it."""


def check(
    read: Read,
    fixed: Collection[str],
    citation_keys: Collection[str],
    labels: Mapping[str, str],
) -> list[Problem]:
    """Return everything that is wrong with the prose of the templates.

    Parameters
    ----------
    read : what `read_all` returned.
    fixed : terms that hold digits and are no results.
    citation_keys : keys of the bibliography.
    labels : the labels that figures and tables of the templates will have, and where.
    """
    seen = _Seen(dict(labels))
    for file, (text, blocks) in read.items():
        _Reader(file, text, fixed, seen).read(blocks)
    return [*seen.problems, *_lost(seen, citation_keys)]


def _lost(seen: _Seen, keys: Collection[str]) -> Iterator[Problem]:
    """Yield references and citations of nothing, and what is never referred to."""
    for label, place in seen.references.items():
        if label not in seen.labels and STAND_IN not in label:
            yield Problem(place, "", unknown(f"@{label}", "a label", _marked(seen.labels)))
    for key, place in seen.citations.items():
        if key not in keys and STAND_IN not in key:
            message = unknown(f"@{key}", "a key of data/references.bib", _marked(keys))
            yield Problem(place, "", message)
    if any(STAND_IN in label for label in seen.references):
        return
    for label, place in seen.labels.items():
        if label.startswith(("fig-", "tbl-")) and label not in seen.references:
            what = "figure" if label.startswith("fig-") else "table"
            message = f"found the {what} #{label}, to which no text refers, wanted @{label} in it"
            yield Problem(place, "", message)


def _marked(names: Iterable[str]) -> list[str]:
    return sorted(f"@{name}" for name in names)


def read_all(texts: Mapping[str, str]) -> Read:
    """Read every template in one run of pandoc.

    Parameters
    ----------
    texts : template to its text, Jinja masked, every line in its place.

    Raises
    ------
    RenderError : pandoc cannot be run.
    """
    names = list(texts)
    joined = "\n\n".join(
        f"{_FENCE}{{={_FILE}}}\n{at}\n{_FENCE}\n\n{texts[name]}" for at, name in enumerate(names)
    )
    parts: dict[str, list[Node]] = {}
    for block in _tree(joined):
        if block["t"] == "RawBlock" and block["c"][0] == _FILE:
            parts[names[int(block["c"][1])]] = []
        elif parts:
            parts[next(reversed(parts))].append(block)
    if len(parts) != len(names):
        # A fence or a div that a file leaves open takes in the next one: read them one by one.
        parts = {name: _tree(text) for name, text in texts.items()}
    return {name: (texts[name], blocks) for name, blocks in parts.items()}


@lru_cache(maxsize=8)
def _tree(text: str) -> list[Node]:
    # Kept, since a preview reads the same prose again whenever the data change; nobody
    # changes a tree. `engines.program` is the one place that runs pandoc: no more of the
    # engines is used here.
    from analysis.engines.program import run_pandoc

    run = run_pandoc(
        ["--from", "markdown", "--to", "json"], text.encode(), {}, "reading the templates"
    )
    blocks: list[Node] = json.loads(run.output)["blocks"]
    return blocks


class _Reader:
    """Reads one template: its words in order, each found again in the source."""

    def __init__(self, file: str, source: str, fixed: Collection[str], seen: _Seen) -> None:
        self.file = file
        self.source = source
        self.fixed = fixed
        self.seen = seen
        self.cursor = 0
        self.run: list[str] = []
        self.length = 0
        self.starts: list[tuple[int, int]] = []  # place in the run, place in the source
        self.lines = [0, *(at + 1 for at, sign in enumerate(source) if sign == "\n")]

    def read(self, content: Any) -> None:
        """Read blocks or inlines; each run of inlines is checked as one text."""
        for node in content if isinstance(content, list) else [content]:
            if isinstance(node, list):
                self.read(node)
            elif isinstance(node, dict) and "t" in node:
                self._node(node)
        self._flush()

    def _node(self, node: Node) -> None:
        content: Any = node.get("c")
        match node["t"]:
            case "Para" | "Plain":
                self._inlines(content)
                self._flush()
            case "Header":
                self._declare(content[1])
                self._inlines(content[2])
                self._flush()
            case "Div":
                self._declare(content[0])
                if not self._excused(content[0]):
                    self.read(content[1])
            case "LineBlock":
                for line in content:
                    self._inlines(line)
                    self._flush()
            case "Figure":
                # Its blocks hold the image, whose text is the caption once more.
                self._declare(content[0])
                self.read(_cells(content[1]))
            case "Table":
                self._declare(content[0])
                self.read(_cells(content[2:]))
                self._aside(_cells(content[1]))
            case "DefinitionList":
                for name, definitions in content:
                    self._inlines(name)
                    self._flush()
                    self.read(definitions)
            case "OrderedList":
                self.read(content[1])
            case "BulletList" | "BlockQuote":
                self.read(content)

    def _inlines(self, content: list[Node]) -> None:
        for node in content:
            self._inline(node["t"], node.get("c"))

    def _inline(self, kind: str, content: Any) -> None:
        match kind:
            case "Str":
                self._word(content)
            case "Space" | "SoftBreak" | "LineBreak":
                self._add(" ")
            case "Emph" | "Strong" | "Underline" | "Strikeout" | "SmallCaps":
                self._inlines(content)
            case "Superscript" | "Subscript":
                self._inlines(content)
            case "Quoted":
                self._inlines(content[1])
            case "Span":
                self._declare(content[0])
                if self._excused(content[0]):
                    self._add("\0")
                else:
                    self._inlines(content[1])
            case "Link" | "Image":
                self._declare(content[0])
                self._inlines(content[1])
            case "Math":
                self._word(content[1])
            case "Cite":
                for citation in content[0]:
                    self._refer(citation["citationId"])
                self._add("\0")
            case "Note":
                self._aside(content)
                self._add("\0")
            case _:
                self._add("\0")

    def _aside(self, blocks: list[Node]) -> None:
        """Read what may stand anywhere in the source, the cursor kept: a note, a caption."""
        aside = _Reader(self.file, self.source, self.fixed, self.seen)
        words = [node["c"] for node in _strings(blocks)][:2]
        at = self.source.find(" ".join(words), self.cursor)
        aside.cursor = at if at >= 0 else max(self.source.find(" ".join(words)), 0)
        aside.read(blocks)

    def _word(self, text: str) -> None:
        found = self._find(text)
        self.starts.append((self.length, self.cursor if found is None else found))
        self._add(text)

    def _find(self, text: str) -> int | None:
        for shape in (text, text.translate(_SMART)):
            at = self.source.find(shape, self.cursor, self.cursor + REACH + len(shape))
            if at >= 0:
                self.cursor = at + len(shape)
                return at
        return None

    def _add(self, text: str) -> None:
        self.run.append(text)
        self.length += len(text)

    def _flush(self) -> None:
        """Check the run of text that has ended, and begin another."""
        for word, start in numbers("".join(self.run), self.fixed):
            at = bisect.bisect_right(self.starts, (start, len(self.source))) - 1
            wanted = f'a finding, a fixed term of data/review.yml, or [{word}]{{.fixed reason="…"}}'
            message = f"found the number {word!r} in the text, wanted {wanted}"
            self._problem(self.starts[at][1], message)
        self.run, self.length, self.starts = [], 0, []

    def _excused(self, raw: list[Any]) -> bool:
        """Say whether a span or div is `.fixed`; one without a reason is a problem."""
        if "fixed" not in raw[1]:
            return False
        reason = dict(raw[2]).get("reason", "")
        if not reason.strip():
            at = self.source.find(".fixed", self.cursor)
            message = 'found .fixed without a reason, wanted {.fixed reason="…"}'
            self._problem(at if at >= 0 else self.cursor, message)
        return True

    def _declare(self, raw: list[Any]) -> None:
        if _LABEL.fullmatch(raw[0]):
            at = self.source.find(f"#{raw[0]}")
            self.seen.labels.setdefault(raw[0], self._place(max(at, 0)))

    def _refer(self, name: str) -> None:
        at = self._find(f"@{name}")
        place = self._place(self.cursor if at is None else at)
        known = self.seen.references if _LABEL.fullmatch(name) else self.seen.citations
        known.setdefault(name, place)

    def _problem(self, at: int, message: str) -> None:
        self.seen.problems.append(Problem(self._place(at), "", message))

    def _place(self, at: int) -> str:
        if " " in self.file:  # the wording of a claim, which has no lines of its own
            return self.file
        return f"{self.file}:{bisect.bisect_right(self.lines, at)}"


def _strings(content: Any) -> Iterator[Node]:
    """Yield the words of a part of the tree in reading order."""
    if isinstance(content, list):
        for part in content:
            yield from _strings(part)
    elif isinstance(content, dict) and content.get("t") == "Str":
        yield content
    elif isinstance(content, dict) and "c" in content:
        yield from _strings(content["c"])


def _cells(content: Any) -> list[Node]:
    """Return the blocks of a figure or a table in reading order, whatever holds them."""
    found: list[Node] = []
    for part in content if isinstance(content, list) else []:
        if isinstance(part, dict) and "t" in part:
            found.append(part)
        else:
            found += _cells(part)
    return found
