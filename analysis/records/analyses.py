"""An analysis of the plan, with everything that it may declare."""

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from analysis.records.base import Adjustment, Design, Method, Origin, Prediction, Record, Test
from analysis.values import Id, Line, Maybe, Printed, Text


class Selection(Record):
    """Which studies an analysis takes: all that have the outcome, or those that match."""

    design: tuple[Design, ...] = ()
    not_design: tuple[Design, ...] = ()
    characteristics: Mapping[Id, tuple[Line, ...]] = {}
    only: tuple[Id, ...] = Field((), description="These studies and no others.")
    without: tuple[Id, ...] = ()


class Take(Record):
    """Which result is taken where a study has several for the outcome."""

    adjustment: tuple[Maybe[Adjustment], ...] = Field(
        (),
        description="In order of preference; a result adjusted in no listed way is not taken. "
        "Empty: any, as long as there is one.",
    )
    subgroup: Mapping[Id, Line] = {}
    document: Id | None = Field(
        None,
        description="A key of references.bib: results that this document gives and no others, as "
        "it gave them, though corrected since.",
    )


class SubgroupPlan(Record):
    """A split of an analysis, with a test between the groups."""

    id: Id
    by: Id = Field(description="A characteristic, or `design`, or `randomised`.")
    label: Line
    tau2: Literal["common", "separate"] = "separate"
    method: Method | None = None
    test: Test | None = None
    origin: Origin = "added"


class ModeratorPlan(Record):
    """One moderator: a number of the study, or a characteristic with its reference level."""

    field: Id = Field(
        description="follow_up, recruitment_start, recruitment_mid, recruitment_end, year, "
        "design, randomised, or a characteristic."
    )
    label: Line
    reference: Line | None = Field(None, description="Reference level of a category.")
    level: Line | None = Field(
        None, description="Contrast this one level with all others (1 against 0)."
    )
    per: float = Field(
        1.0,
        gt=0,
        description="Unit of a number: 12 prints months per year. A label that says so itself, "
        "as `follow-up (per year)`, is printed as it is; to any other `, per 12` is added.",
    )
    number: bool = Field(
        False, description="Read a characteristic's text as a number, as a latitude or an age."
    )

    @property
    def per_unit(self) -> str:
        """The label with the unit that its coefficient is of, which it may name itself."""
        per = f"per {self.per:g}"
        # "(per 10 years)", ", per year", "per 10 degrees"; in "(mmol per litre)" it is another.
        told = re.sub(r"\((?!\s*per\b)[^()]*\)", "", self.label)
        # "per-protocol" and "per cent" are no units of a coefficient.
        named = re.search(
            rf"\bper\s+(?!protocol\b|cent\b|[\d.])|\b{re.escape(per)}(?![\d.,])", told
        )
        return self.label if self.per == 1.0 or named else f"{self.label}, {per}"


class RegressionPlan(Record):
    """A meta-regression."""

    id: Id
    label: Line
    moderators: tuple[ModeratorPlan, ...] = Field(min_length=1)
    interactions: tuple[tuple[Id, Id], ...] = Field(
        (), description="Pairs of the moderators' fields, whose products are added."
    )
    method: Method | None = None
    test: Test | None = None
    origin: Origin = "added"


class PriorPlan(Record):
    """A Bayesian random-effects model: its priors, and why these."""

    id: Id
    label: Line
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
    """Trial sequential analysis: supplementary, no conclusion rests on it.

    The bounds of futility do not bind: the required information is not raised for them, and who
    stops at them has a little less power than planned.
    """

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
    title: Line
    outcome: Id
    role: Literal["primary", "sensitivity", "subgroup", "exploratory"]
    origin: Origin = Field(
        "added",
        description="As the article did it; inferred from the article; planned in the protocol "
        "beforehand; amended since; added by this review. A review that continues an article "
        "says it of every analysis.",
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
    small_study: tuple[SmallStudyTest, ...] = Field(
        (),
        description="pet_peese takes PEESE where the two-sided P value of PET is below 0.10, in "
        "either direction. excess_significance takes true effects around the pooled estimate "
        "with its τ², and counts results with a two-sided P value below 0.05, in either "
        "direction.",
    )
    leave_one_out: bool = False
    influence: bool = False
    baujat: bool = False
    radial: bool = False
    gosh: GoshPlan | None = None
    sequential: SequentialPlan | None = None
    rounding: bool = Field(
        False,
        description="Whether to search how far the rounding of the printed inputs alone lets the "
        "pooled interval move.",
    )
    cumulative: Id | None = Field(
        None,
        description="What orders a cumulative analysis: year, recruitment_start, recruitment_mid, "
        "recruitment_end, follow_up, or a characteristic that holds numbers.",
    )
    reason: Text | None = Field(None, description="Why the analysis is in the plan.")
