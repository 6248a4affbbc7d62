"""Frozen records of what `data/` holds. Their fields are the data format, and its JSON Schema.

Each class describes one kind of entry; a docstring here is what an editor shows while
somebody types. `Maybe[...]` fields take `not reported` or `not stated` and hold None.
"""

import os
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

# What else is installed has no say in how data are read, nor is time lost in looking for it.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

from pydantic import BaseModel, ConfigDict, Field

from analysis.effects import Measure
from analysis.values import Count, Day, Id, Maybe, PartialDate, Printed, PValue, Quantity, Text

Access = Literal["full text", "abstract", "secondary", "article continued", "registry"]
Design = Literal[
    "randomised trial", "non-randomised trial", "prospective cohort", "retrospective cohort"
]
Status = Literal["included", "ongoing", "awaiting", "excluded", "superseded", "retracted"]
Adjustment = Literal["unadjusted", "multivariable", "matched", "weighted"]
Finding = Literal["higher", "no difference", "lower", "reported"]
Method = Literal["EE", "DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM"]
Test = Literal["z", "knha", "adhoc"]
Prediction = Literal["normal", "t(k-1)", "t(k-2)"]
Origin = Literal["article", "inferred", "added"]


class Record(BaseModel):
    """A frozen entry of a data file; an unknown key in the file is an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, ignored_types=(cached_property,)
    )


# --- sources -------------------------------------------------------------------------------


class Source(Record):
    """Where numbers were read: the document, the place in it, how and by whom."""

    document: Id = Field(description="The report that gives the number: a key of references.bib.")
    place: Text = Field(description="Where in the document: a table, a page, the abstract.")
    access: Access = Field(description="How much of the document was at hand.")
    published: Maybe[PartialDate] = Field(description="When the report was published.")
    via: Id | None = Field(
        None, description="The document in which the number was read, if not the report itself."
    )
    extracted_by: Maybe[Text]
    checked_by: Maybe[Text]
    note: Text | None = None


# --- studies -------------------------------------------------------------------------------


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

    groups: tuple[Arm, ...] = Field(min_length=2)
    total: Count | None = Field(None, description="Patients in all, where no arm is reported.")
    source: Id
    note: Text | None = None


class FollowUp(Record):
    """Length of follow-up as the source gives it."""

    value: Printed
    unit: Literal["months", "years"]
    statistic: Maybe[Literal["median", "mean"]]
    source: Id

    @property
    def months(self) -> float:
        """The length in months."""
        return float(self.value) * (12 if self.unit == "years" else 1)


class Characteristic(Record):
    """The value of one characteristic that review.yml declares."""

    value: Maybe[Text]
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
    ci: tuple[Printed, Printed] | None = Field(None, description="[lower, upper] as printed.")
    level: Printed = Field(Printed(0.95, 2), description="Confidence level of the interval.")
    se: Printed | None = Field(None, description="Standard error, on the log scale for ratios.")
    p: PValue | None = Field(None, description="Two-sided P value as printed; '<0.001' is one.")
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
    subgroup: Mapping[Id, Text] = Field(
        {}, description="The part of the study the result is of; empty: the whole study."
    )
    source: Id
    reason: Text | None = Field(
        None, description="Why this result stands although it was doubted; silences the warning."
    )
    note: Text | None = None


class Harm(Record):
    """A side effect as reported: which, and in which direction with the intervention."""

    category: Id = Field(description="A category of harm that review.yml declares.")
    finding: Finding
    text: Text = Field(description="What was reported, in the reviewer's words.")
    source: Id


class Judgement(Record):
    """The answer to one item of a quality or risk-of-bias tool."""

    item: Id
    level: Maybe[Text] = Field(description="One of the tool's levels.")
    note: Text | None = None


class Quality(Record):
    """The assessment of a study with one tool, as far as it is stated."""

    tool: Id
    items: tuple[Judgement, ...] = ()
    overall: Maybe[Text]
    score: Maybe[Text] = Field(description="The overall score as stated, as '5' or '≥6'.")
    source: Id


class Planned(Record):
    """What an ongoing study plans, as its protocol or registry says."""

    n: Maybe[Count]
    primary_outcome: Maybe[Id]
    completion: Maybe[PartialDate]
    assumed_ratio: Maybe[Printed]
    events: Maybe[Count]
    population: Maybe[Text]
    source: Id


class Study(Record):
    """One study: what is known of it, each part with its source. One file a study."""

    id: Id
    label: Text = Field(description="As figures print it: first author and year, or acronym.")
    status: Status
    reason: Text | None = Field(None, description="Why awaiting or excluded.")
    superseded_by: Id | None = None
    retracted: PartialDate | None = Field(None, description="Since when it is retracted.")
    cohort: Id | None = Field(None, description="Shared by reports of the same patients.")
    registrations: tuple[Text, ...] = ()
    sources: Mapping[Id, Source]
    report: Maybe[Id] = Field(
        description="The source that is the study's own report; `not stated` if not found."
    )
    country: Maybe[Text]
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
        return sum(known) if len(known) == len(counts) else self.arms.total

    @property
    def year(self) -> int | None:
        """Year in which the study's own report was published, None where it was not found."""
        published = self.sources[self.report].published if self.report else None
        return int(published[:4]) if published else None


