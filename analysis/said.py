"""What a reviewer says of a study, kept as it is to stand in the file: numbers as printed.

None means that nothing was said, which becomes `TODO`; `not reported` stands only where it was
said.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class FollowUpSaid:
    """How long patients were followed: a number, its unit (days to years), median or mean."""

    value: str
    unit: str
    statistic: str | None = None


@dataclass(frozen=True)
class ResultSaid:
    """A result as printed; `outcome` is an id or a short name of review.yml.

    `n` are its patients, where they are not those of the study: of each arm, or, of one group or
    of a correlation, one number.
    """

    outcome: str
    measure: str | None = None
    estimate: str | None = None
    ci: tuple[str, str] | None = None
    se: str | None = None
    p: str | None = None
    n: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    person_time: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    sds: tuple[str, ...] = ()
    level: str | None = None
    adjustment: str | None = None
    subgroup: tuple[tuple[str, str], ...] = ()
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Answers:
    """Everything that may be said of a study when its file is begun, or when it reports."""

    id: str | None = None
    label: str | None = None
    status: str | None = None
    reason: str | None = None
    superseded_by: str | None = None
    retracted: str | None = None
    cohort: str | None = None
    registrations: tuple[str, ...] = ()
    document: str | None = None
    title: str | None = None
    authors: str | None = None
    journal: str | None = None
    doi: str | None = None
    published: str | None = None
    place: str | None = None
    access: str | None = None
    extracted_by: str | None = None
    checked_by: str | None = None
    country: str | None = None
    design: str | None = None
    population: str | None = None
    recruitment: tuple[str, str] | None = None
    n: tuple[str, ...] = ()
    total: str | None = None
    follow_up: FollowUpSaid | str | None = None
    characteristics: tuple[tuple[str, str], ...] = ()
    results: tuple[ResultSaid, ...] = ()
    planned_n: str | None = None
    primary_outcome: str | None = None
    completion: str | None = None
    assumed_ratio: str | None = None
    planned_events: str | None = None
    search: str | None = None
    note: str | None = field(default=None)
