"""The built-in engine: Pandoc for the text, Typst for the PDF, both from wheels.

The manuscript is read once, into Pandoc's JSON tree, with its citations resolved; each
format is then written from that tree, all at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from analysis.engines import MANUSCRIPT, OUTPUTS, Source, ast, crossref, subset, tables
from analysis.engines.crossref import Label
from analysis.engines.places import Places
from analysis.engines.program import Warned, run_pandoc
from analysis.engines.shortcodes import expand, front_matter
from analysis.errors import Problem, TemplateError

WRITERS = {"html": "html", "pdf": "typst", "docx": "docx"}
"""The format that conditional content names, for each format that is published."""

READER = "markdown+autolink_bare_uris"


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

    `blocks` has Pandoc's blocks for each format of `WRITERS`, references resolved.
    """

    source: Source
    meta: Mapping[str, Any]
    blocks: Mapping[str, list[ast.Node]]
    api_version: tuple[int, ...]
    labels: tuple[Label, ...]
    lost: tuple[Label, ...]
    figures: tuple[Figure, ...]

    def tree(self, blocks: list[ast.Node], meta: Mapping[str, Any]) -> bytes:
        """Return a tree with these blocks and metadata, as Pandoc reads it."""
        whole = {"pandoc-api-version": self.api_version, "meta": meta, "blocks": blocks}
        return json.dumps(whole, ensure_ascii=False).encode("utf-8")


def read(source: Source) -> Document:
    """Read a manuscript: one run of pandoc, then the checks, all problems at once.

    Raises
    ------
    TemplateError : the text holds what this engine does not know, a reference or a
        citation that leads nowhere, a heading that skips a level, a picture without
        alternative text; or its bibliography is not among the files.
    RenderError : pandoc is missing or failed.
    """
    text = expand(source)
    front = front_matter(text)
    places = Places(source.text)
    problems = [
        places.problem(f"found {key}, which the pandoc engine does not know", f"{key}:")
        for key in sorted(_REFUSED.intersection(front))
    ]
    files, arguments = _citations(source, front, places)
    files[MANUSCRIPT] = text.encode("utf-8")
    arguments = ["--sandbox", "-f", READER, "-t", "json", *arguments, MANUSCRIPT]
    done = run_pandoc(arguments, b"", files, f"reading {MANUSCRIPT}")
    tree = json.loads(done.output)
    problems += _warned(done.warnings) + subset.check(tree, places)
    tree = ast.rewrite(tree, subset.tidy)
    tree, found = tables.set_widths(tree, places)
    problems += [*found, *subset.skipped_levels(tree["blocks"], places)]
    keys = _keys(tree["blocks"])
    sections = front.get("number-sections") is True
    names = sorted(set(WRITERS.values()))
    if subset.has_conditional(tree["blocks"]):
        chosen = {name: subset.select(tree["blocks"], name) for name in names}
        numbered = {
            name: crossref.number(chosen[name], places, keys, sections=sections) for name in names
        }
    else:
        one = crossref.number(tree["blocks"], places, keys, sections=sections)
        numbered = dict.fromkeys(names, one)
    for each in numbered.values():
        problems += each.problems
    if problems:
        raise TemplateError(problems)
    return Document(
        source=source,
        meta=tree["meta"],
        blocks={name: each.blocks for name, each in numbered.items()},
        api_version=tuple(tree["pandoc-api-version"]),
        labels=numbered["html"].labels,
        lost=numbered["html"].unreferenced,
        figures=_figures(tree["blocks"], places),
    )


def unreferenced(document: Document) -> tuple[Label, ...]:
    """Return the figures and tables that the text never refers to, each with its place."""
    return document.lost


def write(document: Document, figures: Mapping[str, bytes], to: Sequence[str]) -> dict[str, bytes]:
    """Write a document in several formats at once.

    Parameters
    ----------
    figures : path, as the manuscript names it, to picture; for `docx`, a PNG of the same
        name stands beside each SVG.
    to : some of `html`, `pdf`, `docx`.

    Returns
    -------
    File name (`index.html`, `review.pdf`, `review.docx`) to content: the same bytes for
    the same document and figures.

    Raises
    ------
    TemplateError : the manuscript shows a figure that is not among `figures`.
    RenderError : pandoc or typst failed.
    """
    problems = [
        Problem(figure.place, "", f"found {figure.path}, wanted a figure that the build draws")
        for figure in document.figures
        if figure.path not in figures
    ]
    if problems:
        raise TemplateError(problems)
    from analysis.engines import page, paper, word

    writers = {"html": page.write, "pdf": paper.write, "docx": word.write}
    with ThreadPoolExecutor(max_workers=len(writers)) as pool:
        running = {OUTPUTS[name]: pool.submit(writers[name], document, figures) for name in to}
        return {name: future.result() for name, future in running.items()}


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
    return files, ["--citeproc", "--metadata=link-citations:true", *arguments]


def _keys(blocks: list[ast.Node]) -> frozenset[str]:
    """Return the keys that citeproc found in the bibliography, from its list of references."""
    return frozenset(
        node["c"][0][0].removeprefix("ref-")
        for node in ast.walk(blocks)
        if node["t"] == "Div" and node["c"][0][0].startswith("ref-")
    )


def _warned(warnings: Sequence[Warned]) -> list[Problem]:
    """Return pandoc's warnings as problems; lost citations are found again with their line."""
    problems = []
    for each in warnings:
        if not re.fullmatch(r"Citeproc: citation .* not found", each.message):
            place = f"{MANUSCRIPT}:{each.line}" if each.line else MANUSCRIPT
            problems.append(Problem(place, "", f"pandoc: {each.message}"))
    return problems


def _figures(blocks: list[ast.Node], places: Places) -> tuple[Figure, ...]:
    paths = dict.fromkeys(n["c"][2][0] for n in ast.walk(blocks) if n["t"] == "Image")
    return tuple(Figure(path, places.of(f"]({path}")) for path in paths)