# --- the review and its plan ---------------------------------------------------------------


class ArmName(Record):
    """A treatment group of the question."""

    id: Id
    label: Text = Field(description="In tables and figures, short.")
    name: Text = Field(description="In a sentence.")


class Level(Record):
    """One value that a characteristic or a judgement may take."""

    id: Text
    label: Text
    concern: Literal["low", "some", "high"] | None = Field(
        None, description="For a quality tool: how it is coloured."
    )


class CharacteristicField(Record):
    """A characteristic of studies that this review records."""

    id: Id
    label: Text
    levels: tuple[Level, ...] = Field((), description="Empty: free text.")


class Outcome(Record):
    """An outcome of the question."""

    id: Id
    label: Text = Field(description="In headings: Overall survival.")
    short: Text = Field(description="OS.")
    event: Text = Field(description="What a hazard or risk is of: death.")
    measure: Measure = "HR"
    better: Literal["lower", "higher"] = "lower"
    favours: tuple[Text, Text] = Field(
        description="Labels of the left and right side of a forest plot."
    )


class Tool(Record):
    """A quality or risk-of-bias tool: its items and the levels of an answer."""

    id: Id
    label: Text
    cite: Id | None = None
    items: tuple[Level, ...]
    levels: tuple[Level, ...]
    overall: tuple[Level, ...]


class HarmCategory(Record):
    """A kind of side effect."""

    id: Id
    label: Text


class Selection(Record):
    """Which studies an analysis takes: all that have the outcome, or those that match."""

    design: tuple[Design, ...] = ()
    not_design: tuple[Design, ...] = ()
    characteristics: Mapping[Id, tuple[Text, ...]] = {}
    only: tuple[Id, ...] = Field((), description="These studies and no others.")
    without: tuple[Id, ...] = ()


class Take(Record):
    """Which result is taken where a study has several for the outcome."""

    adjustment: tuple[Maybe[Adjustment], ...] = Field(
        (),
        description="In order of preference; a result adjusted in no listed way is not taken. "
        "Empty: any, as long as there is one.",
    )
    subgroup: Mapping[Id, Text] = {}


class SubgroupPlan(Record):
    """A split of an analysis, with a test between the groups."""

    id: Id
    by: Id = Field(description="A characteristic, or `design`, or `randomised`.")
    label: Text
    tau2: Literal["common", "separate"] = "separate"
    method: Method | None = None
    test: Test | None = None
    origin: Origin


class ModeratorPlan(Record):
    """One moderator: a number of the study, or a characteristic with its reference level."""

    field: Id = Field(
        description="follow_up, recruitment_start, recruitment_mid, recruitment_end, year, "
        "design, randomised, or a characteristic."
    )
    label: Text
    reference: Text | None = Field(None, description="Reference level of a category.")
    level: Text | None = Field(
        None, description="Contrast this one level with all others (1 against 0)."
    )
    per: float = Field(1.0, gt=0, description="Unit of a number: 12 prints months per year.")
    number: bool = Field(
        False, description="Read a characteristic's text as a number, as a latitude or an age."
    )


class RegressionPlan(Record):
    """A meta-regression."""

    id: Id
    label: Text
    moderators: tuple[ModeratorPlan, ...] = Field(min_length=1)
    interactions: tuple[tuple[Id, Id], ...] = Field(
        (), description="Pairs of the moderators' fields, whose products are added."
    )
    method: Method | None = None
    test: Test | None = None
    origin: Origin


class PriorPlan(Record):
    """A Bayesian random-effects model: its priors, and why these."""

    id: Id
    label: Text
    family: Literal["half-normal", "half-cauchy"] = "half-normal"
    scale: Printed = Field(description="Scale of the prior of tau, on the analysis scale.")
    mu: tuple[Printed, Printed] | None = Field(
        None, description="Mean and standard deviation of a normal prior of mu; absent: flat."
    )
    interval: Literal["shortest", "central"] = "shortest"
    reason: Text


