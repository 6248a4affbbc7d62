"""Findings within one analysis: its rows, groups, regressions, omissions, influence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# pydantic reads the annotations of these at run time, to turn JSON back into findings.
from analysis.effect_sizes import CORRECTED
from analysis.evidence import LeftOut
from analysis.moderators import Coefficient
from analysis.synthesis import Synthesis


@dataclass(frozen=True)
class EffectRow:
    """One study in an analysis: what it contributes, and where that was read.

    `est, lb, ub` are on the printed scale, as reported where the report gave an interval of the
    level of the analysis, else from yi and vi at that level; `n` is per arm, intervention first;
    `weight` is in percent.
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

    @property
    def corrected(self) -> bool:
        """Whether a continuity correction was made: the effect is not that of the counts alone."""
        return self.route in CORRECTED


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

    @property
    def pooling(self) -> str:
        """How its groups are pooled: as the analysis, unless the split has its own method."""
        return next((one.synthesis.pooling for one in self.groups.values()), "inverse_variance")


@dataclass(frozen=True)
class RegressionFinding:
    """A meta-regression; coefficients on the analysis scale, `qm` tests the moderators.

    `vif`: by how much each coefficient's variance is inflated since moderators go together;
    1 where they do not (empty with one of them).
    """

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
    tau2_lb: float | None = None
    tau2_ub: float | None = None
    vif: Mapping[str, float] = field(default_factory=dict)


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
    dfbs: float | None = None
