"""Everything that `data/` holds."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

from pydantic import Field

from analysis.records.base import Record
from analysis.records.editions import Claim, Edition
from analysis.records.plan import Plan
from analysis.records.published import Published
from analysis.records.question import Outcome
from analysis.records.searches import Search
from analysis.records.study import Study
from analysis.values import Text, last_day


class Review(Record):
    """Everything that `data/` holds."""

    plan: Plan
    studies: tuple[Study, ...]
    searches: tuple[Search, ...]
    published: Published | None
    claims: tuple[Claim, ...]
    editions: tuple[Edition, ...]
    bibliography: Text = Field(description="references.bib, as it stands.")
    citation_keys: frozenset[str]
    evidence: Text = Field(description="Hash of every file under data/ that bears on results.")

    def __repr__(self) -> str:
        """Return what it is, in a line; its parts are shown by name."""
        studies = f"{len(self.studies)} studies, {len(self.plan.analyses)} analyses"
        return f"Review({self.plan.title!r}, {studies})"

    def __str__(self) -> str:
        """Return the same."""
        return repr(self)

    @cached_property
    def by_id(self) -> Mapping[str, Study]:
        """Studies by id."""
        return {study.id: study for study in self.studies}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with some fields replaced; what was derived is derived anew."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("by_id", None)
        return copied

    def outcome(self, id_: str) -> Outcome:
        """Return the declared outcome; KeyError where there is none."""
        return {outcome.id: outcome for outcome in self.plan.outcomes}[id_]

    def last_searched(self, *kinds: str) -> str | None:
        """Return the latest date of the searches of some kinds, None where none gives one."""
        dates = (search.date for search in self.searches if search.kind in kinds)
        return max((date for date in dates if date is not None), key=last_day, default=None)
