"""Findings: every result of a review that its manuscript may print, draw or claim.

Findings are frozen values with a path for each number (`os.est_ub`,
`dfs.subgroups.nodal.groups.n0.est`), written to and read from `findings.json`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from analysis.effects import is_ratio
from analysis.errors import TemplateError

# pydantic reads the annotations of these at run time, to turn JSON back into findings.
from analysis.evidence import LeftOut
from analysis.moderators import Coefficient
from analysis.synthesis import Synthesis

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FORMAT = 1
DIGITS = 12  # significant digits in findings.json; roots are solved tighter than this


@dataclass(frozen=True)
class EffectRow:
    """One study in an analysis: what it contributes, and where that was read.

    `est, lb, ub` are on the printed scale, as reported where the report gave an interval,
    else from yi and vi; `n` is per arm, intervention first; `weight` is in percent.
    """

    study: str
    label: str
    citation: str
    n: tuple[int | None, int | None]
    est: float
    lb: float
    ub: float
    yi: float
    vi: float
    weight: float
    route: str
    adjustment: str | None
    result: int
    place: str
    access: str
    as_printed: bool
    inverted: bool = False


@dataclass(frozen=True)
class GroupFinding:
    """One group of a subgroup analysis."""

    level: str
    label: str
    studies: tuple[str, ...]
    patients: int | None
    synthesis: Synthesis


@dataclass(frozen=True)
class SubgroupFinding:
    """A split of an analysis and the test between its groups (None where one group is left)."""

    id: str
    label: str
    by: str
    origin: str
    method: str
    test: str
    tau2_model: str
    groups: Mapping[str, GroupFinding]
    between_statistic: float | None
    between_df: int | None
    between_df2: float | None
    between_pval: float | None
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class RegressionFinding:
    """A meta-regression; coefficients on the analysis scale, `qm` tests the moderators."""

    id: str
    label: str
    origin: str
    method: str
    test: str
    k: int
    coefficients: Mapping[str, Coefficient]
    qm: float
    qm_df: int
    qm_df2: float | None
    qm_pval: float
    tau2: float
    i2: float
    r2: float | None
    qe: float
    qe_df: int
    qe_pval: float
    ratio: bool
    values: Mapping[str, float] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class StepFinding:
    """The pooled result with one study left out, or with the studies up to one of them.

    `at` is the value that orders a cumulative analysis. The interval is None where the planned
    test cannot give one (Hartung-Knapp of one study).
    """

    study: str
    label: str
    k: int
    at: float | None
    est: float
    est_lb: float | None
    est_ub: float | None
    pval: float | None
    tau2: float
    i2: float
    i2_q: float
    excludes_null: bool | None


@dataclass(frozen=True)
class InfluenceRow:
    """What one study does to the pooled effect (metafor's names); None where undefined."""

    study: str
    label: str
    rstudent: float | None
    dffits: float | None
    cook_d: float | None
    cov_r: float | None
    tau2_del: float
    qe_del: float
    hat: float
    weight: float
    influential: bool


@dataclass(frozen=True)
class SmallStudyFinding:
    """A test for small-study effects, or an adjustment for them."""

    id: str
    label: str
    statistic: float | None
    df: float | None
    pval: float | None
    intercept: float | None
    slope: float | None
    est: float | None
    est_lb: float | None
    est_ub: float | None
    k: int
    informative: bool
    note: str | None


@dataclass(frozen=True)
class AnalysisFinding:
    """All results of one entry of the plan."""

    id: str
    title: str
    outcome: str
    measure: str
    role: str
    origin: str
    sensitivity_of: str | None
    reason: str | None
    level: float
    rows: tuple[EffectRow, ...]
    left_out: tuple[LeftOut, ...]
    synthesis: Synthesis
    patients: int | None
    subgroups: Mapping[str, SubgroupFinding] = field(default_factory=dict)
    regressions: Mapping[str, RegressionFinding] = field(default_factory=dict)
    small_study: Mapping[str, SmallStudyFinding] = field(default_factory=dict)
    leave_one_out: tuple[StepFinding, ...] = ()
    cumulative: tuple[StepFinding, ...] = ()
    cumulative_by: str | None = None
    influence: tuple[InfluenceRow, ...] = ()
    methods_agree: bool | None = None

    @property
    def ratio(self) -> bool:
        """Whether the printed scale is exp of the analysis scale."""
        return is_ratio(self.measure)

    @property
    def null(self) -> float:
        """No effect on the printed scale: 1 for ratios, 0 for differences."""
        return 1.0 if self.ratio else 0.0

    @property
    def reduction(self) -> float:
        """How far the pooled ratio lies below 1, in percent (negative: above)."""
        return 100.0 * (1.0 - self.synthesis.est)

    @property
    def omissions_across(self) -> int:
        """Omissions of one study whose interval answers otherwise about no difference."""
        whole = self.synthesis.excludes_null
        return sum(step.excludes_null is not whole for step in self.leave_one_out)

    @property
    def studies(self) -> tuple[str, ...]:
        """Ids of the studies pooled, in the order of the rows."""
        return tuple(row.study for row in self.rows)


@dataclass(frozen=True)
class FlowFinding:
    """One search from records to studies; sums are computed, None where nobody counted."""

    id: str
    kind: str
    date: str | None
    sources: tuple[str, ...]
    identified: int | None
    identified_parts: tuple[tuple[str, int], ...]
    duplicates: int | None
    screened: int | None
    excluded_at_screening: tuple[tuple[str, int], ...]
    after_screening: int | None
    excluded_at_full_text: tuple[tuple[str, int], ...]
    after_full_text: int | None
    studies: tuple[str, ...]
    found_nothing: bool


@dataclass(frozen=True)
class Counts:
    """Counts over the included studies."""

    studies: int
    patients: int | None
    patients_by_arm: Mapping[str, int | None]
    countries: int
    designs: Mapping[str, int]
    outcomes: Mapping[str, int]
    characteristics: Mapping[str, Mapping[str, int]]
    quality: Mapping[str, Mapping[str, int]]
    judgements: Mapping[str, Mapping[str, Mapping[str, int]]]
    harms: Mapping[str, Mapping[str, int]]
    statuses: Mapping[str, int]


@dataclass(frozen=True)
class PoolFinding:
    """A pooled result that the article printed and nobody can recompute."""

    id: str
    outcome: str
    family: str
    label: str
    measure: str
    est: float
    lb: float
    ub: float
    decimals: int
    p: str | None
    place: str
    inputs: str


@dataclass(frozen=True)
class Findings:
    """Everything that was found, from one state of the evidence."""

    format: int
    evidence: str
    analyses: Mapping[str, AnalysisFinding]
    counts: Counts
    flow: Mapping[str, FlowFinding]
    pools: Mapping[str, PoolFinding]

    def value(self, path: str) -> Any:
        """Return the finding at a path, as 'os.est_ub' or 'counts.designs.randomised_trial'.

        The first part is an analysis, `counts`, `flow` or `pools`; a number of the pooled
        result may be named without `synthesis`.

        Raises
        ------
        TemplateError : there is no such finding; the message lists what is there.
        """
        return value_below(self, path)

    def studies_of(self, path: str) -> tuple[str, ...]:
        """Return the ids of the studies that a finding rests on."""
        parts = path.split(".")
        analysis = self.analyses.get(parts[0])
        if analysis is None:
            return self.flow[parts[1]].studies if parts[0] == "flow" and len(parts) > 1 else ()
        if parts[1:2] == ["subgroups"] and parts[3:4] == ["groups"] and len(parts) > 4:
            return analysis.subgroups[parts[2]].groups[parts[4]].studies
        return analysis.studies

    def to_json(self) -> str:
        """Return findings.json: sorted keys, 12 significant digits, a final newline."""
        document = _rounded(_adapter().dump_python(self, mode="json"))
        return json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Findings:
        """Read what `to_json` wrote."""
        found: Findings = _adapter().validate_json(text)
        return found


def value_below(here: Any, path: str) -> Any:
    """Return the value at a path below a finding; raises as `Findings.value`."""
    parts = path.split(".")
    for at, part in enumerate(parts):
        children = _children(here)
        if part not in children:
            found = ".".join(parts[: at + 1])
            raise TemplateError(f"no finding {found}, wanted one of: {', '.join(sorted(children))}")
        here = children[part]
    return here


def _children(here: Any) -> Mapping[str, Any]:
    """Return what a path may name next below a finding."""
    if isinstance(here, Findings):
        return {**here.analyses, "counts": here.counts, "flow": here.flow, "pools": here.pools}
    if isinstance(here, Mapping):
        return here
    if isinstance(here, tuple):
        # Rows go by the id of their study: os.leave_one_out.courdi.est_ub
        return {row.study: row for row in here if hasattr(row, "study")}
    if not dataclasses.is_dataclass(here):
        return {}
    children = {f.name: getattr(here, f.name) for f in dataclasses.fields(here)}
    properties = (n for n, v in vars(type(here)).items() if isinstance(v, property))
    children.update({name: getattr(here, name) for name in properties})
    inner = children.get("synthesis")
    return {**_children(inner), **children} if inner is not None else children


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return value


@cache
def _adapter() -> TypeAdapter[Findings]:
    from pydantic import TypeAdapter

    return TypeAdapter(Findings)
