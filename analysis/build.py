"""The pipeline up to the paper: files to review, findings, claims, manuscript."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from analysis.errors import Problem, TemplateError
from analysis.project import PICTURES, VARIABLES, Project

if TYPE_CHECKING:
    from analysis.audit import AuditRow
    from analysis.claims import ClaimOutcome
    from analysis.comparison import Comparison
    from analysis.findings import Findings
    from analysis.located import Loaded
    from analysis.manuscript import Manuscript
    from analysis.manuscript_texts import Ahead
    from analysis.records import Review
    from analysis.remembering import RememberingFind

_COUNT = re.compile(r"^(counts|flow)\.|\.(k|patients)$")
"""Findings that are counted, not estimated."""


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
    from analysis.claims import judge, unguarded, unused, without_answer
    from analysis.front_matter import Issue, fixed_terms, numbers_in_variables
    from analysis.load import load
    from analysis.manuscript import claim_places, write
    from analysis.manuscript_texts import Ahead
    from analysis.remembering import RememberingFind

    find = find or RememberingFind()
    loaded = loaded or load(project.data)
    review = loaded.review
    ahead = ahead or Ahead(project.sources, review.claims)
    findings = find(review)
    places = claim_places(project.sources)
    claims = judge(review.claims, findings, places, loaded.place)
    rows = audit(review.published, review, find, loaded.place) if review.published else ()
    last = review.editions[-1] if review.editions else None
    issue = Issue(last.version, last.released) if last else Issue()
    manuscript = write(
        review,
        findings,
        project.sources,
        ahead=ahead,
        pictures=[name for name in project.styles if name.lower().endswith(PICTURES)],
        claims=claims,
        issue=replace(issue, recomputed=recomputed, draft=draft),
        extra=(names := handed_over(project, review, findings, rows, extra or {}, draft=draft)),
    )
    variables = project.styles.get(VARIABLES, b"")
    lost = numbers_in_variables(variables, fixed_terms(review)) if variables else []
    if names["checklists"] is not None:
        lost += misplaced(names["checklists"], manuscript.labels)
    if lost:
        raise TemplateError(lost)
    return Examined(
        loaded=loaded,
        findings=findings,
        claims=claims,
        audit=rows,
        manuscript=manuscript,
        warnings=(
            *loaded.warnings,
            *without_answer(claims),
            *unused(claims),
            *unguarded(manuscript.sentences, project.sources),
        ),
        date=issue.released,
    )


def handed_over(
    project: Project,
    review: Review,
    findings: Findings,
    rows: tuple[AuditRow, ...],
    extra: Mapping[str, Any],
    *,
    draft: bool,
) -> dict[str, Any]:
    """Return what templates may name beside findings and data: each of `analysis.meanings.EXTRA`.

    `extra` and `draft` are as for `examine`.
    """
    changes = extra.get("changes")
    return {
        "audit": summary(rows),
        "checklists": _checklists(project),
        "agreement": _agreement(project),
        "changes": None,
        **_told(changes),
        "added": _labels(changes, ("added",)),
        "returned": _labels(changes, ("returned",)),
        "replaced": _labels(changes, ("replaced",)),
        "removed": _labels(changes, ("removed",)),
        "corrected": _labels(changes, ("corrected",)),
        "completed": _labels(changes, ("completed",)),
        "statements_turned": (),
        "version_before": None,
        "studies_before": (),
        "searches_before": (),
        "found_before": (),
        "included_again": (),
        "first_edition": len(review.editions) < 2,
        "draft": draft,
        "past": (),
        **extra,
    }


def _labels(changes: Comparison | None, kinds: Collection[str]) -> tuple[str, ...]:
    """Return the labels of the studies that changed so since the edition before.

    One that left has its status with it. Where only it is said otherwise where a number was read,
    nothing of the study was.
    """
    if changes is None:
        return ()
    from analysis.changes import of_provenance
    from analysis.comparison_words import name

    return tuple(
        name(change)
        for change in changes.changes
        if change.kind in kinds and not all(map(of_provenance, change.details))
    )


def _told(changes: Comparison | None) -> dict[str, Any]:
    """Return what there is to tell of the changes since the edition before."""
    marks = changes.marks if changes else ()
    return {
        "evidence_changed": changes is not None and bool(changes.changes),
        "results_moved": changes is not None and bool(changes.moved),
        # A claim that turned is read in the text itself; how many did is said beside it.
        "answers_changed": any(one.kind != "claim" for one in marks),
    }


def _agreement(project: Project) -> Any:
    """Return how far metafor's numbers lie, where that was measured for this evidence."""
    from analysis.agreement import Agreement
    from analysis.load import analysed_hash
    from analysis.project import AGREEMENT

    content = project.styles.get(AGREEMENT)
    found = None if content is None else Agreement.from_json(content)
    return found if found and found.evidence == analysed_hash(project.data) else None


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
