"""claims.yml and editions.yml: what the prose asserts, and what was published."""

from typing import Annotated, Literal

from pydantic import Field

from analysis.records.base import Record
from analysis.values import Day, Id, Line, Maybe, PartialDate, Text


class Claim(Record):
    """A sentence that the prose asserts, and the condition under which it holds."""

    id: Id
    text: Text = Field(description="The sentence, with Jinja for its numbers.")
    holds: Text = Field(description="Condition on findings, as: os.est_ub < 1")
    otherwise: Text | None = Field(
        None,
        description="Reviewed wording where it does not hold; absent: the build stops.",
    )


class Claims(Record):
    """claims.yml"""

    claims: tuple[Claim, ...]


class Edition(Record):
    """A published edition."""

    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    released: Day
    trigger: Text
    summary: Text
    last_search: Maybe[PartialDate]
    living: Literal["living", "paused", "retired"]
    released_by: Maybe[Line]


class Editions(Record):
    """editions.yml, the oldest edition first."""

    editions: tuple[Edition, ...]
