"""The living mode: searches due, triggers, retirement."""

from typing import Literal

from pydantic import Field

from analysis.records.base import Record
from analysis.values import Id, Line, Text


class Trigger(Record):
    """A condition that makes a new edition due."""

    id: Id
    label: Line
    when: Literal[
        "new_included_study",
        "new_randomised_trial",
        "study_removed",
        "claim_changed",
        "information_grown",
        "search_overdue",
    ]
    percent: float | None = Field(None, gt=0, description="For information_grown.")
    analysis: Id | None = Field(None, description="For information_grown.")
    months: int | None = Field(
        None, gt=0, description="For search_overdue: since the last search; default: the schedule."
    )


class Retirement(Record):
    """A condition under which the review leaves the living mode."""

    id: Id
    label: Line
    when: Literal["condition", "no_ongoing_studies", "quiet_months"]
    condition: Text | None = None
    months: int | None = Field(
        None,
        gt=0,
        description="For `quiet_months`: since the newest report, or the first edition if later.",
    )


class SearchSchedule(Record):
    """How often a source is to be searched."""

    source: Line
    every_months: int = Field(gt=0)


class Living(Record):
    """The living mode as declared (PRISMA-LSR): searches, triggers, retirement."""

    status: Literal["living", "paused", "retired"]
    justification: Text
    schedule: tuple[SearchSchedule, ...]
    steps: Text | None = Field(
        None, description="When screening, extraction, appraisal and analysis follow a search."
    )
    triggers: tuple[Trigger, ...]
    retirement: tuple[Retirement, ...] = Field(description="Empty: retirement is not planned.")
