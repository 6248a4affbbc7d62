"""review.yml: the question, the analyses, what they mean, the living mode."""

from typing import Annotated, Literal

from pydantic import Field

from analysis.effects import COMPARES_NOTHING
from analysis.records.analyses import AnalysisPlan
from analysis.records.base import MONTHS, LengthUnit, Record
from analysis.records.living import Living
from analysis.records.question import (
    About,
    ArmName,
    CharacteristicField,
    FixedTerm,
    HarmCategory,
    Outcome,
    Question,
    Tool,
)
from analysis.values import Id, Line, Maybe, Printed, Text


class BaselineRisk(Record):
    """A risk without the intervention within a length of time, for absolute effects."""

    id: Id
    outcome: Id
    analysis: Id
    label: Line
    risk: Printed = Field(description="Proportion with the event, 0 to 1.")
    days: Printed | None = Field(None, description="One of the four lengths, as the source has it.")
    weeks: Printed | None = None
    months: Printed | None = None
    years: Printed | None = None
    study: Id
    source: Id = Field(description="A source of that study.")
    stated: Text | None = Field(None, description="The number as the source words it.")

    @property
    def lengths(self) -> dict[LengthUnit, Printed]:
        """The length of time, as given, by its unit; a plan that passed its checks has one."""
        given = {unit: getattr(self, unit) for unit in MONTHS}
        return {unit: length for unit, length in given.items() if length is not None}


class CertaintyStep(Record):
    """A step down or up in the certainty of the evidence, with its reason.

    The first five domains only lower it, the last three only raise it.
    """

    domain: Literal[
        "risk of bias",
        "inconsistency",
        "indirectness",
        "imprecision",
        "publication bias",
        "large effect",
        "dose response",
        "confounding",
    ]
    steps: Annotated[int, Field(ge=-3, le=2)] = Field(
        description="Levels by which the certainty goes down (-1, serious; -2, very serious) or "
        "up (1, 2); 0 where a domain was judged and changes nothing."
    )
    reason: Text


class Certainty(Record):
    """GRADE: the certainty of the evidence for one analysis, as the reviewers judge it."""

    analysis: Id
    start: Literal["high", "low"]
    steps: tuple[CertaintyStep, ...]
    judged_by: Maybe[Line]


class Plan(Record):
    """review.yml: the question, the plan of analysis, the living mode."""

    title: Line
    subtitle: Line | None = None
    short_title: Line = Field(description="At the head of each page: a few words.")
    keywords: tuple[Line, ...]
    continues: Id | None = Field(None, description="The article that this review continues.")
    about: About
    question: Question
    arms: tuple[ArmName, ...] = Field(min_length=2)
    outcomes: tuple[Outcome, ...] = Field(min_length=1)
    characteristics: tuple[CharacteristicField, ...] = ()
    tools: tuple[Tool, ...] = ()
    harms: tuple[HarmCategory, ...] = ()
    analyses: tuple[AnalysisPlan, ...] = Field(min_length=1)
    order: Literal["label", "year", "recruitment_start"] = Field(
        "label", description="Order of the studies in tables and figures; unknown values last."
    )
    fixed_terms: tuple[FixedTerm, ...] = ()
    baseline_risks: tuple[BaselineRisk, ...] = ()
    certainty: tuple[Certainty, ...] = ()
    living: Living | None = None

    @property
    def compares(self) -> bool:
        """Whether an outcome compares the arms: a proportion or a correlation does not."""
        return any(one.measure not in COMPARES_NOTHING for one in self.outcomes)
