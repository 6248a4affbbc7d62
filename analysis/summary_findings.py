"""Findings of a summary-of-findings table: absolute effects, the certainty of the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.records import LengthUnit


@dataclass(frozen=True)
class AbsoluteFinding:
    """What a pooled ratio means at one baseline risk.

    Risks from 0 to 1, differences per 1,000, positive for more events. `nnt` is the number
    needed to treat for one more to benefit (`nnt_benefit`) or be harmed, None where the
    difference is nil; its interval runs from `nnt_near` to `nnt_far`, over infinity where
    `nnt_through_infinity` says so. The risks run within `length`, in `unit` as the source has it.
    """

    id: str
    label: str
    analysis: str
    outcome: str
    measure: str
    study: str
    source: str
    document: str
    stated: str | None
    years: float
    length: float
    unit: LengthUnit
    baseline: float
    risk: float
    risk_lb: float
    risk_ub: float
    per_1000: float
    per_1000_lb: float
    per_1000_ub: float
    nnt: float | None
    nnt_benefit: bool
    nnt_near: float | None
    nnt_far: float | None
    nnt_through_infinity: bool


@dataclass(frozen=True)
class SuggestionFinding:
    """What the numbers suggest for one domain of certainty: steps down, or None for unknown."""

    id: str
    domain: str
    steps: int | None
    because: tuple[str, ...]


@dataclass(frozen=True)
class StepTaken:
    """A step down or up that the reviewers judged."""

    id: str
    domain: str
    steps: int
    reason: str


@dataclass(frozen=True)
class CertaintyFinding:
    """The certainty of the evidence of one analysis; `level` is None where nobody judged it.

    `start` is the level from which the reviewers took their steps, `start_by_design` the one that
    GRADE gives to such studies, `start_because` why.
    """

    analysis: str
    start: str | None
    level: str | None
    judged_by: str | None
    steps: tuple[StepTaken, ...]
    suggestions: Mapping[str, SuggestionFinding]
    start_by_design: str | None = None
    start_because: str | None = None
