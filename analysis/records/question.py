"""What a review asks and of whom: arms, outcomes, characteristics, tools, authors."""

from typing import Literal

from pydantic import Field

from analysis.effects import Measure
from analysis.records.base import Record
from analysis.terms import capitalised
from analysis.values import Id, Line, Maybe, Text


class ArmName(Record):
    """A treatment group of the question."""

    id: Id
    label: Line = Field(description="In tables and figures, short.")
    name: Line = Field(description="In a sentence.")


class Level(Record):
    """One value that a characteristic or a judgement may take."""

    id: Line
    label: Line
    concern: Literal["low", "some", "high"] | None = Field(
        None, description="For a quality tool: how it is coloured."
    )


class CharacteristicField(Record):
    """A characteristic of studies that this review records."""

    id: Id
    label: Line
    levels: tuple[Level, ...] = Field((), description="Empty: free text.")


class Outcome(Record):
    """An outcome of the question."""

    id: Id
    label: Line = Field(description="In headings: Overall survival.")
    short: Line = Field(description="OS.")
    event: Line = Field(description="What a hazard or risk is of: death.")
    measure: Measure = "HR"
    unit: Line | None = Field(
        None, description="Of MD and GEN, as estimates, tables and axes name it: days, mmHg."
    )
    better: Literal["lower", "higher"] = "lower"
    favours: tuple[Line, Line] = Field(
        description="Labels of the left and right side of a forest plot."
    )


class Tool(Record):
    """A quality or risk-of-bias tool: its items and the levels of an answer."""

    id: Id
    label: Line
    cite: Id | None = None
    items: tuple[Level, ...]
    levels: tuple[Level, ...]
    overall: tuple[Level, ...]


class HarmCategory(Record):
    """A kind of side effect."""

    id: Id
    label: Line


class Question(Record):
    """The question, in the parts that reviewers use."""

    population: Text
    intervention: Id = Field(description="The arm that is the intervention.")
    comparator: Id = Field(description="The arm that is the control.")
    outcomes: tuple[Id, ...]
    studies: Text
    exclusions: tuple[Text, ...]
    people: Line = Field(
        "patients", description="Who was studied, as tables and figures count them: pupils, women."
    )

    @property
    def heading(self) -> str:
        """Who was studied, as a heading: Pupils."""
        return capitalised(self.people)


class Author(Record):
    """An author of the review."""

    name: Line
    affiliation: Maybe[Line]
    orcid: Line | None = None


class About(Record):
    """What a reader needs to know of who made the review, and how."""

    authors: Maybe[tuple[Author, ...]]
    funding: Maybe[Text]
    conflicts: Maybe[Text]
    registration: Maybe[Text]
    protocol: Maybe[Text]
    peer_review: Maybe[Text]
    contact: Maybe[Text]
    licence: Text


class FixedTerm(Record):
    """A name that holds digits and is no result: a trial, a stage, a scale.

    What begins with it keeps its capital within a sentence (Hamilton score), with digits or not.
    """

    term: Line
    reason: Text
