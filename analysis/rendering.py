"""An examined review becomes its paper: figures drawn, and the text rendered by an engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from analysis.errors import Problem, ReviewError, TemplateError
from analysis.project import MANUSCRIPT, Project
from analysis.prose import TOO_DEEP

if TYPE_CHECKING:
    from analysis.build import Examined
    from analysis.engines import Source
    from analysis.figures.sheet import Sheet

FORMATS = ("html", "pdf", "docx")
ENGINES = ("auto", "quarto", "pandoc")


def source_of(examined: Examined, project: Project) -> Source:
    """Return what an engine publishes."""
    from analysis.engines import Source

    files = {**project.styles, **{n: c for n, c in project.data.items() if n.endswith(".bib")}}
    files["origins.json"] = origins_of(examined)
    return Source(examined.manuscript.text, files, examined.date, project.sources)


def origins_of(examined: Examined) -> bytes:
    """Return origins.json: where each printed number comes from."""
    from analysis.origins import origins, to_json

    review, findings = examined.loaded.review, examined.findings
    return to_json(origins(review, findings, examined.manuscript.keys)).encode("utf-8")


def render(
    examined: Examined,
    project: Project,
    to: Sequence[str] = ("html", "pdf"),
    engine: str = "auto",
    progress: Callable[[str], None] | None = None,
) -> dict[str, bytes]:
    """Render the paper: every file of the output folder, by its path there.

    Raises
    ------
    TemplateError : the manuscript asks an engine for what it does not know.
    RenderError : a program that renders is missing or failed.
    """
    from analysis.engines import quarto
    from analysis.engines.paper import UnprintedError

    tell = progress or (lambda line: None)
    source = source_of(examined, project)
    program = None if engine == "pandoc" else _quarto(engine)
    if program is None:
        tell("engine: pandoc (built in)")
        try:
            outputs, figures = _by_pandoc(examined, source, to)
        except UnprintedError as error:
            raise _unprinted(error, error.text, project) from None
        except RecursionError:
            raise TemplateError([Problem(MANUSCRIPT, "", TOO_DEEP)]) from None
    else:
        tell(f"engine: Quarto {program.version}")
        figures = draw(examined)
        outputs = quarto.publish(source, figures, to, quarto=program, progress=tell)
    return {**outputs, **figures, "findings.json": examined.findings.to_json().encode("utf-8")}


def draw(examined: Examined, *, png: bool = True) -> dict[str, bytes]:
    """Draw the figures that the manuscript asks for: SVG, and PNG beside it, by path."""
    sheets = _sheets(examined)
    return {**_vector(sheets), **(_raster(sheets) if png else {})}


def _sheets(examined: Examined) -> list[Sheet]:
    from analysis.figures import layout

    review, findings = examined.loaded.review, examined.findings
    manuscript = examined.manuscript
    files = {id_.removeprefix("fig-").replace("-", "_"): id_ for id_ in manuscript.places}
    sheets, problems = [], []
    for request in manuscript.figures:
        try:
            sheets.append(layout(request, review, findings))
        except TemplateError as error:
            place = manuscript.places.get(files.get(request.name, ""), MANUSCRIPT)
            problems.append(Problem(place, "", str(error)))
    if problems:
        raise TemplateError(problems)
    return sheets


def _vector(sheets: Sequence[Sheet]) -> dict[str, bytes]:
    from analysis.figures import drawn

    return {f"figures/{one.name}.svg": one.svg for one in drawn(sheets, png=False)}


def _raster(sheets: Sequence[Sheet]) -> dict[str, bytes]:
    from analysis.figures import pngs

    pictures = zip(sheets, pngs(sheets), strict=True)
    return {f"figures/{sheet.name}.png": picture for sheet, picture in pictures}


def _by_pandoc(
    examined: Examined, source: Source, to: Sequence[str]
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Read the text and lay out the figures at once; paint them while the formats are written."""
    from concurrent.futures import ThreadPoolExecutor

    from analysis.engines import pandoc

    with ThreadPoolExecutor(max_workers=1) as aside:
        reading = aside.submit(pandoc.read, source)
        sheets = _sheets(examined)
        vector = _vector(sheets)
        document = reading.result()
    if lost := pandoc.unreferenced(document):
        raise TemplateError(
            Problem(label.place, "", f"found {label.id}, which the text never refers to")
            for label in lost
        )

    raster: dict[str, bytes] = {}

    def paint() -> None:
        raster.update(_raster(sheets))

    if "docx" in to:  # the one format that wants pictures of pixels
        paint()
        outputs = pandoc.write(document, {**vector, **raster}, to)
    else:
        outputs = pandoc.write(document, vector, to, meanwhile=paint)
    return outputs, {**vector, **raster}


def _unprinted(error: ReviewError, text: str, project: Project) -> ReviewError:
    """Return the error at every line of the review that holds the text."""
    places = [
        f"{name}:{at}"
        for name, content in {**project.data, **project.originals}.items()
        for at, line in enumerate(content.decode("utf-8", "replace").split("\n"), start=1)
        if text in line
    ]
    return TemplateError(Problem(place, "", str(error)) for place in places) if places else error


def _quarto(engine: str) -> Any:
    from analysis.engines.quarto import find_quarto

    try:
        return find_quarto()
    except ReviewError:
        if engine == "quarto":
            raise
        return None
