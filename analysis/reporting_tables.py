"""Tables of what the review reports: checklists, editions, changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from analysis import words
from analysis.checklist import rows
from analysis.errors import TemplateError
from analysis.field_words import field_words, names_in, worded
from analysis.records import Checklists, Review
from analysis.study_moves import story
from analysis.synthesis import printed
from analysis.tables import Asked, Column, Table, data, said
from analysis.words import Keys

if TYPE_CHECKING:
    from analysis.changes import Change
    from analysis.comparison import Comparison
    from analysis.field_changes import FieldChange
    from analysis.findings import AnalysisFinding
    from analysis.history import PastEdition, PastPool

MOST_DETAILS = 4  # fields of one correction that the table names; the page of editions has all
_ANALYSIS = re.compile(r"analyses\[([^\]]*)\]\.?")


def checklist(asked: Asked) -> Table:
    """Return a reporting checklist by its id: `checklist="prisma"`."""
    given = asked.extra.get("checklists")
    if not isinstance(given, Checklists):
        raise TemplateError(
            f"found table {asked.id} without checklists, wanted templates/checklists.yml"
        )
    by_id = {one.id: one for one in given.checklists}
    (name,) = asked.names("checklist", by_id) if "checklist" in asked.options else (None,)
    if name is None:
        raise TemplateError(f'found table {asked.id} without checklist, wanted checklist="…"')
    columns = [Column("Item", 7), Column("What is asked for", 43), Column("Where, or why not", 50)]
    # `where` holds cross-references of the reviewer's own file: Markdown, not data.
    return Table(columns, [[data(r.item), data(r.topic), r.where] for r in rows(by_id[name])])


def editions(asked: Asked) -> Table:
    """Return the editions, the oldest first, with their results.

    Results are today's computation on the evidence of each edition, or, where that is lost, those
    of its archive, marked; the last row is this paper.
    """
    analyses = asked.analyses()
    columns = [
        Column("Edition", 9),
        Column("Released", 14),
        Column("Why", 30),
        *(Column(data(words.in_unit(one.title, one.unit)), 16) for one in analyses),
    ]
    past: tuple[PastEdition, ...] = asked.extra.get("past") or ()
    known = {one.entry.version: one for one in past}
    rows = []
    ids = {one.id for one in analyses}
    # A heading is a title; the measures are named where they are not one for all.
    measures = {one.measure for one in analyses}
    measures |= {pool.measure for one in past for pool in one.pools if pool.analysis in ids}
    named = len(measures) > 1
    for entry in asked.review.editions:
        here = known.get(entry.version)
        cells = [
            _pool(here.pool_of(one.id), named) if here else data(NOT_AT_HAND) for one in analyses
        ]
        if entry == asked.review.editions[-1] and here is None:
            cells = [_now(one, named) for one in analyses]
        version = data(entry.version)
        if here is not None and not here.recomputed:
            version += ", as archived"
        rows.append([version, data(words.date(entry.released)), data(entry.trigger), *cells])
    if not rows or _moved_on(known.get(asked.review.editions[-1].version), analyses):
        label = data("the evidence of this paper")
        now = [_now(one, named) for one in analyses]
        rows.append([data("now"), data("–"), label, *now])
    return Table(columns, rows)


NOT_AT_HAND = "not at hand"


def _moved_on(last: PastEdition | None, analyses: tuple[AnalysisFinding, ...]) -> bool:
    """Say whether this paper's results are others than those of the last edition."""
    pools = [(last.pool_of(one.id), one) for one in analyses] if last else []
    return any(pool is None or pool.mu != one.synthesis.mu for pool, one in pools)


def _pool(found: PastPool | None, named: bool) -> str:
    if found is None:
        return data("–")
    ends = (printed(v, found.measure) for v in (found.mu, found.ci_lb, found.ci_ub))
    est, lb, ub = (v if v is not None else float("nan") for v in ends)
    return said(words.estimate_cell(est, lb, ub, found.measure, named=named))


