"""A manuscript read and written in parts, side by side, each part again only when it changed.

Pandoc takes time in proportion to its text and next to none to start. Parts begin at headings;
a text in which one part could mean something to another (link definitions, footnotes, example
lists, raw HTML) is one part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from os import cpu_count
from typing import Any

from analysis.engines import MANUSCRIPT, ast
from analysis.engines.ast import Node
from analysis.engines.program import Run, Warned, run_pandoc

READER = "markdown+autolink_bare_uris"
LEAST = 3000  # characters of a part, or bytes of its tree: smaller ones cost more than they save
KEPT = 512  # parts remembered: those of a few manuscripts

_JOINED = re.compile(
    r"^ {0,3}(?:\*?\[[^\]\n]+\]:|\(@[\w-]*\)|<[A-Za-z/!?]|\\begin\b)"  # of lines
    r"|<!--|\^\[",  # anywhere
    re.MULTILINE,
)
_CODE = re.compile(r" {0,3}(`{3,}|~{3,})")
_DIV = re.compile(r" {0,3}:{3,}[ \t]*(.*)")
_HEADING = re.compile(r"#{1,2}[ \t]+\S")
_FRONT = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Parsed:
    """A text as Pandoc reads it, its citations not resolved; the lines of warnings its own."""

    meta: Mapping[str, Any]
    blocks: list[Node]
    api_version: tuple[int, ...]
    warnings: tuple[Warned, ...]

    def tree(self, blocks: Sequence[Node], meta: Mapping[str, Any]) -> bytes:
        """Return other blocks and metadata as Pandoc reads them."""
        return as_json(self.api_version, blocks, meta)


def as_json(
    api_version: Sequence[int], blocks: Sequence[Node], meta: Mapping[str, Any] | None = None
) -> bytes:
    """Return a tree as Pandoc's JSON reader wants it."""
    whole = {"pandoc-api-version": api_version, "meta": meta or {}, "blocks": blocks}
    return json.dumps(whole, ensure_ascii=False).encode("utf-8")


def read(text: str) -> Parsed:
    """Read a manuscript; the tree is that of one run of pandoc over the whole.

    Raises
    ------
    RenderError : pandoc is missing or failed.
    """
    starts = [0, *_cuts(text), len(text)]
    texts = [text[start:end] for start, end in zip(starts, starts[1:], strict=False)]
    if len(texts) > 1:
        parsed = _joined(texts)
        if parsed is not None:
            return parsed
    return _joined([text]) or _whole(text)


def _whole(text: str) -> Parsed:
    run, whole = _read(text)
    return Parsed(whole["meta"], whole["blocks"], tuple(whole["pandoc-api-version"]), run.warnings)


def _joined(texts: Sequence[str]) -> Parsed | None:
    """Return the parts as one, None where they could mean something to each other."""
    if len(texts) == 1:
        return _whole(texts[0])
    with ThreadPoolExecutor(max_workers=cpu_count()) as pool:
        # The longest first, so that no processor waits for it in the end.
        order = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        running = {at: pool.submit(_read, texts[at]) for at in order}
        done = [running[at].result() for at in range(len(texts))]
    blocks = [block for _, whole in done for block in whole["blocks"]]
    if any(whole["meta"] for _, whole in done[1:]) or _collide(blocks, "".join(texts)):
        return None
    warnings: list[Warned] = []
    line = 0
    for text, (run, _) in zip(texts, done, strict=True):
        warnings += [Warned(w.message, w.line and w.line + line) for w in run.warnings]
        line += text.count("\n")
    first = done[0][1]
    api_version = tuple(first["pandoc-api-version"])
    return Parsed(first["meta"], blocks, api_version, tuple(warnings))


def _collide(blocks: Sequence[Node], text: str) -> bool:
    """Say whether a heading would get another name in the whole, or is named in brackets."""
    headings = [node for node in ast.walk(blocks) if node["t"] == "Header"]
    names = [node["c"][1][0] for node in headings if node["c"][1][0]]
    lower = text.casefold()
    titles = (ast.plain(node["c"][2]).casefold() for node in headings)
    return len(set(names)) < len(names) or any(f"[{title}]" in lower for title in titles)


@lru_cache(maxsize=KEPT)
def _read(text: str) -> tuple[Run, dict[str, Any]]:
    # Nobody changes a tree that was read: `ast.rewrite` makes a new one.
    arguments = ["--sandbox", "-f", READER, "-t", "json", MANUSCRIPT]
    run = run_pandoc(
        arguments, b"", {MANUSCRIPT: text.encode("utf-8")}, f"reading {MANUSCRIPT}"
    )
    return run, json.loads(run.output)


def _cuts(text: str) -> Iterator[int]:
    """Yield where a text is cut: at headings that nothing encloses, some way apart."""
    front = _FRONT.match(text)
    at = front.end() if front else 0
    if _JOINED.search(text, at):
        return
    cuts: list[int] = []
    fence, depth, blank, last = "", 0, True, 0
    for line in text[at:].splitlines(keepends=True):
        if code := _CODE.match(line):
            marks = code.group(1)
            if not fence:
                fence = marks
            elif marks.startswith(fence) and not line.strip(" \t\n" + fence[0]):
                fence = ""
        elif not fence and (div := _DIV.match(line)):
            depth += 1 if div.group(1).strip(" \t\n:") else -1
        elif not fence and not depth and blank and _HEADING.match(line):
            if line.startswith("# ") or at - last >= LEAST:
                cuts.append(at)
                last = at
        blank = not line.strip()
        at += len(line)
    if not fence and not depth:
        yield from cuts


def write(
    api_version: Sequence[int], blocks: Sequence[Node], arguments: Sequence[str], doing: str
) -> str:
    """Write blocks as a fragment of a format, in parts side by side.

    A part begins at a heading of the first level; text with footnotes, which are numbered and
    gathered over the whole, is one part.

    Raises
    ------
    RenderError : pandoc is missing, failed, or would lose something.
    """
    groups: list[list[Node]] = [[]]
    for block in blocks:
        if block["t"] == "Header" and block["c"][0] == 1 and groups[-1]:
            groups.append([])
        groups[-1].append(block)
    trees = [as_json(api_version, group) for group in groups]
    if any(b'{"t": "Note"' in tree for tree in trees):
        trees = [as_json(api_version, blocks)]
    given = tuple(arguments)
    with ThreadPoolExecutor(max_workers=cpu_count()) as pool:
        order = sorted(range(len(trees)), key=lambda at: -len(trees[at]))
        running = {at: pool.submit(_write, trees[at], given, doing) for at in order}
        return "\n".join(running[at].result() for at in range(len(trees)))


@lru_cache(maxsize=KEPT)
def _write(tree: bytes, arguments: tuple[str, ...], doing: str) -> str:
    run = run_pandoc(["--sandbox", "-f", "json", *arguments], tree, {}, doing)
    return run.written(doing).decode("utf-8").rstrip("\n")
