"""Findings: every result of a review that its manuscript may print, draw or claim.

Findings are frozen values with a path for each number (`os.est_ub`,
`dfs.subgroups.nodal.groups.n0.est`), written to and read from `findings.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from analysis.effects import is_ratio
from analysis.errors import AbsentError, TemplateError

# pydantic reads the annotations of these at run time, to turn JSON back into findings.
from analysis.evidence import LeftOut
from analysis.evidence_findings import Counts, FlowFinding, PoolFinding
from analysis.method_findings import (
    BayesFinding,
    ConventionFinding,
    GoshFinding,
    NaturalFinding,
    PlotPoint,
    RoundingFinding,
    SequentialFinding,
    SeveralFinding,
    SmallStudyFinding,
)
from analysis.part_findings import (
    EffectRow,
    GroupFinding,
    InfluenceRow,
    RegressionFinding,
    StepFinding,
    SubgroupFinding,
)
from analysis.paths import children
from analysis.summary_findings import AbsoluteFinding, CertaintyFinding
from analysis.synthesis import Synthesis

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "AbsoluteFinding",
    "AnalysisFinding",
    "BayesFinding",
    "CertaintyFinding",
    "ConventionFinding",
    "Counts",
    "EffectRow",
    "Findings",
    "FlowFinding",
    "GoshFinding",
    "GroupFinding",
    "InfluenceRow",
    "NaturalFinding",
    "PlotPoint",
    "PoolFinding",
    "RegressionFinding",
    "SequentialFinding",
    "SeveralFinding",
    "SmallStudyFinding",
    "StepFinding",
    "SubgroupFinding",
    "value_below",
]

FORMAT = 1
DIGITS = 12  # significant digits in findings.json; roots are solved tighter than this


@dataclass(frozen=True)
class AnalysisFinding:
    """All results of one entry of the plan.

    `unanswered`: planned parts that this evidence has no answer to, by their path below the
    analysis (`regressions.start`), each with why. `estimates`: where studies give several.
    `unit`: of the effects, where their measure has one and the plan names it.
    """

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
    pooling: str = "inverse_variance"
    natural: NaturalFinding | None = None
    several: SeveralFinding | None = None
    estimates: tuple[EffectRow, ...] = ()
    bayes: Mapping[str, BayesFinding] = field(default_factory=dict)
    gosh: GoshFinding | None = None
    baujat: tuple[PlotPoint, ...] = ()
    radial: tuple[PlotPoint, ...] = ()
    sequential: SequentialFinding | None = None
    rounding: RoundingFinding | None = None
    conventions: Mapping[str, ConventionFinding] = field(default_factory=dict)
    unit: str | None = None
    unanswered: Mapping[str, str] = field(default_factory=dict)

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
        """Omissions of one study whose interval, where there is one, answers otherwise."""
        whole = self.synthesis.excludes_null
        return sum(step.excludes_null is (not whole) for step in self.leave_one_out)

    @property
    def omission_nearest(self) -> StepFinding | None:
        """The omission of one study whose interval ends nearest to the null."""

        def room(step: StepFinding) -> float:
            ends = (step.est_lb, step.est_ub)
            return min(
                abs(math.log(end / self.null) if self.ratio else end - self.null)
                for end in ends
                if end is not None
            )

        known = [step for step in self.leave_one_out if step.est_ub is not None]
        return min(known, key=room, default=None)

    @property
    def rounding_across(self) -> bool | None:
        """Whether the rounding of the inputs alone can carry an end across the null."""
        if (of := self.rounding) is None:
            return None
        ends = (of.est_lb_low, of.est_lb_high), (of.est_ub_low, of.est_ub_high)
        return any(low < self.null < high for low, high in ends)

    @property
    def studies(self) -> tuple[str, ...]:
        """Ids of the studies pooled, in the order of the rows."""
        return tuple(row.study for row in self.rows)


@dataclass(frozen=True, repr=False)
class Findings:
    """Everything that was found, from one state of the evidence.

    `unanswered`: what is planned and has no answer, each with why. `absent`: the groups that no
    study is in, by their path, each with who was.
    """

    format: int
    evidence: str
    analyses: Mapping[str, AnalysisFinding]
    counts: Counts
    flow: Mapping[str, FlowFinding]
    pools: Mapping[str, PoolFinding]
    absolute: Mapping[str, AbsoluteFinding] = field(default_factory=dict)
    certainty: Mapping[str, CertaintyFinding] = field(default_factory=dict)
    unanswered: Mapping[str, str] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return what there is, in a line: Findings(os, os_hk, dfs)."""
        return f"Findings({', '.join(self.analyses)})"

    def value(self, path: str) -> Any:
        """Return the finding at a path, as 'os.est_ub' or 'counts.designs.randomised_trial'.

        The first part is an analysis, `counts`, `flow`, `pools`, `absolute` or `certainty`; a
        number of the pooled result may be named without `synthesis`.

        Raises
        ------
        AbsentError : this evidence does not answer; the message says why.
        TemplateError : there is no such finding; the message lists what is there.
        """
        return value_below(self, path)

    def studies_of(self, path: str) -> tuple[str, ...]:
        """Return the ids of the studies that a finding rests on."""
        parts = path.split(".")
        analysis = self.analyses.get(parts[0])
        if analysis is None:
            if parts[0] == "absolute" and parts[1:2] and parts[1] in self.absolute:
                return self.analyses[self.absolute[parts[1]].analysis].studies
            return self.flow[parts[1]].studies if parts[0] == "flow" and len(parts) > 1 else ()
        if parts[1:2] == ["subgroups"] and parts[3:4] == ["groups"] and len(parts) > 4:
            return analysis.subgroups[parts[2]].groups[parts[4]].studies
        if parts[1:2] == ["leave_one_out"] and len(parts) > 2:
            return tuple(study for study in analysis.studies if study != parts[2])
        if parts[1:2] == ["cumulative"] and len(parts) > 2:
            # Those that had no answer yet are the first to be added.
            before = [path.split(".") for path in analysis.unanswered]
            added = [path[1] for path in before if path[0] == "cumulative" and len(path) > 1]
            added += [step.study for step in analysis.cumulative]
            return tuple(added[: added.index(parts[2]) + 1]) if parts[2] in added else ()
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


