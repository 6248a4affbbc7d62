"""The built-in engine: Pandoc for the text, Typst for the PDF, both from wheels.

The manuscript is read once, into Pandoc's JSON tree, with its citations resolved; each
format is then written from that tree, all at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from analysis.engines import (
    MANUSCRIPT,
    OUTPUTS,
    Source,
    ast,
    citations,
    crossref,
    parts,
    subset,
    tables,
)
from analysis.engines.crossref import Label
from analysis.engines.parts import Parsed
from analysis.engines.places import Places
from analysis.engines.program import Warned
from analysis.engines.shortcodes import expand, front_matter
from analysis.engines.subset import Seen
from analysis.errors import Problem, TemplateError
from analysis.project import PICTURES

_REFUSED = frozenset(
    {"crossref", "filters", "include-in-header", "include-before-body", "include-after-body"}
)
"""Names in a front matter by which Quarto changes the text, and this engine would not."""


@dataclass(frozen=True)
class Figure:
    """A picture that the manuscript shows: its path and where it is named."""

    path: str
    place: str


@dataclass(frozen=True)
class Document:
    """A manuscript that was read and checked, ready to be written.

    `meta` and `blocks` are Pandoc's, references resolved, conditional content, if there is any,
    not yet; `by_section` says whether its sections are read and written each by itself.
    """

    source: Source
    meta: Mapping[str, Any]
    blocks: list[ast.Node]
    parsed: Parsed
    labels: tuple[Label, ...]
    lost: tuple[Label, ...]
    figures: tuple[Figure, ...]
    conditional: bool
    by_section: bool = False

    def part(self, to: str) -> tuple[Mapping[str, Any], list[ast.Node]]:
        """Return metadata and blocks as one of `subset.FORMATS` shows them."""
        if not self.conditional:
            return self.meta, self.blocks
        chosen = subset.select({"meta": self.meta, "blocks": self.blocks}, to)
        return chosen["meta"], chosen["blocks"]


def read(source: Source, *, by_section: bool = False) -> Document:
    """Read a manuscript, resolve its citations, then check it, all problems at once.

    Parameters
    ----------
    by_section : whether to read and write each section by itself, which takes longer the first
        time, and less where most sections are as they were.

    Raises
    ------
    TemplateError : the text holds what this engine does not know, a reference or a
        citation that leads nowhere, a heading that skips a level, a picture without
        alternative text; or its bibliography is not among the files.
    RenderError : pandoc is missing or failed.
    """
    text = expand(source)
    front = front_matter(text)
    places = Places(source.text, source.templates)
    problems = [
        places.problem(f"found {key}, which the pandoc engine does not know", f"{key}:")
        for key in sorted(_REFUSED.intersection(front))
    ]
    files, arguments = _citations(source, front, places)
    done = parts.read(text, by_section=by_section)
    if files:
        done = citations.resolve(text, done, files, arguments)
    tree: Any = {"meta": done.meta, "blocks": done.blocks}
    problems += _warned(done.warnings)

    def change(node: ast.Node) -> ast.Node | list[ast.Node] | None:
        if problem := subset.refused(node, places):
            problems.append(problem)
        if node["t"] == "Table":
            return tables.with_widths(node, places, problems)
        return subset.tidy(node)

    tree = ast.rewrite(tree, change)
    found = subset.seen(tree)
    problems += subset.callouts(found, places) + subset.skipped_levels(found, places)
    sections = front.get("number-sections") is True
    numbered = crossref.number(tree, found, places, _keys(found), sections=sections)
    problems += numbered.problems
    if problems:
        raise TemplateError(problems)
    return Document(
        source=source,
        meta=numbered.tree["meta"],
        blocks=numbered.tree["blocks"],
        parsed=done,
        labels=numbered.labels,
        lost=numbered.unreferenced,
        figures=_figures(found, places),
        conditional=any(subset.conditional(each.node) for each in found),
        by_section=by_section,
    )


def unreferenced(document: Document) -> tuple[Label, ...]:
    """Return the figures and tables that the text never refers to, each with its place."""
    return document.lost


def write(
    document: Document,
    figures: Mapping[str, bytes],
    to: Sequence[str],
    meanwhile: Callable[[], object] = lambda: None,
) -> dict[str, bytes]:
    """Write a document in several formats at once.

    Parameters
    ----------
    figures : path, as the manuscript names it, to picture; for `docx`, a PNG of the same
        name stands beside each SVG. Pictures of the author's own are among the source's files.
    to : some of `html`, `pdf`, `docx`.
    meanwhile : called while other programs are at work.

    Returns
    -------
    File name (`index.html`, `review.pdf`, `review.docx`) to content: the same bytes for
    the same document and figures.

    Raises
    ------
    TemplateError : the manuscript shows a figure that is not among `figures`.
    RenderError : pandoc or typst failed.
    """
    own = document.source.files
    figures = {**{name: own[name] for name in own if name.lower().endswith(PICTURES)}, **figures}
    wanted = "wanted a figure that the build draws, or a PNG or JPEG in templates/"
    problems = [
        Problem(figure.place, "", f"found {figure.path}, {wanted}")
        for figure in document.figures
        if figure.path not in figures
    ]
    if problems:
        raise TemplateError(problems)
    from analysis.engines import page, paper, word

    code = paper.typst_code(document) if "pdf" in to else ""
    writers: dict[str, Callable[[], bytes]] = {
        "pdf": lambda: paper.write(code, document, figures),
        "html": lambda: page.write(document, figures, side_by_side="pdf" not in to),
        "docx": lambda: word.write(document, figures),
    }
    # Typst takes longest, on one processor; all the rest is done beside it, on another.
    first, *rest = [name for name in writers if name in to]
    with ThreadPoolExecutor(max_workers=1) as aside:
        longest = aside.submit(writers[first])
        done = {name: writers[name]() for name in rest}
        meanwhile()
        done[first] = longest.result()
    return {OUTPUTS[name]: done[name] for name in to}


def _citations(
    source: Source, front: Mapping[str, Any], places: Places
) -> tuple[dict[str, bytes], list[str]]:
    """Return the files and the arguments that citeproc needs."""
    files: dict[str, bytes] = {}
    arguments: list[str] = []
    problems = []
    for key, option in (("bibliography", "--bibliography"), ("csl", "--csl")):
        found = front.get(key) or []
        for name in [found] if isinstance(found, str) else found:
            if name in source.files:
                files[name] = source.files[name]
                arguments.append(f"{option}={name}")
            else:
                message = f"found {name}, wanted a file of the review"
                problems.append(places.problem(message, f"{name}", where=key))
    if problems:
        raise TemplateError(problems)
    if not files:
        return files, []
    return files, ["--metadata=link-citations:true", *arguments]


def _keys(found: list[Seen]) -> frozenset[str]:
    """Return the keys that citeproc found in the bibliography, from its list of references."""
    divs = (each.node["c"][0][0] for each in found if each.node["t"] == "Div")
    return frozenset(name.removeprefix("ref-") for name in divs if name.startswith("ref-"))


def _warned(warnings: Sequence[Warned]) -> list[Problem]:
    """Return pandoc's warnings as problems; lost citations are found again with their line."""
    problems = []
    for each in warnings:
        if not re.fullmatch(r"Citeproc: citation .* not found", each.message):
            place = f"{MANUSCRIPT}:{each.line}" if each.line else MANUSCRIPT
            problems.append(Problem(place, "", f"pandoc: {each.message}"))
    return problems


def _figures(found: list[Seen], places: Places) -> tuple[Figure, ...]:
    paths = dict.fromkeys(n.node["c"][2][0] for n in found if n.node["t"] == "Image")
    return tuple(Figure(path, places.of(f"]({path}")) for path in paths)
