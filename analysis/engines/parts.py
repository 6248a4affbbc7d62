"""A manuscript read and written in parts, side by side: a run of pandoc uses one processor.

Parts begin at headings; a text in which one part could mean something to another (definitions
of links, notes, lists of examples, HTML, TeX) is one part.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise, zip_longest
from os import cpu_count
from typing import Any, TypeVar

from analysis.engines import MANUSCRIPT, ast, held_numbers
from analysis.engines.ast import Node
from analysis.engines.program import Run, Warned, run_pandoc
from analysis.engines.shortcodes import FRONT_MATTER

READER = "markdown"
LEAST = 8000  # characters: smaller parts cost more than they save
MOST = 4  # parts
KEPT = 128  # sections, for `preview`: most changes of the data leave most of them as they are

_REACHES = re.compile(
    r"\]:"  # what a link, a note or an abbreviation is defined by, wherever it may stand
    r"|\^\["  # a note
    r"|^(?:[>*+-]|[^\S\n])*\(?@[\w-]*[.)]\s"  # an item of a list of examples
    r"|^ {0,3}</?[A-Za-z!?]|<!--"  # HTML
    r"|\\(?:begin|(?:re)?newcommand|providecommand|def|let)\b"  # TeX
    r"|^[^\S\n]*[-=]{3}(?:[-=]|[^\S\n])*$",  # tables without bars, rules, underlined headings
    re.MULTILINE,
)
"""What may mean something beyond the next heading, or make a heading of something else."""
# For which extensions of Pandoc a text has use: what may stand bare is no target of a link.
_LINK = re.compile(r"(?<![\\\]])\[\w[\w ,.’–-]*\]\([^()\s<>\\]*\)")
# A word is looked through once, from where it begins: it may be as long as the text.
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9+.-])(?:[0-9][A-Za-z0-9]*+|[+.-])*+[A-Za-z][A-Za-z0-9+.-]*+:\S"
    r"|(?<![^\s@\[\]])[^\s@\[\]\w]*+\w[^\s@\[\]]*+@"
)
_TEX = re.compile(r"\\[A-Za-z]")
_CODE = re.compile(r" {0,3}(`{3,}|~{3,})")
_DIV = re.compile(r":{3,}[ \t]*(.*?)[ \t]*:*")
_HEADING = re.compile(r"#{1,2}[ \t]+\S")


@dataclass(frozen=True)
class Parsed:
    """A text as Pandoc reads it, its citations not resolved; the lines of warnings its own."""

    meta: Mapping[str, Any]
    blocks: list[Node]
    api_version: tuple[int, ...]
    warnings: tuple[Warned, ...]

    def tree(self, blocks: Sequence[Node], meta: Mapping[str, Any] | None = None) -> bytes:
        """Return other blocks and metadata as Pandoc reads them."""
        whole = {"pandoc-api-version": self.api_version, "meta": meta or {}, "blocks": blocks}
        return json.dumps(whole, ensure_ascii=False).encode("utf-8")


def read(text: str, *, by_section: bool = False) -> Parsed:
    """Read a manuscript; the tree is that of one run of pandoc over the whole.

    Parameters
    ----------
    by_section : whether each section is read by itself, so that one which stays as it is, but
        for its numbers, is not read again when the text next is.

    Raises
    ------
    RenderError : pandoc is missing or failed.
    """
    cuts = _cuts(text)
    # More sections than are kept would each be forgotten before it is asked for again.
    if not by_section or len(cuts) >= KEPT:
        cuts = _even(cuts, len(text), MOST)
    texts = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
    parsed = _side_by_side(read_at_once, texts)
    return _joined(texts, parsed) or read_at_once(text)


def _joined(texts: Sequence[str], parsed: Sequence[Parsed]) -> Parsed | None:
    """Return the parts as one, None where they could mean something to each other."""
    first, *rest = parsed
    blocks = [block for part in parsed for block in part.blocks]
    if rest and (any(part.meta for part in rest) or _collide(blocks, "".join(texts))):
        return None
    warnings: list[Warned] = []
    line = 0
    for text, part in zip(texts, parsed, strict=True):
        warnings += [Warned(w.message, w.line and w.line + line) for w in part.warnings]
        line += text.count("\n")
    return Parsed(first.meta, blocks, first.api_version, tuple(warnings))


def _collide(blocks: Sequence[Node], text: str) -> bool:
    """Say whether a heading would get another name in the whole, or is named in brackets."""
    headings = [node for node in ast.blocks(blocks) if node["t"] == "Header"]
    names = [node["c"][1][0] for node in headings if node["c"][1][0]]
    lower = " ".join(text.split()).casefold()
    titles = (ast.plain(node["c"][2]).casefold() for node in headings)
    return len(set(names)) < len(names) or any(f"[{title}]" in lower for title in titles)


def reader(text: str) -> str:
    """Return the format as which pandoc reads a text as Quarto does, in a quarter less time.

    Addresses that stand bare and commands of TeX are looked for at each word of a text that may
    hold some.
    """
    bare = "+autolink_bare_uris" if _ADDRESS.search(_LINK.sub("", text)) else ""
    return READER + bare + ("" if _TEX.search(text) else "-raw_tex")


def read_at_once(text: str) -> Parsed:
    """Read a text by one run of pandoc; raises as `read`."""
    held = held_numbers.of_markdown(text)
    run = _reading(held.text, reader(text))
    tree = held_numbers.in_tree(held, run.output.decode("utf-8"))
    if tree is None or any(held_numbers.OPEN in warning.message for warning in run.warnings):
        run = _reading(text, reader(text))
        tree = run.output.decode("utf-8")
    whole = json.loads(tree)
    return Parsed(whole["meta"], whole["blocks"], tuple(whole["pandoc-api-version"]), run.warnings)


@lru_cache(maxsize=KEPT)
def _reading(text: str, form: str) -> Run:
    arguments = ["--sandbox", "-f", form, "-t", "json", MANUSCRIPT]
    return run_pandoc(arguments, b"", {MANUSCRIPT: text.encode("utf-8")}, f"reading {MANUSCRIPT}")


def _cuts(text: str) -> list[int]:
    """Return where a text may be cut: at headings between blank lines that nothing encloses.

    Nowhere, where anything in it could reach over a heading: rather one part too few.
    """
    front = FRONT_MATTER.match(text)
    if front is None and text.startswith("---"):
        return []
    at = front.end() if front else 0
    if _REACHES.search(text, at):
        return []
    cuts: list[int] = []
    fence, depth, blank = "", 0, True
    lines = text[at:].splitlines(keepends=True)
    for line, after in zip_longest(lines, lines[1:], fillvalue=""):
        if code := _CODE.match(line):
            marks = code.group(1)
            if not fence:
                fence = marks
            elif marks.startswith(fence) and not line.strip(" \t\n" + fence[0]):
                fence = ""
        elif not fence and line.lstrip(" >\t").startswith(":::"):
            box = _DIV.fullmatch(line.strip())
            opens = bool(box and box.group(1))
            depth += 1 if opens else -1
            if depth < 0 or (opens and not blank) or not line.startswith(":::"):
                return []  # no fence, or one within something else
        elif not fence and not depth and blank and _HEADING.match(line) and not after.strip():
            cuts.append(at)
        # Both ends of a box, and only these, may stand without a line between.
        blank = not line.strip() or line.startswith(":::")
        at += len(line)
    return [cut for cut in cuts if cut] if not fence and not depth else []


def _even(places: Sequence[int], length: int, most: int) -> list[int]:
    """Return those of some places that cut a length into parts of about the same size."""
    parts = min(most, cpu_count() or 1, length // LEAST)
    ends = [length * part / parts for part in range(1, parts)]
    return sorted({min(places, key=lambda at: abs(at - end)) for end in ends}) if places else []


Given = TypeVar("Given")
Done = TypeVar("Done")


def _side_by_side(do: Callable[[Given], Done], tasks: Sequence[Given]) -> list[Done]:
    with ThreadPoolExecutor(max_workers=min(len(tasks), MOST)) as pool:
        return list(pool.map(do, tasks))


def write(
    parsed: Parsed,
    blocks: Sequence[Node],
    arguments: Sequence[str],
    doing: str,
    *,
    most: int | None = MOST,
    number: Callable[[str, str], str] | None = None,
) -> str:
    """Write blocks as a fragment of a format.

    Text with footnotes or code, which are numbered over the whole, is one part.

    Parameters
    ----------
    most : the number of parts; None makes each section one.
    number : writes a bound number as the format has it, given its key and how it is printed;
        without it pandoc writes them.

    Raises
    ------
    RenderError : pandoc is missing, failed, or would lose something.
    """
    dumped = [json.dumps(block, ensure_ascii=False) for block in blocks]
    before = [0, *accumulate(map(len, dumped))]
    top = min((block["c"][0] for block in blocks if block["t"] == "Header"), default=1)
    cuts = [at for at, block in enumerate(blocks) if at and _opens(block, top)]
    if most is not None:
        ends = _even([before[at] for at in cuts], before[-1], most)
        cuts = [before.index(end) for end in ends]
    if any('{"t": "Note"' in text or '{"t": "CodeBlock"' in text for text in dumped):
        cuts = []  # which are numbered over the whole
    groups = [",".join(dumped[start:end]) for start, end in pairwise([0, *cuts, len(blocks)])]

    def written(group: str) -> str:
        held = held_numbers.of_tree(group) if number else held_numbers.Held(group, ())
        tree = parsed.tree(()).replace(b"[]}", f"[{held.text}]}}".encode())
        text = _writing(tree, tuple(arguments), doing)
        return held.back(text, number) if number else text

    return "\n".join(text.rstrip("\n") for text in _side_by_side(written, groups))


@lru_cache(maxsize=KEPT)
def _writing(tree: bytes, arguments: tuple[str, ...], doing: str) -> str:
    given = ["--sandbox", "-f", "json", *arguments]
    return run_pandoc(given, tree, {}, doing).written(doing).decode("utf-8")


def filled(
    parsed: Parsed,
    meta: Mapping[str, Any],
    arguments: Sequence[str],
    files: Mapping[str, bytes],
    body: tuple[str, str],
    doing: str,
) -> str:
    """Return a template filled with metadata; `body` is a format, and code of it for the text.

    Raises
    ------
    RenderError : as `write`.
    """
    tree = parsed.tree([ast.raw_block(*body)], meta)
    run = run_pandoc(["--sandbox", "-f", "json", *arguments], tree, files, doing)
    return run.written(doing).decode("utf-8")


def _opens(block: Node, level: int) -> bool:
    """Say whether a block begins a section of the highest level, be it one written as HTML."""
    if block["t"] == "RawBlock":
        return str(block["c"][1]).startswith("<section")
    return block["t"] == "Header" and bool(block["c"][0] == level)
