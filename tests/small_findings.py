"""A small set of findings, made by hand, for tests of what reads findings."""

from __future__ import annotations

from dataclasses import replace

from analysis.effects import Effects
from analysis.findings import (
    FORMAT,
    AnalysisFinding,
    Counts,
    EffectRow,
    Findings,
    GroupFinding,
    PoolFinding,
    RegressionFinding,
    StepFinding,
    SubgroupFinding,
)
from analysis.moderators import Coefficient
from analysis.synthesis import Synthesis, pool

NAMES = ("alpha", "beta", "gamma")


def synthesis(measure: str = "HR", **changes: object) -> Synthesis:
    """Return a pooled result whose named fields are set to given values."""
    effects = Effects(NAMES, [-0.2, -0.1, 0.05], [0.02, 0.01, 0.04], measure)  # type: ignore[arg-type]
    return replace(pool(effects, "DL", "z"), **changes)  # type: ignore[arg-type]


def step(study: str, est: float, est_ub: float, i2_q: float) -> StepFinding:
    """Return one omission."""
    return StepFinding(
        study=study,
        label=study.title(),
        k=2,
        at=None,
        est=est,
        est_lb=est - 0.1,
        est_ub=est_ub,
        pval=0.04,
        tau2=0.01,
        i2=i2_q,
        i2_q=i2_q,
        excludes_null=est_ub < 1,
    )


def row(study: str) -> EffectRow:
    """Return one study's row."""
    return EffectRow(
        study=study,
        label=study.title(),
        citation=study,
        n=(10, 12),
        est=0.8,
        lb=0.7,
        ub=0.9,
        yi=-0.2,
        vi=0.02,
        weight=33.0,
        route="ratio_interval",
        adjustment=None,
        result=0,
        place="Table 1",
        access="abstract",
        as_printed=True,
    )


def analysis(id_: str, pooled: Synthesis, steps: tuple[StepFinding, ...] = ()) -> AnalysisFinding:
    """Return an analysis around a pooled result."""
    return AnalysisFinding(
        id=id_,
        title=id_.upper(),
        outcome=id_,
        measure=pooled.measure,
        role="primary",
        origin="article",
        sensitivity_of=None,
        reason=None,
        level=0.95,
        rows=tuple(row(name) for name in NAMES),
        left_out=(),
        synthesis=pooled,
        patients=66,
        leave_one_out=steps,
        methods_agree=False,
    )


def findings(**analyses: AnalysisFinding) -> Findings:
    """Return findings: `os` (a hazard ratio of 0.9, 0.8 to 0.99) and `md` (a difference)."""
    steps = (
        step("alpha", 0.92, 1.02, 50.0),
        step("beta", 0.88, 0.99, 8.0),
        step("gamma", 0.9, 1.01, 55.0),
    )
    os_ = synthesis(
        est=0.9, est_lb=0.8, est_ub=0.99, pval=0.03, i2_q=47.5, ci_ub=-0.01, pi_est_ub=None
    )
    group = GroupFinding("n0", "N0", ("alpha",), 22, synthesis(est=1.1))
    split = SubgroupFinding(
        id="nodal",
        label="Nodal status",
        by="nodal",
        origin="article",
        method="DL",
        test="z",
        tau2_model="separate",
        groups={"n0": group},
        between_statistic=None,
        between_df=None,
        between_df2=None,
        between_pval=None,
    )
    term = Coefficient("n0", -0.22, 0.1, -2.2, 0.03, -0.42, -0.02, 0.8, 0.66, 0.98)
    regression = RegressionFinding(
        id="nodal",
        label="Nodal status",
        origin="added",
        method="DL",
        test="z",
        k=3,
        coefficients={"n0": term},
        qm=4.8,
        qm_df=1,
        qm_df2=None,
        qm_pval=0.03,
        tau2=0.0,
        i2=0.0,
        r2=0.0,
        qe=1.0,
        qe_df=1,
        qe_pval=0.3,
        ratio=True,
    )
    pool_ = PoolFinding("n1", "os", "Stage", "N1", "HR", 0.65, 0.49, 0.87, 2, "0.003", "Fig. 3", "")
    found = {
        "os": replace(
            analysis("os", os_, steps),
            subgroups={"nodal": split},
            regressions={"nodal": regression},
        ),
        "md": analysis("md", synthesis("MD", mu=-1.5, est=-1.5, est_ub=-0.5, ci_ub=-0.5)),
    }
    counts = Counts(
        studies=3,
        patients=66,
        patients_by_arm={},
        countries=2,
        designs={"randomised_trial": 1, "retrospective_cohort": 2},
        outcomes={},
        characteristics={},
        quality={},
        judgements={},
        harms={},
        statuses={"included": 3, "ongoing": 1},
    )
    return Findings(
        format=FORMAT,
        evidence="0",
        analyses={**found, **analyses},
        counts=counts,
        flow={},
        pools={"n1": pool_},
    )
