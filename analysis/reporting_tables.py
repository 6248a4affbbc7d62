"""Tables of what the review reports: checklists, editions, changes."""

from __future__ import annotations

from analysis.checklist import rows
from analysis.errors import TemplateError
from analysis.records import Checklists
from analysis.tables import Asked, Column, Table, data


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