class ContinuityPlan(Record):
    """What is added to 2×2 tables with a zero cell, and whether tables without events count."""

    add: Printed = Printed(0.5, 1)
    to: Literal["only0", "all", "if0all", "none"] = "only0"
    drop00: bool = Field(
        False, description="Leave out tables with events in nobody or in everybody."
    )


class SeveralPlan(Record):
    """Studies that give several estimates of the outcome: all are taken.

    The pooled result takes one composite a study, the mean of its estimates, at the assumed
    correlation. The model named here stands beside it, under `several`.
    """

    model: Literal["composite", "three_level", "robust"]
    rho: Printed = Field(
        description="Assumed correlation of the sampling errors of one study's estimates."
    )
    sensitivity: tuple[Printed, ...] = Field(
        (), description="Other correlations at which the composites are pooled."
    )


class GoshPlan(Record):
    """All subsets of the studies, or a seeded sample of them where they are too many."""

    subsets: int = Field(100_000, gt=0, description="The most subsets that are pooled.")
    seed: int = Field(0, ge=0)


class SequentialPlan(Record):
    """Trial sequential analysis: supplementary, no conclusion rests on it."""

    anticipated: Printed = Field(description="Effect, as printed, that one would not miss.")
    counted: Literal["information", "events"] = "information"
    alpha: Printed = Printed(0.05, 2)
    power: Printed = Printed(0.9, 1)
    by: Literal["year", "recruitment_start", "recruitment_mid", "recruitment_end"] = "year"
    reason: Text


SmallStudyTest = Literal[
    "egger_classic",
    "egger_mixed",
    "egger_classic_vi",
    "egger_classic_ni",
    "egger_classic_ninv",
    "egger_classic_sqrtni",
    "egger_classic_sqrtninv",
    "egger_mixed_vi",
    "egger_mixed_ni",
    "egger_mixed_ninv",
    "egger_mixed_sqrtni",
    "egger_mixed_sqrtninv",
    "begg",
    "harbord",
    "peters",
    "trim_and_fill",
    "trim_and_fill_r0",
    "pet_peese",
    "selection_model",
    "excess_significance",
]


class AnalysisPlan(Record):
    """An entry of the plan: which results are pooled, and how."""

    id: Id
    title: Text
    outcome: Id
    role: Literal["primary", "sensitivity", "subgroup", "exploratory"]
    origin: Origin = Field(
        description="As the article did it; inferred from the article; added by this review."
    )
    sensitivity_of: Id | None = None
    studies: Selection = Selection()
    take: Take = Take()
    method: Method = "REML"
    test: Test = "knha"
    level: Printed = Printed(0.95, 2)
    prediction: Prediction = "t(k-2)"
    subgroups: tuple[SubgroupPlan, ...] = ()
    regressions: tuple[RegressionPlan, ...] = ()
    pooling: Literal["inverse_variance", "mantel_haenszel", "peto"] = Field(
        "inverse_variance",
        description="mantel_haenszel and peto pool 2×2 tables from their counts, with method EE "
        "and test z.",
    )
    continuity: ContinuityPlan = ContinuityPlan()
    several: SeveralPlan | None = Field(
        None, description="How several estimates of one study are taken; absent: one a study."
    )
    bayes: tuple[PriorPlan, ...] = ()
    small_study: tuple[SmallStudyTest, ...] = ()
    leave_one_out: bool = False
    influence: bool = False
    baujat: bool = False
    radial: bool = False
    gosh: GoshPlan | None = None
    sequential: SequentialPlan | None = None
    cumulative: Id | None = Field(
        None,
        description="What orders a cumulative analysis: year, recruitment_start, recruitment_mid, "
        "recruitment_end, follow_up, or a characteristic that holds numbers.",
    )
    reason: Text | None = Field(None, description="Why the analysis is in the plan.")


class Question(Record):
    """The question, in the parts that reviewers use."""

    population: Text
    intervention: Id = Field(description="The arm that is the intervention.")
    comparator: Id = Field(description="The arm that is the control.")
    outcomes: tuple[Id, ...]
    studies: Text
    exclusions: tuple[Text, ...]


class Author(Record):
    """An author of the review."""

    name: Text
    affiliation: Maybe[Text]
    orcid: Text | None = None


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
    """A name that holds digits and is no result: a trial, a stage, a scale."""

    term: Text
    reason: Text


class Trigger(Record):
    """A condition that makes a new edition due."""

    id: Id
    label: Text
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
    label: Text
    when: Literal["condition", "no_ongoing_studies", "quiet_months"]
    condition: Text | None = None
    months: int | None = None


