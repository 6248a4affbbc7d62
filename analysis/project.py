"""A review on disk: its data files, its manuscript and its styles, read once, as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import Problem, TemplateError

MANUSCRIPT = "review.qmd"
QUARTO = "_quarto.yml"
VARIABLES = "_variables.yml"
"""What `{{< var … >}}` in the text stands for, to Quarto and here."""
TEMPLATES = "templates"
CHECKLISTS = "templates/checklists.yml"
AGREEMENT = "validation/agreement.json"
PICTURES = (".png", ".jpg", ".jpeg")
"""Pictures of the author's own; an SVG, which may lead to other files, is none."""
LINKED = "found a symbolic link, wanted the file itself"
MAX_BYTES = 1_000_000
STYLES = (".css", ".html", ".js", ".typ", ".lua", ".csl", ".docx")


@dataclass(frozen=True)
class Project:
    """The files of a review, path (relative to its root, with '/') to content.

    `data` is what `load` reads, `sources` the manuscript and its templates as text, `styles`
    what an engine takes beside them (page and paper styles, pictures, `_quarto.yml`,
    `_variables.yml`); `originals` are the bytes of `sources`, with their line ends and any mark
    of the byte order.
    """

    data: Mapping[str, bytes]
    sources: Mapping[str, str]
    styles: Mapping[str, bytes]
    originals: Mapping[str, bytes]


def read_project(root: Path) -> Project:
    """Read the review in `root`.

    Raises
    ------
    DataError : no `data/`, or a file of it that cannot be read.
    TemplateError : no review.qmd, a template that is not UTF-8, or a symbolic link.
    """
    from analysis.load import read_files

    return make_project(read_files(root), read_outside_data(root))


def read_outside_data(root: Path) -> dict[str, bytes]:
    """Return the files of the review that are not in `data/`, by their path in it.

    Raises
    ------
    TemplateError : one is a symbolic link, or in a folder that is one; every such place is named.
    """
    single = (root / MANUSCRIPT, root / QUARTO, root / VARIABLES, root / AGREEMENT)
    files: dict[str, bytes] = {}
    problems: list[Problem] = []
    for path in (*single, root / TEMPLATES, *sorted((root / TEMPLATES).rglob("*"))):
        link = link_at(root, path)
        if link is not None:
            # A contribution could point anywhere on the machine that builds the page. (Hidden
            # ones are an editor's, which marks by them what is open.)
            if not link.name.startswith("."):
                place = link.relative_to(root).as_posix()
                problems.append(Problem(place, "", LINKED))
        elif path.is_file():
            files[path.relative_to(root).as_posix()] = path.read_bytes()
    if problems:
        raise TemplateError(problems)
    return files


def link_at(root: Path, path: Path) -> Path | None:
    """Return the symbolic link, `path` or a folder that leads to it, None where there is none."""
    parts = path.relative_to(root).parts
    folders = (root.joinpath(*parts[:n]) for n in range(1, len(parts) + 1))
    return next((part for part in folders if part.is_symlink()), None)


def make_project(data: Mapping[str, bytes], files: Mapping[str, bytes]) -> Project:
    """Sort files into a project; `files` are those outside `data/`.

    Raises
    ------
    TemplateError : no review.qmd, or a template that is too long or not UTF-8.
    """
    if MANUSCRIPT not in files:
        raise TemplateError(f"{MANUSCRIPT}: found no such file, wanted the manuscript")
    sources: dict[str, str] = {}
    for name, content in files.items():
        if name.endswith(".qmd"):
            if len(content) > MAX_BYTES:
                found = f"found {len(content):,} bytes, wanted at most {MAX_BYTES:,}"
                raise TemplateError(f"{name}:1: {found}: no manuscript needs more")
            try:
                sources[name] = content.decode("utf-8-sig").replace("\r\n", "\n")
            except UnicodeDecodeError as error:
                line = content[: error.start].count(b"\n") + 1
                raise TemplateError(f"{name}:{line}: found bytes that are not UTF-8") from error
    styles = {
        name: content
        for name, content in files.items()
        if name.lower().endswith((*STYLES, *PICTURES))
        or name in (QUARTO, VARIABLES, CHECKLISTS, AGREEMENT)
    }
    originals = {name: files[name] for name in sources}
    return Project(data, sources, styles, originals)
