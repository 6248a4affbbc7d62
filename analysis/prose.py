"""The prose of the templates: no number typed in, no reference to nothing, nothing unreferred.

The text is read as Pandoc reads it, once for all templates, with every expression of Jinja
masked. What passes: citations, references, attributes, link targets, code, the fixed terms of
the review, and `[…]{.fixed reason="…"}`, of which the reason is required. What counts as a
number is decided in `analysis.number_words`. Code is shown; a cell of it, to be run, is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from analysis.errors import Problem, TemplateError
from analysis.messages import unknown
from analysis.project import MANUSCRIPT
from analysis.prose_reader import Reader, Seen
from analysis.prose_tree import Node
from analysis.template_syntax import STAND_IN

# Of the raw block between two files: longer than any fence in a file.
_FENCE = "`" * 40
TOO_DEEP = "found lists, quotes or divs one within another too deep, wanted fewer"
_EXAMPLE = re.compile(r" {0,3}\(?(@(?:fig|tbl|sec)-[\w-]*\w)[.)](?=\s|$)")


Read = Mapping[str, tuple[str, list[Node]]]
"""Each template: its text, Jinja masked, and Pandoc's tree of it."""


def check(
    read: Read,
    fixed: Collection[str],
    citation_keys: Collection[str],
    labels: Mapping[str, str],
    pictures: Collection[str] | None = None,
) -> list[Problem]:
    """Return everything that is wrong with the prose of the templates.

    Parameters
    ----------
    read : what `read_all` returned.
    fixed : terms that hold digits and are no results.
    citation_keys : keys of the bibliography.
    labels : the labels that figures and tables of the templates will have, and where.
    pictures : paths of the author's own pictures; None where these are not known.
    """
    # An example's label turns every reference of that name into a number: that is told alone.
    if examples := [one for file, part in read.items() for one in _examples(file, *part)]:
        return examples
    given = tuple(fixed), None if pictures is None else tuple(pictures)
    parts = [_seen(_Part(file, *part, *given)) for file, part in read.items()]
    return [
        *(problem for seen in parts for problem in seen.problems),
        *_lost(parts, labels, citation_keys),
    ]


def todos(read: Read) -> list[Problem]:
    """Return where the prose of the templates still says TODO."""
    return [todo for file, part in read.items() for todo in _seen(_Part(file, *part)).todos]


@dataclass(frozen=True)
class _Part:
    """A template with what it is held against; its blocks follow from its text."""

    file: str
    text: str
    blocks: list[Node] = field(compare=False)
    fixed: tuple[str, ...] = ()
    pictures: tuple[str, ...] | None = None


@lru_cache(maxsize=256)
def _seen(part: _Part) -> Seen:
    # Kept for a preview, in which prose stays while the data change.
    seen = Seen(part.pictures)
    try:
        Reader(part.file, part.text, part.fixed, seen).read(part.blocks)
    except RecursionError:
        raise TemplateError([Problem(part.file, "", TOO_DEEP)]) from None
    return seen


def _examples(file: str, text: str, blocks: list[Node]) -> Iterator[Problem]:
    """Yield references that Pandoc reads as the mark of an item in a list of examples."""
    if '"Example"' not in json.dumps(blocks):
        return
    for at, line in enumerate(text.split("\n"), start=1):
        if mark := _EXAMPLE.match(line):
            message = (
                f"found {mark[0].strip()} at the start of a line, which Markdown reads as the "
                f"number of an example, wanted a word before it, as: See {mark[1]}."
            )
            yield Problem(file if " " in file else f"{file}:{at}", "", message)


def _lost(
    parts: Sequence[Seen], given: Mapping[str, str], keys: Collection[str]
) -> Iterator[Problem]:
    """Yield references and citations of nothing, and what is never referred to."""
    labels = _first([given, *(seen.labels for seen in parts)])
    references = _first(seen.references for seen in parts)
    for label, place in references.items():
        if label not in labels and STAND_IN not in label:
            yield Problem(place, "", unknown(f"@{label}", "a label", _marked(labels)))
    for key, place in _first(seen.citations for seen in parts).items():
        if key not in keys and STAND_IN not in key:
            message = unknown(f"@{key}", "a key of data/references.bib", _marked(keys))
            yield Problem(place, "", message)
    if any(STAND_IN in label for label in references):
        return
    for label, place in labels.items():
        if label.startswith(("fig-", "tbl-")) and label not in references:
            what = "figure" if label.startswith("fig-") else "table"
            message = f"found the {what} #{label}, to which no text refers, wanted @{label} in it"
            yield Problem(place, "", message)


def _first(places: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return the first place of each name."""
    found: dict[str, str] = {}
    for part in places:
        for name, place in part.items():
            found.setdefault(name, place)
    return found


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
    if not names:
        return {}
    # The block's format is named after the texts: no text can hold it, as the end of its file.
    mark = sha256("\0".join(texts.values()).encode()).hexdigest()
    joined = "\n\n".join(
        f"{_FENCE}{{={mark}}}\n{at}\n{_FENCE}\n\n{texts[name]}" for at, name in enumerate(names)
    )
    parts: dict[str, list[Node]] = {}
    for block in _tree(joined):
        if block["t"] == "RawBlock" and block["c"][0] == mark:
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
    try:
        blocks: list[Node] = json.loads(run.output)["blocks"]
    except RecursionError:
        raise TemplateError([Problem(MANUSCRIPT, "", TOO_DEEP)]) from None
    return blocks