class SearchSchedule(Record):
    """How often a source is to be searched."""

    source: Text
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


class BaselineRisk(Record):
    """A risk without the intervention, for absolute effects."""

    id: Id
    outcome: Id
    analysis: Id
    label: Text
    risk: Printed = Field(description="Proportion with the event, 0 to 1.")
    years: Printed
    study: Id
    source: Id = Field(description="A source of that study.")
    stated: Text | None = Field(None, description="The number as the source words it.")


class CertaintyStep(Record):
    """A step down or up in the certainty of the evidence, with its reason."""

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
    steps: Annotated[int, Field(ge=-3, le=2)]
    reason: Text


class Certainty(Record):
    """GRADE: the certainty of the evidence for one analysis, as the reviewers judge it."""

    analysis: Id
    start: Literal["high", "low"]
    steps: tuple[CertaintyStep, ...]
    judged_by: Maybe[Text]


class Plan(Record):
    """review.yml: the question, the plan of analysis, the living mode."""

    title: Text
    subtitle: Text | None = None
    short_title: Text
    keywords: tuple[Text, ...]
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


# --- searches ------------------------------------------------------------------------------


class RecordCount(Record):
    """A number of records under a name."""

    label: Text
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
    sources: tuple[Text, ...]
    strategy: Text | None = None
    counts: SearchCounts | None = Field(None, description="None: nobody counted.")
    studies: tuple[Id, ...] = Field(description="The studies it brought in.")
    found_nothing: bool = False
    source: Source | None = None
    note: Text | None = None


class Searches(Record):
    """searches.yml"""

    searches: tuple[Search, ...]


# --- the printed article -------------------------------------------------------------------


class PrintedNumber(Record):
    """A number of the article, and the finding that recomputes it."""

    id: Id
    place: Text
    quantity: Text
    printed: Quantity = Field(description="As the article prints it; '<0.001' is a bound.")
    finding: Text | None = Field(None, description="Path of the finding, as os.est.")
    percent: bool = Field(False, description="Printed as a percentage.")
    show_range: bool = Field(
        False, description="Give the range that input rounding allows though it is reproduced."
    )
    not_recomputable: Text | None = Field(None, description="Why no finding can answer.")
    known_reason: Text | None = Field(None, description="Why it differs, if the data show it.")


class ReportedPool(Record):
    """A pooled result that the article prints without its inputs."""

    id: Id
    outcome: Id
    family: Text = Field(
        description="What the pools of a family split, as the stage of the disease."
    )
    label: Text
    measure: Measure = "HR"
    estimate: Printed
    ci: tuple[Printed, Printed]
    p: PValue | None = None
    place: Text
    inputs: Text = Field(description="What is known of the inputs.")


class Published(Record):
    """published.yml: what the article prints, for the audit."""

    document: Id
    studies: tuple[Id, ...] = Field(description="The evidence of the article.")
    numbers: tuple[PrintedNumber, ...]
    pools: tuple[ReportedPool, ...] = ()


# --- claims and editions -------------------------------------------------------------------


class Claim(Record):
    """A sentence that the prose asserts, and the condition under which it holds."""

    id: Id
    text: Text = Field(description="The sentence, with Jinja for its numbers.")
    holds: Text = Field(description="Condition on findings, as: os.est_ub < 1")
    otherwise: Text | None = Field(
        None, description="Reviewed wording where it does not hold; absent: the build stops."
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
    released_by: Maybe[Text]


class Editions(Record):
    """editions.yml, the oldest edition first."""

    editions: tuple[Edition, ...]


# --- reporting checklists ------------------------------------------------------------------


class ChecklistItem(Record):
    """One item of a reporting checklist, and where the manuscript covers it."""

    item: Text = Field(description="Its number: '13a', or 'L1'.")
    topic: Text = Field(description="What it asks for, in the reviewer's words.")
    where: tuple[Text, ...] = Field(
        (), description="Labels of the manuscript (sec-search, tbl-audit), or title, or abstract."
    )
    lacking: Text | None = Field(None, description="What is not covered, and why.")


class Checklist(Record):
    """A reporting checklist, in the order of its items."""

    id: Id
    title: Text
    source: Text = Field(description="The document that defines it, with its DOI.")
    note: Text | None = None
    items: tuple[ChecklistItem, ...] = Field(min_length=1)


class Checklists(Record):
    """checklists.yml, beside the templates whose sections it names."""

    checklists: tuple[Checklist, ...]


# --- all of it -----------------------------------------------------------------------------


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
