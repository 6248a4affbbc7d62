"""A review on disk: its data files, its manuscript and its styles, read once, as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import TemplateError

MANUSCRIPT = "review.qmd"
CHECKLISTS = "templates/checklists.yml"
AGREEMENT = "validation/agreement.json"
STYLES = (".css", ".html", ".js", ".typ", ".lua", ".csl", ".docx")


@dataclass(frozen=True)
class Project:
    """The files of a review, path (relative to its root, with '/') to content.

    `data` is what `load` reads, `sources` the manuscript and its templates, `styles` what an
    engine takes beside them (page and paper styles, `_quarto.yml`).
    """

    data: Mapping[str, bytes]
    sources: Mapping[str, str]
    styles: Mapping[str, bytes]


def read_project(root: Path) -> Project:
    """Read the review in `root`.

    Raises
    ------
    DataError : no `data/`, or a file of it that cannot be read.
    TemplateError : no review.qmd, or a template that is not UTF-8.
    """
    from analysis.load import read_files

    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in (
            root / MANUSCRIPT,
            root / "_quarto.yml",
            root / AGREEMENT,
            *sorted((root / "templates").rglob("*")),
        )
        if path.is_file()
    }
    return make_project(read_files(root), files)


def make_project(data: Mapping[str, bytes], files: Mapping[str, bytes]) -> Project:
    """Sort files into a project; `files` are those outside `data/`.

    Raises
    ------
    TemplateError : no review.qmd, or a template that is not UTF-8.
    """
    if MANUSCRIPT not in files:
        raise TemplateError(f"{MANUSCRIPT}: found no such file, wanted the manuscript")
    sources: dict[str, str] = {}
    for name, content in files.items():
        if name.endswith(".qmd"):
            try:
                sources[name] = content.decode("utf-8-sig").replace("\r\n", "\n")
            except UnicodeDecodeError as error:
                line = content[: error.start].count(b"\n") + 1
                raise TemplateError(f"{name}:{line}: found bytes that are not UTF-8") from error
    styles = {
        name: content
        for name, content in files.items()
        if name.endswith(STYLES) or name in ("_quarto.yml", CHECKLISTS, AGREEMENT)
    }
    return Project(data, sources, styles)