_OF_STUDIES = ("rows", "leave_one_out", "cumulative", "influence", "sides")
"""What an analysis holds by the ids of its studies."""
_STUDY = " (a study that is not pooled is not there)"
_NOT_THERE = {
    "groups": " (a group without a study is not there)",
    **dict.fromkeys(_OF_STUDIES, _STUDY),
}
"""What a name may be that was there yesterday, by the collection that it was looked for in."""


def value_below(here: Any, path: str) -> Any:
    """Return the value at a path below a finding; raises as `Findings.value`."""
    parts = path.split(".")
    whole = here
    for at, part in enumerate(parts):
        known = _children(here)
        if part not in known:
            found = ".".join(parts[: at + 1])
            if why := why_unanswered(whole, parts[: at + 1]):
                raise AbsentError(found, why)
            raise TemplateError(
                f"no finding {found}, wanted one of: {', '.join(sorted(known))}"
                f"{_NOT_THERE.get(parts[at - 1], '') if at and known else ''}"
            )
        here = known[part]
    return here


def why_unanswered(whole: Any, parts: Sequence[str]) -> str | None:
    """Return why a planned finding is not there, None where that is not known."""
    if isinstance(whole, Findings):
        if why := whole.absent.get(".".join(parts)):
            return why
        if parts[0] in whole.analyses:
            whole, parts = whole.analyses[parts[0]], parts[1:]
    elif not isinstance(whole, AnalysisFinding):
        return None
    if isinstance(whole, AnalysisFinding) and len(parts) > 1 and parts[-2] in _OF_STUDIES:
        for left in whole.left_out:
            if left.study == parts[-1]:
                joined = " is " if left.stage == "status" else ": "
                return f"{left.study}{joined}{left.reason.partition(':')[0]}"
    # The whole of a part may be missing: gosh.est_median for want of gosh.
    starts = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    return next((whole.unanswered[path] for path in starts if path in whole.unanswered), None)


def _children(here: Any) -> Mapping[str, Any]:
    """Return what a path may name next; of all findings, the analyses by their own ids."""
    if isinstance(here, Findings):
        parts = ("counts", "flow", "pools", "absolute", "certainty")
        return {**here.analyses, **{part: getattr(here, part) for part in parts}}
    return children(here)


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
