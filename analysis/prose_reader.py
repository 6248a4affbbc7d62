"""One template's prose, read node by node, its words found again in the source."""

from __future__ import annotations

import bisect
import posixpath
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from analysis.errors import Problem
from analysis.markdown import code_cell, raw_part
from analysis.number_words import numbers
from analysis.prose_source import without_comments
from analysis.prose_tree import Node, cells, images, is_address, strings
from analysis.template_syntax import STAND_IN
from analysis.todos import SAID, WRITTEN

_LABEL = re.compile(r"(fig|tbl|sec|eq|lst)-.+")
# Before the year of a citation that is typed: (Colditz 1994), Colditz et al. (1994).
_NAME = re.compile(r"[^\W\d_]{2}")
_NAMED = re.compile(r"[^\W\d_]\.?\s\Z")
_YEAR = re.compile(r"(?:1[89]|20)\d\d[a-z]?")
# Before a number that is typed: (see Figure 2).
_REFERRED = re.compile(r"\b(Figure|Fig\.|Table|Section)\s\Z", re.IGNORECASE)
_KINDS = {"fig": ("figure", "fig"), "tab": ("table", "tbl"), "sec": ("section", "sec")}
_SMART = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "--", "—": "---", "…": "...", "\xa0": " "}
)
DRAWN = "figures/"
"""Where the build puts what it draws."""
BEFORE = 200  # characters in which the name of a citation stands before its year
REACH = 4000  # characters within which the next word of the tree is looked for in the source


@dataclass
class Seen:
    """What a template refers to and declares, by label: where, first; what is wrong.

    `pictures` are those that an author put there, by path; None where they are not known.
    """

    pictures: Collection[str] | None = None
    labels: dict[str, str] = field(default_factory=dict)
    references: dict[str, str] = field(default_factory=dict)
    citations: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    todos: list[Problem] = field(default_factory=list)


class Reader:
    """Reads one template: its words in order, each found again in the source."""

    def __init__(self, file: str, source: str, fixed: Collection[str], seen: Seen) -> None:
        self.file = file
        # What stands in a comment is no place of a word of the tree.
        self.source = without_comments(source)
        self.fixed = fixed
        self.seen = seen
        self.cursor = 0
        self.panel = False  # whether in a div that is one figure of several pictures
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
            case "CodeBlock":
                for name in content[0][1]:
                    self._refuse(code_cell(name))
                self._find(content[1])
            case "RawBlock":
                self._refuse(raw_part(*content))
                self._find(content[1])
            case "Header":
                self._declare(content[1])
                self._inlines(content[2])
                self._flush()
            case "Div":
                self._declare(content[0])
                around, self.panel = self.panel, self.panel or content[0][0].startswith("fig-")
                if not self._excused(content[0]):
                    self.read(content[1])
                self.panel = around
            case "LineBlock":
                for line in content:
                    self._inlines(line)
                    self._flush()
            case "Figure":
                # Its blocks hold the image, whose text is the caption once more.
                self._declare(content[0])
                self.read(cells(content[1]))
                for image in images(content[2]):
                    self._picture(image, content[0][0])
            case "Table":
                self._declare(content[0])
                self.read(cells(content[2:]))
                self._aside(cells(content[1]))
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
            case "Link" if is_address(content):
                self._add("\0")  # <https://example.org/2020>: the target is its own text
            case "Link" | "Image":
                self._declare(content[0])
                self._inlines(content[1])
                if kind == "Image":
                    self._picture(content)
            case "Math":
                self._word(content[1])
            case "Code":
                self._refuse(code_cell(content[1]))
                self._find(content[1])
                self._add("\0")
            case "Cite":
                for citation in content[0]:
                    self._refer(citation["citationId"])
                self._add("\0")
            case "Note":
                self._aside(content)
                self._add("\0")
            case "RawInline":
                self._refuse(raw_part(*content))
                self._find(content[1])
                self._add("\0")
            case _:
                self._add("\0")

    def _aside(self, blocks: list[Node]) -> None:
        """Read what may stand elsewhere in the source; a note in the text moves the cursor."""
        aside = Reader(self.file, self.source, self.fixed, self.seen)
        words = [node["c"] for node in strings(blocks)][:2]
        at = self.source.find(" ".join(words), self.cursor)
        before = self.source.find(" ".join(words))
        # Two words with markup between them are not found together: then it is near.
        aside.cursor = at if at >= 0 else before if before >= 0 else self.cursor
        within = at >= 0 and self.source.endswith("^[", 0, at)
        aside.read(blocks)
        if within:
            self.cursor = aside.cursor

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
        text = "".join(self.run)
        for todo in SAID.finditer(text):
            self.seen.todos.append(Problem(self._place(self._at(todo.start())), "", WRITTEN))
        for word, start in numbers(text, self.fixed):
            wanted = f'a finding, a fixed term of data/review.yml, or [{word}]{{.fixed reason="…"}}'
            message = f"found the number {word!r} in the text, wanted {wanted}"
            if _YEAR.fullmatch(word) and _named(text[max(0, start - BEFORE) : start]):
                message += "; a citation is [@key]"
            if named := _REFERRED.search(text, max(0, start - BEFORE), start):
                kind, label = _KINDS[named[1][:3].lower()]
                message += f"; a {kind} is referred to by @{label}-…"
            self._problem(self._at(start), message)
        self.run, self.length, self.starts = [], 0, []

    def _at(self, start: int) -> int:
        """Return where in the source the word stands that the run has at `start`."""
        at = bisect.bisect_right(self.starts, (start, len(self.source))) - 1
        return self.starts[at][1]

    def _refuse(self, found: tuple[str, str] | None) -> None:
        """Refuse code to be run, or a part in the language of one format, where it begins."""
        if found:
            message, begin = found
            at = self.source.find(begin, self.cursor)
            self._problem(at if at >= 0 else self.cursor, message.replace(STAND_IN, "{{…}}"))

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

    def _picture(self, image: list[Any], label: str | None = None) -> None:
        """Hold a picture, its words being read, to what every engine asks of it.

        Parameters
        ----------
        label : of the figure that it is; None in a line of text.
        """
        (_, _, pairs), words, (target, _) = image
        at = self.source.find(f"]({target}", self.cursor)
        self.cursor = at = self.cursor if at < 0 else at
        if label is not None and not label.startswith("fig-") and not self.panel:
            caption = " ".join(node["c"] for node in strings(words))[:40]
            message = f'found a figure without a label ("{caption}"), wanted {{#fig-…}}'
            self._problem(at, message)
        said = dict(pairs)
        if not (said.get("fig-alt") or said.get("alt") or "").strip():
            self._problem(at, f"found no alternative text for {target}, wanted fig-alt")
        known = self.seen.pictures
        there = known is None or target in known or target.startswith(DRAWN)
        if not there and STAND_IN not in target:
            self._problem(at, f"found {target}, wanted {_picture_wanted(target, known or ())}")

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


def _picture_wanted(target: str, known: Collection[str]) -> str:
    """Return what is wanted for a target that is no picture: one may be meant, told otherwise."""
    meant = posixpath.normpath(unquote(target))
    if meant in known or meant.startswith(DRAWN):
        return meant if unquote(target) == target else "a name without spaces and brackets"
    return "a figure that the build draws, or a PNG or JPEG in templates/"


def _named(text: str) -> bool:
    """Say whether a year behind this text is that of a citation: (Colditz, Colditz et al. (."""
    opening = text.rfind("(")
    inside = text[opening + 1 :]
    if opening < 0 or ")" in inside:
        return False
    return bool(_NAME.search(inside) or (not inside and _NAMED.search(text, 0, opening)))
