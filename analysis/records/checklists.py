"""The reporting checklists, which are no evidence."""

from pydantic import Field

from analysis.records.base import Record
from analysis.values import Id, Line, Text


class ChecklistItem(Record):
    """One item of a reporting checklist, and where the manuscript covers it."""

    item: Line = Field(description="Its number: '13a', or 'L1'.")
    topic: Text = Field(description="What it asks for, in the reviewer's words.")
    where: tuple[Text, ...] = Field(
        (), description="Labels of the manuscript (sec-search, tbl-audit), or title, or abstract."
    )
    lacking: Text | None = Field(None, description="What is not covered, and why.")


class Checklist(Record):
    """A reporting checklist, in the order of its items."""

    id: Id
    title: Line
    source: Text = Field(description="The document that defines it, with its DOI.")
    note: Text | None = None
    items: tuple[ChecklistItem, ...] = Field(min_length=1)


class Checklists(Record):
    """checklists.yml, beside the templates whose sections it names."""

    checklists: tuple[Checklist, ...]
