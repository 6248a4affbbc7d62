"""A study: its arms, follow-up, results, harms, quality and plans."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from analysis.effects import Measure
from analysis.records.base import (
    MONTHS,
    Adjustment,
    Design,
    Finding,
    LengthUnit,
    Record,
    Source,
    Status,
)
from analysis.values import Count, Id, Line, Maybe, PartialDate, Printed, PValue, Stated, Text


class Recruitment(Record):
    """When patients were recruited: years, or year and month."""

    start: Maybe[PartialDate]
    end: Maybe[PartialDate]
    source: Id


class Arm(Record):
    """A treatment group and how many patients were analysed in it."""

    arm: Id = Field(description="An arm that review.yml declares.")
    n: Maybe[Count]


class Arms(Record):
    """The groups compared; `total` where the source gives no more than the sum."""

    groups: tuple[Arm, ...] = Field(
        description="Both arms; of a review whose measures compare none (PLO, PFT, ZCOR) the one "
        "group, or []."
    )
    total: Count | None = Field(None, description="Patients in all, where no arm is reported.")
    source: Id
    note: Text | None = None


class FollowUp(Record):
    """Length of follow-up as the source gives it."""

    value: Printed
    unit: LengthUnit
    statistic: Maybe[Literal["median", "mean"]]
    source: Id

    @property
    def months(self) -> float:
        """The length in months."""
        return float(self.value) * MONTHS[self.unit]


class Characteristic(Record):
    """The value of one characteristic that review.yml declares."""

    value: Maybe[Line]
    source: Id


class GroupData(Record):
    """What one arm printed of an outcome: events of n, or a mean with its standard deviation."""

    arm: Id
    events: Count | None = None
    n: Count | None = None
    mean: Printed | None = None
    sd: Printed | None = None
    expected: Printed | None = Field(None, description="Events that the log-rank test expects.")
    person_time: Printed | None = Field(None, description="For rates, in one unit for all arms.")


class CurveData(Record):
    """A Kaplan-Meier curve of one arm, read at some times, the first of them the start."""

    arm: Id
    times: tuple[Printed, ...] = Field(min_length=2)
    survival: tuple[Printed, ...] = Field(
        min_length=2, description="Proportions, 1 at the start and never rising."
    )
    at_risk: tuple[Count, ...] = Field(
        (), description="Numbers at risk at the times; without them give `n` and `followed`."
    )
    n: Count | None = Field(None, description="Patients at the start.")


class Result(Record):
    """One result as printed: an outcome, a measure, its value and what it rests on.

    Give `estimate` with `ci`, or with `se`, or with `p`; or `o_minus_e` with `variance`; or
    `groups` with events or means; or `curves`; or events, `p` and `direction`. More may be
    given; the rest is then checked against it.
    """

    outcome: Id
    measure: Measure = "HR"
    estimate: Printed | None = None
    ci: tuple[Printed, Printed] | None = Field(
        None,
        description="[lower, upper] as printed; read as a normal interval, of means too, whose "
        "own may be wider by the t distribution.",
    )
    level: Printed = Field(Printed(0.95, 2), description="Confidence level of the interval.")
    se: Printed | None = Field(None, description="Standard error, on the log scale for ratios.")
    p: PValue | None = Field(
        None,
        description="Two-sided P value as printed; '<0.001' is one. An effect is led back from it "
        "by the normal distribution, of means too.",
    )
    o_minus_e: Printed | None = None
    variance: Printed | None = None
    groups: tuple[GroupData, ...] = ()
    events: Count | None = Field(None, description="Events in all arms together.")
    n: Count | None = Field(
        None, description="Patients in all: for a correlation, which `estimate` then is."
    )
    direction: Literal["lower", "higher"] | None = Field(
        None,
        description="For P and events without a ratio: whether events were fewer or more in the "
        "arm that is not the reference.",
    )
    curves: tuple[CurveData, ...] = ()
    followed: tuple[Printed, Printed] | None = Field(
        None, description="Shortest and longest follow-up, in the unit of the curves' times."
    )
    reference: Id | None = Field(None, description="The arm in the denominator; default: control.")
    adjustment: Maybe[Adjustment] = Field(description="How confounding was dealt with.")
    subgroup: Mapping[Id, Line] = Field(
        {}, description="The part of the study the result is of; empty: the whole study."
    )
    source: Id
    corrected_by: Id | None = Field(
        None,
        description="The source that corrects this result. It stays as it was printed, and no "
        "analysis takes it but those that take what its document gives.",
    )
    reason: Text | None = Field(
        None, description="Why this result stands although it was doubted; silences the warning."
    )
    note: Text | None = None


class Harm(Record):
    """A side effect as reported: which, and in which direction with the intervention."""

    category: Id = Field(description="A category of harm that review.yml declares.")
    finding: Finding = Field(
        description="With the intervention. A report that something did not differ significantly "
        "says no significant difference, not no difference."
    )
    text: Text = Field(description="What was reported, in the reviewer's words.")
    source: Id


class Judgement(Record):
    """The answer to one item of a quality or risk-of-bias tool."""

    item: Id
    level: Maybe[Line] = Field(description="One of the tool's levels.")
    note: Text | None = None


class Quality(Record):
    """The assessment of a study with one tool, as far as it is stated."""

    tool: Id
    items: tuple[Judgement, ...] = ()
    overall: Maybe[Line]
    score: Maybe[Stated] = Field(description="The overall score as stated, as 5 or '≥6'.")
    source: Id


class Planned(Record):
    """What an ongoing study plans, as its protocol or registry says."""

    n: Maybe[Count]
    primary_outcome: Maybe[Id]
    completion: Maybe[PartialDate] = Field(
        description="When the data of the primary outcome are to be complete."
    )
    assumed_ratio: Maybe[Printed]
    events: Maybe[Count]
    population: Maybe[Text]
    source: Id


class Study(Record):
    """One study: what is known of it, each part with its source. One file a study."""

    id: Id
    label: Line = Field(description="As figures print it: first author and year, or acronym.")
    status: Status
    reason: Text | None = Field(
        None,
        description="Why awaiting, excluded or retracted; of a superseded study, why what it alone "
        "gives goes.",
    )
    superseded_by: Id | None = None
    retracted: PartialDate | None = Field(None, description="Since when it is retracted.")
    cohort: Id | None = Field(None, description="Shared by reports of the same patients.")
    registrations: tuple[Line, ...] = ()
    sources: Mapping[Id, Source]
    report: Maybe[Id] = Field(
        description="The source that is the study's own report; `not stated` if not found."
    )
    country: Maybe[Line]
    design: Maybe[Design]
    population: Maybe[Text]
    recruitment: Recruitment | None = None
    arms: Arms | None = None
    follow_up: FollowUp | None = None
    characteristics: Mapping[Id, Characteristic] = {}
    results: tuple[Result, ...] = ()
    harms: tuple[Harm, ...] = ()
    quality: tuple[Quality, ...] = ()
    planned: tuple[Planned, ...] = ()
    note: Text | None = None

    @property
    def citation(self) -> str:
        """Bibliography key of the own report, else of the first document that tells of it."""
        sources = self.sources
        return (sources[self.report] if self.report else next(iter(sources.values()))).document

    @property
    def patients(self) -> int | None:
        """Patients analysed in all arms, None where an arm is not reported."""
        if self.arms is None:
            return None
        counts = [arm.n for arm in self.arms.groups]
        known = [n for n in counts if n is not None]
        return sum(known) if counts and len(known) == len(counts) else self.arms.total

    @property
    def assessed(self) -> bool:
        """Whether anything is said of its quality, with whatever tool."""
        return any(
            part is not None
            for one in self.quality
            for part in (one.overall, one.score, *(item.level for item in one.items))
        )

    @property
    def year(self) -> int | None:
        """Year in which the study's own report was published, None where it was not found."""
        published = self.sources[self.report].published if self.report else None
        return int(published[:4]) if published else None
