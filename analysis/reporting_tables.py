"""Tables of what the review reports: checklists, editions, changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.checklist import rows
from analysis.errors import TemplateError
from analysis.records import Checklists
from analysis.tables import Asked, Column, Table, data

if TYPE_CHECKING:
    from analysis.changes import Change
    from analysis.comparison import Comparison

MOST_DETAILS = 4  # fields of one correction that the table names; the page of editions has all


def checklist(asked: Asked) -> Table:
    """Return a reporting checklist by its id: `checklist="prisma"`."""
    asked.only("checklist")
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
    """Return the published editions, the newest first."""
    from analysis import words

    asked.only()
    columns = [
        Column("Edition", 10),
        Column("Released", 16),
        Column("Why", 34),
        Column("What it says", 40),
    ]
    listed = [
        [data(e.version), data(str(words.date(e.released))), data(e.trigger), data(e.summary)]
        for e in reversed(asked.review.editions)
    ]
    return Table(columns, listed)


def changed(asked: Asked) -> Table:
    """Return what differs in the evidence since the last edition."""
    from analysis.comparison_words import KINDS

    asked.only()
    columns = [Column("What changed", 30), Column("How", 16), Column("Details", 54)]
    return Table(columns, [
        [data(change.label), data(KINDS[change.kind]), _details(change)]
        for change in _comparison(asked).changes
        if change.kind != "document"
    ])  # fmt: skip


def moved(asked: Asked) -> Table:
    """Return each result before and now, and what moved it; unmoved ones are left out."""
    from analysis import comparison_words as told

    asked.only()
    columns = [
        Column("Result", 28),
        Column("Before", 18),
        Column("Now", 18),
        Column("What moved it", 36),
    ]
    return Table(columns, [
        [data(told.title(r)), data(told.estimate(r.before)), data(told.estimate(r.after)),
         data(told.why(r))]
        for r in _comparison(asked).results
        if r.moved
    ])  # fmt: skip


def marked(asked: Asked) -> Table:
    """Return the differences that matter to a reader: answers that are others now."""
    from analysis import comparison_words as told

    asked.only()
    columns = [Column("Of", 34), Column("What", 20), Column("Before", 23), Column("Now", 23)]
    rows = [[data(cell) for cell in told.mark(one)] for one in _comparison(asked).marks]
    return Table(columns, rows or [[data("–")] * len(columns)])


def _comparison(asked: Asked) -> Comparison:
    from analysis.comparison import Comparison as Wanted

    given = asked.extra.get("changes")
    if not isinstance(given, Wanted):
        raise TemplateError(
            f"found table {asked.id} without an edition before, wanted it under `if changes`"
        )
    return given


def _details(change: Change) -> str:
    from analysis.comparison_words import field_lines

    if change.kind == "plan":
        return data("; ".join(detail.path for detail in change.details) or "–")
    lines = field_lines(change, MOST_DETAILS) if change.kind == "corrected" else []
    return data("; ".join(lines) or "–")
