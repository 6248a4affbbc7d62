"""searches.yml: what was searched, and what became of each record found."""

from typing import Literal

from pydantic import Field

from analysis.records.base import Record, Source
from analysis.values import Count, Id, Line, Maybe, PartialDate, Text


class RecordCount(Record):
    """A number of records under a name."""

    label: Line
    n: Count


class SearchCounts(Record):
    """The flow of one search from records to studies; it must add up."""

    identified: tuple[RecordCount, ...] = Field(min_length=1)
    duplicates: Count
    excluded_at_screening: tuple[RecordCount, ...]
    full_text: Count
    excluded_at_full_text: tuple[RecordCount, ...]
    included: Count


class Search(Record):
    """A search that somebody ran, or a targeted reading, declared as what it was."""

    id: Id
    kind: Literal["systematic search", "targeted reading", "surveillance"]
    date: Maybe[PartialDate] = Field(description="Day of the last search.")
    sources: tuple[Line, ...]
    strategy: Text | None = None
    counts: SearchCounts | None = Field(None, description="None: nobody counted.")
    studies: tuple[Id, ...] = Field(description="The studies it brought in.")
    found_nothing: bool = False
    source: Source | None = None
    note: Text | None = None


class Searches(Record):
    """searches.yml"""

    searches: tuple[Search, ...]