def _now(analysis: AnalysisFinding, named: bool) -> str:
    s, keys = analysis.synthesis, Keys.under(analysis.id)
    bounds = (s.est, s.est_lb, s.est_ub)
    return said(words.estimate_cell(*bounds, s.measure, keys, named=named))


def changed(asked: Asked) -> Table:
    """Return what differs in the evidence since the last edition."""
    from analysis.comparison_words import KINDS

    names = names_in(asked.review)
    columns = [Column("What changed", 30), Column("How", 16), Column("Details", 54)]
    return Table(columns, [
        [data(change.label), data(KINDS[change.kind]), _details(asked.review, change, names)]
        for change in _comparison(asked).changes
        if change.kind != "document"
    ])  # fmt: skip


def moved(asked: Asked) -> Table:
    """Return each result before and now, and what moved it; those that did not move, or that
    one side did not plan, are left out."""
    from analysis import comparison_words as told

    columns = [
        Column("Result", 28),
        Column("Before", 18),
        Column("Now", 18),
        Column("What moved it", 36),
    ]
    return Table(columns, [
        [data(cell) for cell in (told.title(r), *told.estimates(r), told.why(r))]
        for r in _comparison(asked).moved
    ])  # fmt: skip


def marked(asked: Asked) -> Table:
    """Return the differences that matter to a reader: answers that are others now.

    A claim that turned is none of them: its sentence is in the text, and says what it says now.
    """
    from analysis.mark_words import mark

    columns = [Column("Of", 34), Column("What", 20), Column("Before", 23), Column("Now", 23)]
    rows = [
        [data(cell) for cell in mark(one)]
        for one in _comparison(asked).marks
        if one.kind != "claim"
    ]
    return Table(columns, rows or [[data("–")] * len(columns)])


def _comparison(asked: Asked) -> Comparison:
    from analysis.comparison import Comparison as Wanted

    given = asked.extra.get("changes")
    if not isinstance(given, Wanted):
        raise TemplateError(
            f"found table {asked.id} without an edition before, wanted it under `if changes`"
        )
    return given


def _details(review: Review, change: Change, names: Mapping[str, str]) -> str:
    from analysis.comparison_words import field_lines

    lines: list[str] = []
    if change.kind == "plan":
        lines = [line for detail in change.details if (line := _of_plan(review, detail, names))]
    elif change.kind == "search" and (whole := _whole_search(change)):
        lines = [whole]
    elif change.came or change.left:
        lines = story(change.came, change.left)
    elif change.kind in ("corrected", "completed", "listed", "search"):
        lines = field_lines(worded(change, review, names), MOST_DETAILS)
    return data("; ".join(lines) or "–")


def _whole_search(change: Change) -> str | None:
    """Return what a search brought that was added or removed, None for one that differs."""
    (first, *_) = change.details
    if not first.path.startswith("searches["):
        return None
    return f"added: {first.after}" if first.before is None else f"removed: {first.before}"


_FURTHER = {
    "bayes": "Bayesian models",
    "cumulative": "cumulative analysis",
    "gosh": "pools of subsets",
    "influence": "influence of each study",
    "leave one out": "each study left out",
    "reason": "the reason given for it",
    "regressions": "meta-regressions",
    "rounding": "the range that rounding allows",
    "sequential": "sequential analysis",
    "small study": "tests of small-study effects",
}
"""What a reader calls a part of an analysis whose name in review.yml does not say it."""


def _of_plan(review: Review, detail: FieldChange, names: Mapping[str, str]) -> str:
    """Return which part of the plan differs; nothing for an analysis, which its label names."""
    analysis = _ANALYSIS.match(detail.path)
    of = next((one for one in review.plan.analyses if analysis and one.id == analysis[1]), None)
    path = detail.path[analysis.end() :] if analysis else detail.path
    if not path:
        return ""
    told = field_words(path, of if analysis else review.plan, names)
    part, _, rest = told.partition(": ")
    if analysis and part in _FURTHER:
        told = f"{_FURTHER[part]}: {rest}" if "[" in path else _FURTHER[part]
    if path.endswith("]"):
        told += " (added)" if detail.before is None else " (removed)" if not detail.after else ""
    return told
