"""The pipeline, a page long: files to review, findings, manuscript, figures, paper."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis.errors import Problem, ReviewError, TemplateError
from analysis.project import MANUSCRIPT, Project

if TYPE_CHECKING:
    from analysis.audit import AuditRow
    from analysis.claims import ClaimOutcome
    from analysis.comparison import Comparison
    from analysis.engines import Source
    from analysis.figures import FigureRequest
    from analysis.figures.sheet import Sheet
    from analysis.findings import Findings
    from analysis.located import Loaded
    from analysis.manuscript import Manuscript
    from analysis.manuscript_texts import Ahead
    from analysis.remembering import RememberingFind

_COUNT = re.compile(r"^(counts|flow)\.|\.(k|patients)$")
"""Findings that are counted, not estimated."""

FORMATS = ("html", "pdf", "docx")
ENGINES = ("auto", "quarto", "pandoc")

Draw = Callable[[Sequence["FigureRequest"]], Mapping[str, bytes]]


@dataclass(frozen=True)
class Examined:
    """A review with everything that is computed from it, short of rendering."""

    loaded: Loaded
    findings: Findings
    claims: tuple[ClaimOutcome, ...]
    audit: tuple[AuditRow, ...]
    manuscript: Manuscript
    warnings: tuple[Problem, ...]
    date: str | None


def examine(
    project: Project,
    extra: Mapping[str, Any] | None = None,
    *,
    recomputed: str | None = None,
    draft: bool = False,
    loaded: Loaded | None = None,
    find: RememberingFind | None = None,
    ahead: Ahead | None = None,
) -> Examined:
    """Load the data, run the plan, judge the claims, write the manuscript.

    Parameters
    ----------
    extra : further values for templates, as the changes since the last edition.
    recomputed : of what earlier evidence this is a recomputation, for the title.
    draft : whether the evidence has moved on since the last edition.
    loaded : the data where they are loaded already, as those of a day are.
    find : runs the plan, where it may remember answers of another state of the evidence.
    ahead : where pandoc began to read the templates before.

    Raises
    ------
    DataError, MethodError, TemplateError : what is wrong, all of one stage at once; a claim
        that neither holds nor rewords itself is an error at each place that prints it.
    """
    from analysis.audit import audit
    from analysis.checklist import misplaced
    from analysis.claims import judge, unguarded, unused
    from analysis.front_matter import Issue
    from analysis.load import load
    from analysis.manuscript import claim_places, write
    from analysis.manuscript_texts import Ahead
    from analysis.remembering import RememberingFind

    find = find or RememberingFind()
    if ahead is None:
        ahead = Ahead()
        ahead.sources(project.sources)
    loaded = loaded or load(project.data)
    review = loaded.review
    findings = find(review)
    places = claim_places(project.sources)
    claims = judge(review.claims, findings, places, loaded.place)
    ahead.wordings(claims)
    rows = audit(review.published, review, find, loaded.place) if review.published else ()
    last = review.editions[-1] if review.editions else None
    issue = Issue(last.version, last.released) if last else Issue()
    checklists = _checklists(project)
    manuscript = write(
        review,
        findings,
        project.sources,
        ahead=ahead,
        claims=claims,
        issue=replace(issue, recomputed=recomputed, draft=draft),
        extra={
            "audit": summary(rows),
            "checklists": checklists,
            "agreement": _agreement(project, findings),
            "changes": None,
            **_told(changes := (extra or {}).get("changes")),
            "added": _labels(changes, ("added",)),
            "replaced": _labels(changes, ("replaced",)),
            "removed": _labels(changes, ("removed",)),
            "corrected": _labels(changes, ("corrected",)),
            "completed": _labels(changes, ("completed",)),
            "version_before": None,
            "studies_before": (),
            "searches_before": (),
            "first_edition": len(review.editions) < 2,
            "draft": draft,
            "past": (),
            **(extra or {}),
        },
    )
    if checklists is not None and (lost := misplaced(checklists, manuscript.labels)):
        raise TemplateError(lost)
    return Examined(
        loaded=loaded,
        findings=findings,
        claims=claims,
        audit=rows,
        manuscript=manuscript,
        warnings=(
            *loaded.warnings,
            *unused(claims),
            *unguarded(manuscript.sentences, project.sources),
        ),
        date=issue.released,
    )


def _labels(changes: Comparison | None, kinds: Collection[str]) -> tuple[str, ...]:
    """Return the labels of the studies that changed so since the edition before.

    Where only it is said otherwise where a number was read, nothing of the study was.
    """
    if changes is None:
        return ()
    from analysis.changes import of_provenance

    return tuple(
        change.label
        for change in changes.changes
        if change.kind in kinds and not all(map(of_provenance, change.details))
    )


def _told(changes: Comparison | None) -> dict[str, bool]:
    """Return what there is to tell of the changes since the edition before."""
    return {
        "evidence_changed": changes is not None and bool(changes.changes),
        "results_moved": changes is not None and bool(changes.moved),
        "answers_changed": changes is not None and bool(changes.marks),
    }


def _agreement(project: Project, findings: Findings) -> Any:
    """Return how far metafor's numbers lie, where that was measured for this evidence."""
    from analysis.agreement import Agreement
    from analysis.project import AGREEMENT

    content = project.styles.get(AGREEMENT)
    found = None if content is None else Agreement.from_json(content)
    return found if found and found.evidence == findings.evidence else None


def _checklists(project: Project) -> Any:
    from analysis.checklist import read_checklists
    from analysis.project import CHECKLISTS

    content = project.styles.get(CHECKLISTS)
    return None if content is None else read_checklists(content)


@dataclass(frozen=True)
class AuditSummary:
    """How many printed numbers came out how; `counted` are those reproduced by counting."""

    rows: tuple[AuditRow, ...]
    reproduced: int
    counted: int
    within: int
    differs: int
    not_recomputable: int


def summary(rows: tuple[AuditRow, ...]) -> AuditSummary:
    """Count the rows of an audit."""
    from analysis.audit import STATUSES

    counted = [row for row in rows if _COUNT.search(row.finding or "")]
    reproduced, within, differs, not_recomputable = (
        sum(row.status == status for row in rows) for status in STATUSES
    )
    by_counting = sum(row.status == STATUSES[0] for row in counted)
    return AuditSummary(rows, reproduced, by_counting, within, differs, not_recomputable)


def source_of(examined: Examined, project: Project) -> Source:
    """Return what an engine publishes."""
    from analysis.engines import Source

    files = {**project.styles, **{n: c for n, c in project.data.items() if n.endswith(".bib")}}
    files["origins.json"] = origins_of(examined)
    return Source(examined.manuscript.text, files, examined.date)


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

    tell = progress or (lambda line: None)
    source = source_of(examined, project)
    program = None if engine == "pandoc" else _quarto(engine)
    if program is None:
        tell("engine: pandoc (built in)")
        outputs, figures = _by_pandoc(examined, source, to)
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


def _quarto(engine: str) -> Any:
    from analysis.engines.quarto import find_quarto

    try:
        return find_quarto()
    except ReviewError:
        if engine == "quarto":
            raise
        return None
